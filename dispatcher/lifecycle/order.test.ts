import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toIso } from '../../schemas/ids.ts';
import { type Order, orderSchema } from '../../schemas/order.ts';
import { accept, cancel, decline, expire, offer } from './offers.ts';
import { ARRIVE_WITHIN_MS, CHECK_IN_AFTER_MS, orderDeadlineMs, overdue } from './order-deadline.ts';
import type { OrderDecision, OrderRecord } from './order-record.ts';
import { arrive, checkIn, complete, depart, rate, visitMinutes } from './visit.ts';

const T0 = Date.parse('2026-01-12T08:00:00.000Z');
const S = 1000;
const MIN = 60_000;
const HOME = { lat: 22.5571, lon: 114.0592 };

const order = (patch: Partial<Order> = {}): OrderRecord => ({
  order: {
    id: 'o1',
    alertId: 'a1',
    homeId: 'h1',
    residentId: null,
    service: 'urgent',
    state: 'requested',
    caregiverId: null,
    offers: [],
    scheduledAt: null,
    createdAt: toIso(T0),
    acceptedAt: null,
    departedAt: null,
    arrivedAt: null,
    completedAt: null,
    cancelledAt: null,
    cancelReason: null,
    note: null,
    visit: null,
    rating: null,
    emergency: true,
    street: '莲花',
    version: 1,
    ...patch,
  },
  work: { origin: 'operator', by: 'op', acceptWithinMs: 30 * S, overdue: 0 },
});

const done = (decision: OrderDecision): OrderRecord => {
  if (!decision.ok) throw new Error(decision.detail);
  return decision.record;
};
const to = (caregiverId: string) => ({ offerId: `of-${caregiverId}`, caregiverId, by: 'op', note: null });
const by = (caregiverId: string) => ({ caregiverId, by: caregiverId });
const offered = (...caregivers: string[]): OrderRecord =>
  caregivers.reduce((record, caregiverId) => done(offer(record, to(caregiverId), T0)), order());
const accepted = (): OrderRecord => done(accept(offered('c1'), by('c1'), T0 + 10 * S));
const onScene = (): OrderRecord => done(arrive(accepted(), { by: 'c1', home: HOME }, T0 + 10 * MIN));
const outcomes = (record: OrderRecord) =>
  Object.fromEntries(record.order.offers.map((item) => [item.caregiverId, item.outcome]));

