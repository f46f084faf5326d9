import { describe, expect, it } from 'vitest';
import type { SeenAlert, SeenOrder } from '../people/board.ts';
import { checkConservation, type Published } from './conservation.ts';
import { summarise } from './summary.ts';
import { pressEvidence } from './verify.ts';

const START = Date.parse('2026-01-12T01:00:00.000Z');
const at = (ms: number): string => new Date(START + ms).toISOString();

const press: Published = {
  messageId: 'run-1',
  homeId: 'h1',
  deviceId: 'd1',
  channel: 'sos',
  press: true,
  expect: 'reading',
  copies: 1,
  publishedAt: START + 10,
  acknowledgedAt: START + 14,
};
const evidence = (messageId: string, kind = 'press') => ({
  at: at(10),
  kind,
  deviceId: 'd1',
  messageId,
  text: '一键呼叫',
  data: {},
  for: true,
});
const alert: SeenAlert = {
  id: 'a1',
  kind: 'sos',
  priority: 1,
  state: 'resolved',
  disposition: 'assisted',
  dedupKey: 'h1:emergency',
  homeId: 'h1',
  street: '莲花',
  version: 4,
  receivedAt: at(11),
  committedAt: at(12),
  openedAt: at(12),
  publishedAt: at(13),
  acknowledgedAt: at(900),
  resolvedAt: at(9_000),
  evidence: [evidence('run-1')],
};
const order: SeenOrder = {
  id: 'o1',
  alertId: 'a1',
  homeId: 'h1',
  service: 'urgent',
  state: 'completed',
  caregiverId: 'cg1-001',
  offers: [],
  visit: { beganAt: at(4_000), endedAt: at(7_000), minutes: 30, place: null },
  rating: { score: 9, comment: null, at: at(8_000) },
  createdAt: at(1_000),
  acceptedAt: at(2_000),
  arrivedAt: at(4_000),
  completedAt: at(7_000),
};
const old = { ...alert, id: 'a0', openedAt: '2026-01-11T01:00:00.000Z', evidence: [evidence('other')] };

describe('summary', () => {
  const summary = summarise({
    seed: 1,
    homes: 40,
    startedAt: START,
    endedAt: START + 20_000,
    published: [press],
    conservation: checkConservation(
      [press],
      [{ deviceId: 'd1', messageId: 'run-1' }],
      pressEvidence([alert]),
      0,
    ),
    alerts: [alert, old],
    orders: [order],
    seenAt: (messageId) => (messageId === 'run-1' ? START + 15.5 : undefined),
    problems: [],
  });

  it('counts this run’s alarms, visits and hours, and none of earlier runs', () => {
    expect(summary).toMatchObject({ alerts: 1, orders: 1, visits: 1, hours: 0.5, lost: 0, duplicated: 0 });
    expect(summary).toMatchObject({ resolved: 1, rated: 1, satisfaction: 9, byKind: { sos: 1 } });
  });

  it('gives each alarm’s hops and the time from press to screen', () => {
    expect(summary.latencyMs).toEqual({ p50: 5.5, p99: 5.5, count: 1 });
    expect(summary.hops).toMatchObject([
      {
        pressedAt: at(10),
        receivedAt: at(11),
        committedAt: at(12),
        publishedAt: at(13),
        acceptedAt: at(2_000),
        resolvedAt: at(9_000),
        pressedToSeenMs: 5.5,
      },
    ]);
  });

  it('takes a press that is cited for two reasons as one, and one cited twice for the same as two', () => {
    const twoReasons = { ...alert, evidence: [evidence('run-1'), evidence('run-1', 'clock_ahead')] };
    expect(pressEvidence([twoReasons])).toHaveLength(1);
    expect(pressEvidence([{ ...alert, evidence: [evidence('run-1'), evidence('run-1')] }])).toHaveLength(2);
  });
});
