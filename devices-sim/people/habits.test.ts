import { describe, expect, it } from 'vitest';
import { randomOf } from '../random.ts';
import type { SeenAlert, SeenOrder } from './board.ts';
import { caregiverSteps, operatorStep, satisfaction } from './habits.ts';

const AT = '2026-01-12T00:00:00.000Z';
const alert = (over: Partial<SeenAlert>): SeenAlert => ({
  id: 'a1',
  kind: 'sos',
  priority: 1,
  state: 'acknowledged',
  disposition: null,
  dedupKey: 'h1:emergency',
  homeId: 'h1',
  street: '莲花',
  version: 1,
  receivedAt: AT,
  committedAt: AT,
  openedAt: AT,
  publishedAt: null,
  acknowledgedAt: null,
  resolvedAt: null,
  evidence: [],
  ...over,
});
const order = (over: Partial<SeenOrder>): SeenOrder => ({
  id: 'o1',
  alertId: 'a1',
  homeId: 'h1',
  service: 'urgent',
  state: 'requested',
  caregiverId: null,
  offers: [],
  visit: null,
  rating: null,
  createdAt: AT,
  acceptedAt: null,
  arrivedAt: null,
  completedAt: null,
  ...over,
});
const rating = { score: 9, comment: null, at: AT };
const step = (over: Partial<SeenAlert>, ...orders: SeenOrder[]) =>
  operatorStep(alert(over), orders, randomOf(1))?.do;

describe('the operator', () => {
  it('acknowledges what is open and leaves alone what is being asked about', () => {
    expect(step({ state: 'open' })).toBe('acknowledge');
    expect(step({ state: 'pending' })).toBeUndefined();
  });

  it('dispatches, waits for the visit, rates it, then resolves', () => {
    expect(step({})).toBe('dispatch');
    expect(step({}, order({ state: 'en_route' }))).toBeUndefined();
    expect(step({}, order({ state: 'completed' }))).toBe('rate');
    expect(step({}, order({ state: 'completed', rating }))).toBe('resolve');
    expect(step({ state: 'resolved' }, order({ state: 'completed' }))).toBe('rate');
    expect(step({ state: 'resolved' }, order({ state: 'completed', rating }))).toBeUndefined();
  });

  it('dispatches again after a cancelled order, and calls 120 after the third', () => {
    const cancelled = order({ state: 'cancelled' });
    expect(step({}, cancelled)).toBe('dispatch');
    expect(operatorStep(alert({}), [cancelled, cancelled, cancelled], randomOf(1))).toMatchObject({
      do: 'resolve',
      disposition: 'handed_to_120',
    });
  });

  it('sends nobody for a weak battery', () => {
    expect(operatorStep(alert({ kind: 'low_battery', priority: 4 }), [], randomOf(1))).toMatchObject({
      do: 'resolve',
      disposition: 'device_repaired',
    });
  });
});

describe('the caregiver', () => {
  const offer = {
    id: 'of1',
    caregiverId: 'cg1-001',
    offeredAt: AT,
    expiresAt: AT,
    outcome: null,
    endedAt: null,
    reason: null,
  };

  it('answers an offer that is out, and none that has ended', () => {
    expect(caregiverSteps(order({ state: 'offered', offers: [offer] }))).toEqual([
      { do: 'answer', caregiverId: 'cg1-001', offerId: 'of1' },
    ]);
    expect(caregiverSteps(order({ offers: [{ ...offer, outcome: 'expired' }] }))).toEqual([]);
  });

  it('departs, arrives, completes', () => {
    const steps = (['accepted', 'en_route', 'on_scene', 'completed'] as const).map((state) =>
      caregiverSteps(order({ state, caregiverId: 'cg1-001' })).map((next) => next.do),
    );
    expect(steps).toEqual([['depart'], ['arrive'], ['complete'], []]);
  });
});

describe('satisfaction', () => {
  it('lies within 0 and 10 and is mostly high', () => {
    const random = randomOf(1);
    const scores = Array.from({ length: 500 }, () => satisfaction(random));
    expect(Math.max(...scores)).toBeLessThanOrEqual(10);
    expect(scores.reduce((a, b) => a + b) / scores.length).toBeGreaterThan(8.8);
  });
});