describe('offers', () => {
  it('an offer is out for 30 s', () => {
    const { order } = offered('c1');
    expect(order).toMatchObject({ state: 'offered', version: 2 });
    expect(order.offers[0]).toMatchObject({
      offeredAt: toIso(T0),
      expiresAt: toIso(T0 + 30 * S),
      outcome: null,
    });
    expect(() => orderSchema.parse(order)).not.toThrow();
  });

  it('accepting withdraws the other offers (I11)', () => {
    const record = done(accept(offered('c1', 'c2'), by('c2'), T0 + 5 * S));
    expect(record.order).toMatchObject({
      state: 'accepted',
      caregiverId: 'c2',
      acceptedAt: toIso(T0 + 5 * S),
    });
    expect(outcomes(record)).toEqual({ c1: 'withdrawn', c2: 'accepted' });
  });

  it('of two who accept at once the second is refused (I11)', () => {
    const record = done(accept(offered('c1', 'c2'), by('c1'), T0 + 5 * S));
    expect(accept(record, by('c2'), T0 + 5 * S)).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('accepting twice changes nothing', () => {
    expect(accept(accepted(), by('c1'), T0 + 20 * S)).toMatchObject({ ok: true, changed: false });
  });

  it('accepting after the expiry is refused, marked or not', () => {
    expect(accept(offered('c1'), by('c1'), T0 + 30 * S)).toMatchObject({ ok: false, code: 'conflict' });
    const marked = done(expire(offered('c1'), T0 + 30 * S));
    expect(accept(marked, by('c1'), T0 + 31 * S)).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('only whoever was asked can accept', () => {
    expect(accept(offered('c1'), by('c9'), T0 + S)).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('an operator assigns by telephone whoever was not asked yet, and nobody who let an offer run out', () => {
    const assigned = { offerId: 'of9' };
    expect(done(accept(order(), { ...by('c9'), assigned }, T0)).order.state).toBe('accepted');
    const marked = done(expire(offered('c1'), T0 + 30 * S));
    expect(accept(marked, { ...by('c1'), assigned }, T0 + 31 * S)).toMatchObject({ ok: false });
  });

  it('declining, and running out, bring the order back to requested unless another offer is out', () => {
    const two = done(decline(offered('c1', 'c2'), { ...by('c1'), reason: '太远' }, T0 + S));
    expect(two.order.state).toBe('offered');
    expect(two.order.offers[0]).toMatchObject({ outcome: 'declined', reason: '太远' });
    const none = done(expire(two, T0 + 30 * S));
    expect(none.order.state).toBe('requested');
    expect(outcomes(none)).toEqual({ c1: 'declined', c2: 'expired' });
  });

  it('nothing expires before its time', () => {
    expect(expire(offered('c1'), T0 + 29_999)).toMatchObject({ ok: true, changed: false });
  });

  it('cancelling withdraws what is out; nobody cancels who is there already', () => {
    expect(outcomes(done(cancel(offered('c1'), { by: 'op', reason: 'x' }, T0 + S)))).toEqual({
      c1: 'withdrawn',
    });
    expect(cancel(onScene(), { by: 'op', reason: 'x' }, T0)).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('I11: after any sequence every offer that ended, ended once, and at most one was accepted', () => {
    const step = fc.record({
      what: fc.constantFrom('offer', 'accept', 'decline', 'expire', 'cancel'),
      who: fc.constantFrom('c1', 'c2', 'c3'),
      after: fc.nat(40 * S),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let record = order();
        let now = T0;
        let made = 0;
        const ended = new Map<string, string>();
        for (const { what, who, after } of steps) {
          now += after;
          made += 1;
          const decision = {
            offer: () => offer(record, { ...to(who), offerId: `of${made}` }, now),
            accept: () => accept(record, by(who), now),
            decline: () => decline(record, { ...by(who), reason: 'r' }, now),
            expire: () => expire(record, now),
            cancel: () => cancel(record, { by: 'op', reason: 'r' }, now),
          }[what as 'offer']();
          if (decision.ok) record = decision.record;
          for (const { id, outcome } of record.order.offers) {
            if (outcome === null) continue;
            expect(ended.get(id) ?? outcome).toBe(outcome);
            ended.set(id, outcome);
          }
        }
        const open = record.order.offers.filter((item) => item.outcome === null);
        const taken = record.order.offers.filter((item) => item.outcome === 'accepted');
        expect(taken.length).toBeLessThanOrEqual(1);
        expect(new Set(open.map((item) => item.caregiverId)).size).toBe(open.length);
        expect(open.length > 0).toBe(record.order.state === 'offered');
      }),
    );
  });
});

describe('the visit', () => {
  it('may be arrived at without having told the departure', () => {
    expect(onScene().order).toMatchObject({
      state: 'on_scene',
      departedAt: null,
      arrivedAt: toIso(T0 + 10 * MIN),
    });
    const gone = done(depart(accepted(), { by: 'c1' }, T0 + MIN));
    expect(gone.order).toMatchObject({ state: 'en_route', departedAt: toIso(T0 + MIN) });
    expect(done(arrive(gone, { by: 'c1', home: null }, T0 + 2 * MIN)).order.state).toBe('on_scene');
  });

  it('tells how far off the place of arrival is, less its accuracy, and takes it all the same', () => {
    const place = { lat: HOME.lat + 0.009, lon: HOME.lon, accuracyM: 200 };
    const { order } = done(arrive(accepted(), { by: 'c1', place, home: HOME }, T0 + MIN));
    expect(order.visit?.place?.offByM).toBeGreaterThan(780);
    expect(order.visit?.place?.offByM).toBeLessThan(820);
    const near = { lat: HOME.lat + 0.0009, lon: HOME.lon, accuracyM: 200 };
    const close = done(arrive(accepted(), { by: 'c1', place: near, home: HOME }, T0 + MIN));
    expect(close.order.visit?.place?.offByM).toBe(0);
  });

  it('told offline later, counts with its own times', () => {
    const there = done(
      arrive(accepted(), { by: 'c1', at: '2026-01-12T16:10:00+08:00', home: null }, T0 + 300 * MIN),
    );
    const record = done(complete(there, { by: 'c1', at: toIso(T0 + 55 * MIN) }, T0 + 300 * MIN));
    expect(record.order).toMatchObject({
      state: 'completed',
      completedAt: toIso(T0 + 55 * MIN),
      visit: { beganAt: toIso(T0 + 10 * MIN), endedAt: toIso(T0 + 55 * MIN), minutes: 45 },
    });
    expect(() => orderSchema.parse(record.order)).not.toThrow();
  });

  it('is not doubled by telling it again', () => {
    const record = done(complete(onScene(), { by: 'c1' }, T0 + 40 * MIN));
    for (const repeat of [
      complete(record, { by: 'c1', at: toIso(T0 + 99 * MIN) }, T0 + 100 * MIN),
      arrive(record, { by: 'c1', home: null }, T0 + 100 * MIN),
      depart(record, { by: 'c1' }, T0 + 100 * MIN),
    ])
      expect(repeat).toEqual({ ok: true, changed: false, record });
  });

  it('ends neither before it began nor in the future', () => {
    expect(complete(onScene(), { by: 'c1', at: toIso(T0) }, T0 + 40 * MIN)).toMatchObject({
      code: 'invalid',
    });
    expect(complete(onScene(), { by: 'c1', at: toIso(T0 + 42 * MIN) }, T0 + 40 * MIN)).toMatchObject({
      code: 'invalid',
    });
    expect(
      done(complete(onScene(), { by: 'c1', at: toIso(T0 + 40 * MIN + 500) }, T0 + 40 * MIN)).order
        .completedAt,
    ).toBe(toIso(T0 + 40 * MIN));
  });

  it('begins not before it was accepted, on a caregiver’s own word', () => {
    expect(arrive(accepted(), { by: 'c1', at: toIso(T0 - MIN), home: null }, T0 + MIN)).toMatchObject({
      code: 'invalid',
    });
  });

  it('begins whenever it did, as the desk writes it down afterwards', () => {
    const at = toIso(T0 - 90 * MIN);
    const there = done(arrive(accepted(), { by: 'op', desk: true, at, home: null }, T0 + MIN));
    const { order } = done(complete(there, { by: 'op', at: toIso(T0 - 30 * MIN) }, T0 + MIN));
    expect(order.visit).toMatchObject({ beganAt: at, endedAt: toIso(T0 - 30 * MIN), minutes: 60 });
    expect(
      arrive(accepted(), { by: 'op', desk: true, at: toIso(T0 + 9 * MIN), home: null }, T0),
    ).toMatchObject({ code: 'invalid' });
  });

  it('told offline after a departure that has no time of its own, begins when it began', () => {
    const gone = done(depart(accepted(), { by: 'c1' }, T0 + 300 * MIN));
    const at = toIso(T0 + 10 * MIN);
    const { order } = done(arrive(gone, { by: 'c1', at, home: null }, T0 + 300 * MIN));
    expect(order).toMatchObject({ departedAt: at, arrivedAt: at, visit: { beganAt: at } });
  });

  it.each([
    [0, 1],
    [29_999, 1],
    [89_999, 1],
    [90_000, 2],
    [45 * MIN, 45],
  ])('of %d ms counts %d minutes', (ms, minutes) => {
    expect(visitMinutes(T0, T0 + ms)).toBe(minutes);
  });

  it('is rated when it is over; the last score counts', () => {
    expect(rate(onScene(), { by: 'op', score: 9, comment: null }, T0)).toMatchObject({ code: 'conflict' });
    const over = done(complete(onScene(), { by: 'c1' }, T0 + 40 * MIN));
    const rated = done(rate(over, { by: 'op', score: 9, comment: null }, T0 + 50 * MIN));
    const again = done(rate(rated, { by: 'op', score: 7.5, comment: '迟到' }, T0 + 60 * MIN));
    expect(again.order.rating).toMatchObject({ score: 7.5, comment: '迟到' });
  });
});

describe('the time at which an order is looked at again', () => {
  it('is the expiry of its offer', () => {
    expect(orderDeadlineMs(offered('c1'), T0)).toBe(T0 + 30 * S);
  });
  it('is the arrival that is due, said once however late it is noticed', () => {
    const record = accepted();
    expect(orderDeadlineMs(record, T0)).toBe(T0 + 10 * S + ARRIVE_WITHIN_MS);
    expect(overdue(record, T0 + ARRIVE_WITHIN_MS)).toBeUndefined();
    const late = overdue(record, T0 + 3 * ARRIVE_WITHIN_MS);
    expect(late?.what).toBe('arrival_overdue');
    expect(orderDeadlineMs(late?.record ?? record, T0)).toBeGreaterThan(T0 + 3 * ARRIVE_WITHIN_MS);
  });
  it('is the check-in of somebody who works alone', () => {
    expect(orderDeadlineMs(onScene(), T0)).toBe(T0 + 10 * MIN + CHECK_IN_AFTER_MS);
    expect(overdue(onScene(), T0 + 71 * MIN)?.what).toBe('check_in_due');
  });
  it('is so long after the last word from the scene, as the rule was at the arrival', () => {
    const there = done(arrive(accepted(), { by: 'c1', home: HOME, checkInEveryMs: 20 * MIN }, T0 + 10 * MIN));
    expect(there.order.checkInDueAt).toBe(toIso(T0 + 30 * MIN));
    const late = overdue(there, T0 + 31 * MIN)?.record ?? there;
    expect(late.order.overdue).toEqual({ what: 'check_in', since: toIso(T0 + 30 * MIN), times: 1 });
    const again = overdue(late, T0 + 50 * MIN);
    expect(again).toMatchObject({
      what: 'check_in_missed',
      record: { order: { overdue: { since: toIso(T0 + 30 * MIN), times: 2 } } },
    });
    const heard = done(checkIn(again?.record ?? late, { by: 'c1' }, T0 + 55 * MIN));
    expect(heard.order).toMatchObject({ overdue: null, checkInDueAt: toIso(T0 + 75 * MIN) });
    expect(orderDeadlineMs(heard, T0)).toBe(T0 + 75 * MIN);
    const over = done(complete(heard, { by: 'c1' }, T0 + 60 * MIN));
    expect(over.order).toMatchObject({ overdue: null, checkInDueAt: null });
  });
  it('is not moved by a word that comes late, twice, or after the visit', () => {
    const heard = done(checkIn(onScene(), { by: 'c1' }, T0 + 40 * MIN));
    for (const at of [T0 + 40 * MIN, T0 + 20 * MIN])
      expect(checkIn(heard, { by: 'c1', at: toIso(at) }, T0 + 50 * MIN)).toMatchObject({ changed: false });
    const over = done(complete(heard, { by: 'c1' }, T0 + 60 * MIN));
    expect(checkIn(over, { by: 'c1', at: toIso(T0 + 55 * MIN) }, T0 + 70 * MIN)).toMatchObject({
      ok: true,
      changed: false,
    });
    expect(checkIn(accepted(), { by: 'c1' }, T0 + MIN)).toMatchObject({ code: 'conflict' });
    expect(checkIn(heard, { by: 'c1', at: toIso(T0 + 90 * MIN) }, T0 + 60 * MIN)).toMatchObject({
      code: 'invalid',
    });
  });
  it('is none once it is over', () => {
    expect(orderDeadlineMs(done(complete(onScene(), { by: 'c1' }, T0 + 40 * MIN)), T0)).toBeNull();
  });
});
