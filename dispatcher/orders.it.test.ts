import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { offline, press } from '../alerts/testing/signals.ts';
import { dedupKey } from '../schemas/alert.ts';
import { toIso } from '../schemas/ids.ts';
import type { CommandResult } from './ports.ts';
import { sealOldComments } from './rating/seal-comments.ts';
import {
  caregiver,
  type District,
  district,
  HOME,
  MIN,
  operator,
  S,
  T0,
  valueOf,
  whats,
} from './testing/district.ts';

let d: District;
beforeEach(async () => {
  d = await district();
  await d.home('h1');
});
afterEach(() => d.end());

const raised = async (...signals: Parameters<District['raise']>[0]): Promise<string> =>
  (await d.raise(signals)).alerts[0]?.id ?? '';
const dispatched = async (caregiverId: string, homeId = 'h1') => {
  const id = await raised(press({ homeId, dedupKey: dedupKey.emergency(homeId) }));
  return valueOf(await d.alerts.dispatch(id, operator, { caregiverId }));
};
const codes = (results: readonly CommandResult<unknown>[]) =>
  results.map((result) => (result.ok ? 'ok' : result.code)).toSorted();

describe('an order', () => {
  it('goes from the offer to the rated visit; every step is on the stream and in the alert (I6)', async () => {
    await d.caregiver('c1');
    const order = await dispatched('c1');
    const alertId = order.alertId ?? '';
    const c1 = caregiver('c1');
    expect(order).toMatchObject({
      state: 'offered',
      service: 'urgent',
      emergency: true,
      offers: [{ caregiverId: 'c1', expiresAt: toIso(T0 + 30 * S), outcome: null }],
    });
    valueOf(await d.orders.accept(order.id, c1, {}));
    valueOf(await d.orders.depart(order.id, c1, {}));
    await d.pass(8 * MIN);
    valueOf(await d.orders.arrive(order.id, c1, { ...HOME, accuracyM: 20 }));
    await d.pass(32 * MIN);
    const done = valueOf(await d.orders.complete(order.id, c1, { notes: '已安顿' }));
    expect(done).toMatchObject({
      state: 'completed',
      visit: {
        beganAt: toIso(T0 + 8 * MIN),
        endedAt: toIso(T0 + 40 * MIN),
        minutes: 32,
        place: { offByM: 0 },
      },
    });
    valueOf(await d.orders.rate(order.id, operator, { score: 9, comment: '很好' }));
    await d.settled();

    expect(await d.one('select * from visits')).toMatchObject({
      order_id: order.id,
      service: 'urgent',
      home_id: 'h1',
      caregiver_id: 'c1',
      provider: 'provider-1',
      street: '莲花',
      began_at: new Date(T0 + 8 * MIN),
      ended_at: new Date(T0 + 40 * MIN),
      minutes: 32,
      notes: Buffer.from('sealed:已安顿'),
    });
    expect(
      await d.one('select order_id, score::float8 as score, comment, sealed_comment from ratings'),
    ).toEqual({
      order_id: order.id,
      score: 9,
      comment: null,
      sealed_comment: Buffer.from('sealed:很好'),
    });
    const alert = await d.alert(alertId);
    expect(alert).toMatchObject({ state: 'open', orderIds: [order.id] });
    expect(whats(alert).filter((what) => what.startsWith('order_'))).toEqual([
      'order_requested',
      'order_offered',
      'order_accepted',
      'order_en_route',
      'order_on_scene',
      'order_completed',
      'order_rated',
    ]);
    const states = d.heard
      .filter((event) => event.type === 'order')
      .map((event) => (JSON.parse(event.data) as { state: string }).state);
    expect(states).toEqual(['offered', 'accepted', 'en_route', 'on_scene', 'completed', 'completed']);
    const { rows } = await d.pool.query<{ action: string }>('select action from audit order by id');
    expect(rows.map((row) => row.action)).toEqual([
      'alert.dispatch',
      'order.accept',
      'order.depart',
      'order.arrive',
      'order.complete',
      'order.rating',
    ]);
  });

  it('told offline and again later is counted once', async () => {
    await d.caregiver('c1');
    const order = await dispatched('c1');
    const c1 = caregiver('c1');
    valueOf(await d.orders.accept(order.id, c1, {}));
    await d.pass(3 * 60 * MIN);
    for (let i = 0; i < 2; i += 1) {
      valueOf(await d.orders.arrive(order.id, c1, { at: toIso(T0 + 10 * MIN) }));
      valueOf(await d.orders.complete(order.id, c1, { at: toIso(T0 + 70 * MIN) }));
    }
    expect(await d.order(order.id)).toMatchObject({ visit: { minutes: 60 } });
    expect(await d.one('select count(*)::int as n, sum(minutes)::int as minutes from visits')).toEqual({
      n: 1,
      minutes: 60,
    });
  });

  it('the last rating counts', async () => {
    await d.caregiver('c1');
    const order = await dispatched('c1');
    valueOf(await d.orders.accept(order.id, caregiver('c1'), {}));
    valueOf(await d.orders.arrive(order.id, caregiver('c1'), {}));
    valueOf(await d.orders.complete(order.id, caregiver('c1'), {}));
    for (const score of [3, 8.5]) valueOf(await d.orders.rate(order.id, operator, { score }));
    expect(await d.one('select count(*)::int as n, max(score)::float8 as score from ratings')).toEqual({
      n: 1,
      score: 8.5,
    });
    expect(await d.orders.rate(order.id, caregiver('c1'), { score: 10 })).toMatchObject({
      code: 'forbidden',
    });
  });

  it('keeps what is said with a score sealed, out of documents and stream; also what was written before', async () => {
    await d.caregiver('c1');
    const order = await dispatched('c1');
    valueOf(await d.orders.accept(order.id, caregiver('c1'), {}));
    valueOf(await d.orders.arrive(order.id, caregiver('c1'), {}));
    valueOf(await d.orders.complete(order.id, caregiver('c1'), {}));
    const said = { score: 4, comment: '小李迟到，王奶奶不满' };
    expect(valueOf(await d.orders.rate(order.id, operator, said)).rating).toMatchObject(said);
    const { version } = await d.order(order.id);
    expect(valueOf(await d.orders.rate(order.id, operator, said)).version).toBe(version);
    expect((await d.order(order.id)).rating).toMatchObject(said);
    expect((await d.dispatcher.orders.queries.list({ limit: 1 })).items[0]?.rating).toMatchObject(said);
    await d.settled();
    const stored = () =>
      d.one<{
        all: string;
      }>(`select (select jsonb_agg(o.doc) from orders o)::text || (select jsonb_agg(b.data)
        from outbox b)::text || (select string_agg(coalesce(comment, ''), '') from ratings) as all`);
    expect((await stored()).all).not.toContain('王奶奶');

    await d.pool.query(`update ratings set comment = '王奶奶', sealed_comment = null`);
    await d.pool.query(`update orders set doc = jsonb_set(doc, '{rating,comment}', '"王奶奶"')`);
    expect(await sealOldComments(d.pool, (text) => Buffer.from(`sealed:${text}`))).toBe(1);
    expect((await stored()).all).not.toContain('王奶奶');
    expect((await d.order(order.id)).rating?.comment).toBe('王奶奶');
  });

  it('that somebody accepted and did not arrive for is told to the supervisor', async () => {
    await d.caregiver('c1');
    const order = await dispatched('c1');
    valueOf(await d.orders.accept(order.id, caregiver('c1'), {}));
    await d.pass(16 * MIN);
    expect(whats(await d.alert(order.alertId ?? ''))).toContain('order_arrival_overdue');
    valueOf(await d.orders.arrive(order.id, caregiver('c1'), {}));
    await d.pass(61 * MIN);
    expect(whats(await d.alert(order.alertId ?? ''))).toContain('order_check_in_due');
  });

  it('of somebody alone on scene: a word keeps it quiet, a second one missed is a call anew (lone worker, Resgrid)', async () => {
    await d.caregiver('c1');
    await d.pool.query(`insert into rules (name, from_date, body, set_at, set_by)
      select 'planning', '2020-01-01', '{"durationMin":{},"otherwiseMin":60,"bufferMin":10,"horizonDays":7,
        "repairsBooked":false,"checkInMin":20}', now(), 'test'`);
    const told = () => d.notices.filter(({ target }) => target !== 'caregiver');
    const order = await dispatched('c1');
    const alertId = order.alertId ?? '';
    const c1 = caregiver('c1');
    valueOf(await d.orders.accept(order.id, c1, {}));
    valueOf(await d.alerts.acknowledge(alertId, operator, {}));
    const there = valueOf(await d.orders.arrive(order.id, c1, {}));
    expect(there.checkInDueAt).toBe(toIso(T0 + 20 * MIN));
    await d.pass(19 * MIN);
    valueOf(await d.orders.checkIn(order.id, c1, {}));
    expect(await d.orders.checkIn(order.id, caregiver('c2'), {})).toMatchObject({ code: 'forbidden' });
    await d.pass(19 * MIN);
    expect((await d.order(order.id)).overdue ?? null).toBeNull();
    expect((await d.dispatcher.orders.queries.list({ overdue: true, limit: 10 })).items).toEqual([]);

    await d.pass(2 * MIN);
    const since = toIso(T0 + 39 * MIN);
    expect((await d.dispatcher.orders.queries.list({ overdue: true, limit: 10 })).items).toMatchObject([
      { id: order.id, overdue: { what: 'check_in', since, times: 1 } },
    ]);
    expect(await d.alert(alertId)).toMatchObject({ state: 'acknowledged' });
    expect(told()).toEqual([]);

    await d.pass(20 * MIN);
    expect(whats(await d.alert(alertId))).toEqual(
      expect.arrayContaining(['order_checked_in', 'order_check_in_due', 'order_check_in_missed']),
    );
    expect(await d.alert(alertId)).toMatchObject({ state: 'open', acknowledgedBy: null });
    expect(told()).toMatchObject([{ alertId, target: 'supervisor' }]);
    const heard = valueOf(await d.orders.checkIn(order.id, c1, {}));
    expect(heard.overdue).toBeNull();
    expect(valueOf(await d.orders.complete(order.id, c1, {})).checkInDueAt).toBeNull();
  });

  it('of a visit without an alarm says too that somebody is not heard of, and calls the supervisor', async () => {
    await d.caregiver('c1');
    const order = valueOf(await d.orders.create(operator, { homeId: 'h1', service: 'care' }));
    valueOf(await d.orders.accept(order.id, caregiver('c1'), {}));
    await d.pass(16 * MIN);
    expect((await d.order(order.id)).overdue).toMatchObject({ what: 'arrival', times: 1 });
    valueOf(await d.orders.arrive(order.id, caregiver('c1'), {}));
    expect((await d.order(order.id)).overdue).toBeNull();
    await d.pass(125 * MIN);
    const late = await d.order(order.id);
    expect(late.overdue).toMatchObject({ what: 'check_in', times: 2 });
    expect(d.heard.map((event) => JSON.parse(event.data) as { overdue?: unknown })).toContainEqual(
      expect.objectContaining({ overdue: late.overdue }),
    );
    const told = () => d.notices.filter(({ target }) => target === 'supervisor');
    expect(told()).toMatchObject([
      { alertId: null, homeId: 'h1', overdue: { orderId: order.id, caregiverId: 'c1', times: 2 } },
    ]);
    expect(told()[0]?.text.zh).toContain('未报平安');
    await d.pass(60 * MIN);
    expect(told()).toHaveLength(2);
    valueOf(await d.orders.checkIn(order.id, caregiver('c1'), {}));
    await d.pass(59 * MIN);
    expect(told()).toHaveLength(2);
  });

  it('goes on to its end if the caregiver goes off shift on the way', async () => {
    await d.caregiver('c1');
    const order = await dispatched('c1');
    valueOf(await d.orders.accept(order.id, caregiver('c1'), {}));
    valueOf(await d.orders.depart(order.id, caregiver('c1'), {}));
    await d.pool.query('update shifts set to_at = $1, version = version + 1', [new Date(T0)]);
    await d.pass(MIN);
    expect(await d.order(order.id)).toMatchObject({ state: 'en_route', caregiverId: 'c1' });
    expect(await d.ordersOf(order.alertId ?? '')).toHaveLength(1);
    valueOf(await d.orders.arrive(order.id, caregiver('c1'), {}));
  });

  it('that its caregiver gives back is offered to the next by the policy', async () => {
    await d.caregiver('c1', { km: 0.1 });
    await d.caregiver('c2', { km: 0.5 });
    const id = await raised(press());
    await d.pass(30 * S);
    const [first] = await d.ordersOf(id);
    valueOf(await d.orders.accept(first?.id ?? '', caregiver('c1'), {}));
    valueOf(await d.orders.cancel(first?.id ?? '', caregiver('c1'), { reason: '车坏了' }));
    const [, second] = await d.ordersOf(id);
    expect(second).toMatchObject({ state: 'offered' });
  });
});

describe('an offer', () => {
  it('cannot be accepted after its expiry, marked or not', async () => {
    await d.caregiver('c1');
    const order = await dispatched('c1');
    d.clock.set(T0 + 30 * S);
    expect(await d.orders.accept(order.id, caregiver('c1'), {})).toMatchObject({
      ok: false,
      code: 'conflict',
      current: { id: order.id },
    });
    await d.settled();
    expect(await d.orders.accept(order.id, operator, { caregiverId: 'c1' })).toMatchObject({
      ok: false,
      code: 'conflict',
    });
    expect(await d.order(order.id)).toMatchObject({ offers: [{ outcome: 'expired' }] });
  });

  it('of a person goes on to the next best by itself, also once the alert is acknowledged', async () => {
    await d.caregiver('c1', { km: 0.9 });
    await d.caregiver('c2', { km: 0.1 });
    const order = await dispatched('c1');
    valueOf(await d.alerts.acknowledge(order.alertId ?? '', operator, {}));
    await d.pass(30 * S);
    expect((await d.order(order.id)).offers.map((offer) => [offer.caregiverId, offer.outcome])).toEqual([
      ['c1', 'expired'],
      ['c2', null],
    ]);
    valueOf(await d.orders.decline(order.id, caregiver('c2'), { reason: 'x' }));
    expect(whats(await d.alert(order.alertId ?? '')).slice(-2)).toEqual(['order_declined', 'order_unfilled']);
  });

  it('two who accept at once: one has it, the other is told (I11)', async () => {
    for (let i = 0; i < 8; i += 1) {
      const [a, b, home] = [`a${i}`, `b${i}`, `x${i}`];
      await d.home(home);
      await d.caregiver(a);
      await d.caregiver(b);
      const order = await dispatched(a, home);
      valueOf(await d.alerts.dispatch(order.alertId ?? '', operator, { caregiverId: b }));
      const results = await Promise.all([
        d.orders.accept(order.id, caregiver(a), {}),
        d.orders.accept(order.id, caregiver(b), {}),
      ]);
      expect(codes(results)).toEqual(['conflict', 'ok']);
      const { offers } = await d.order(order.id);
      expect(offers.map((offer) => offer.outcome).toSorted()).toEqual(['accepted', 'withdrawn']);
    }
  });

  it('of an emergency is never made twice to one person at a time (I11)', async () => {
    await d.home('h2');
    await d.caregiver('c1');
    const first = await raised(press());
    const second = await raised(press({ homeId: 'h2', dedupKey: dedupKey.emergency('h2') }));
    const results = await Promise.all(
      [first, second].map((id) => d.alerts.dispatch(id, operator, { caregiverId: 'c1' })),
    );
    expect(codes(results)).toEqual(['conflict', 'ok']);
    expect(await d.one('select count(*)::int as n from orders')).toEqual({ n: 1 });
  });

  it('two emergency orders at once are not to be had, whoever asks (I11)', async () => {
    await d.home('h2');
    await d.caregiver('c1');
    const first = await dispatched('c1');
    valueOf(await d.orders.accept(first.id, caregiver('c1'), {}));
    const other = await raised(press({ homeId: 'h2', dedupKey: dedupKey.emergency('h2') }));
    expect(await d.alerts.dispatch(other, operator, { caregiverId: 'c1' })).toMatchObject({
      code: 'conflict',
    });
    await d.pool.query(`update orders set state = 'offered' where id = $1`, [first.id]);
    const urgent = valueOf(await d.orders.create(operator, { homeId: 'h2', service: 'urgent' }));
    await d.pool.query(`update orders set state = 'accepted' where id = $1`, [first.id]);
    expect(await d.orders.accept(urgent.id, operator, { caregiverId: 'c1' })).toMatchObject({
      ok: false,
      code: 'conflict',
    });
  });

  it('50 emergencies and 5 caregivers: nobody is asked twice at a time, everybody is asked (I11)', async () => {
    for (let i = 0; i < 5; i += 1) await d.caregiver(`c${i}`, { km: i / 10 });
    const homes = Array.from({ length: 50 }, (_, i) => `m${i}`);
    for (const home of homes) await d.home(home);
    const other = await d.addServer();
    await d.raise(homes.map((homeId) => press({ homeId, dedupKey: dedupKey.emergency(homeId) })));
    d.clock.set(T0 + 30 * S);
    await Promise.all([d.dispatcher.settled(), other.settled()]);
    const { rows } = await d.pool.query<{ caregiver_id: string }>(
      'select caregiver_id from offers where outcome is null',
    );
    expect(rows.map((row) => row.caregiver_id).toSorted()).toEqual(['c0', 'c1', 'c2', 'c3', 'c4']);
    expect(await d.one('select count(*)::int as n from orders')).toEqual({ n: 50 });
    expect(await d.dispatcher.audit()).toEqual({});
  });
});

describe('dispatching', () => {
  it('twice makes one order; naming another asks them too', async () => {
    await d.caregiver('c1', { km: 0.1 });
    await d.caregiver('c2', { km: 0.5 });
    const id = await raised(press());
    const first = await d.alerts.dispatch(id, operator, {});
    const again = await d.alerts.dispatch(id, operator, {});
    expect(again).toMatchObject({ ok: true, changed: false, value: { id: valueOf(first).id } });
    const both = valueOf(await d.alerts.dispatch(id, operator, { caregiverId: 'c2' }));
    expect(both.offers.map((offer) => [offer.caregiverId, offer.outcome])).toEqual([
      ['c1', null],
      ['c2', null],
    ]);
    const nurse = valueOf(await d.alerts.dispatch(id, operator, { service: 'medical' }));
    expect(nurse.id).not.toBe(both.id);
    expect(nurse).toMatchObject({ service: 'medical', state: 'requested' });
  });

  it('by name wins over what the machine has asked by itself, and the other alert goes on at once', async () => {
    await d.home('h2');
    await d.caregiver('c1', { km: 0.1 });
    const other = await raised(press({ homeId: 'h2', dedupKey: dedupKey.emergency('h2') }));
    await d.pass(30 * S);
    await d.caregiver('c2', { km: 0.5 });
    const [asked] = await d.ordersOf(other);
    expect(asked?.offers).toMatchObject([{ caregiverId: 'c1', outcome: null }]);
    const id = await raised(press());
    const order = valueOf(await d.alerts.dispatch(id, operator, { caregiverId: 'c1' }));
    expect(order.offers).toMatchObject([{ caregiverId: 'c1', outcome: null }]);
    expect((await d.order(asked?.id ?? '')).offers).toMatchObject([
      { caregiverId: 'c1', outcome: 'withdrawn', reason: `wanted for alert ${id}` },
      { caregiverId: 'c2', outcome: null },
    ]);
    expect(whats(await d.alert(other))).toContain('order_offer_withdrawn');
    expect(await d.orders.accept(asked?.id ?? '', caregiver('c1'), {})).toMatchObject({ code: 'conflict' });
    valueOf(await d.orders.accept(order.id, caregiver('c1'), {}));
    expect(await d.dispatcher.audit()).toEqual({});
  });

  it('by name while the machine is asking, and by several at once: one of them has that person (I11)', async () => {
    const homes = Array.from({ length: 8 }, (_, i) => `n${i}`);
    for (const home of homes) await d.home(home);
    await d.caregiver('c1');
    await d.caregiver('c2');
    const { alerts } = await d.raise(
      homes.map((homeId) => press({ homeId, dedupKey: dedupKey.emergency(homeId) })),
    );
    d.clock.set(T0 + 30 * S);
    const [results] = await Promise.all([
      Promise.all(
        alerts.slice(0, 4).map((alert) => d.alerts.dispatch(alert.id, operator, { caregiverId: 'c1' })),
      ),
      d.dispatcher.settled(),
    ]);
    expect(codes(results)).toEqual(['conflict', 'conflict', 'conflict', 'ok']);
    const named = results.find((result) => result.ok);
    const { rows } = await d.pool.query<{ order_id: string; caregiver_id: string }>(
      'select order_id, caregiver_id from offers where outcome is null order by caregiver_id',
    );
    expect(rows.map((row) => row.caregiver_id)).toEqual(['c1', 'c2']);
    expect(rows[0]?.order_id).toBe(named?.ok === true ? named.value.id : '');
    expect(await d.dispatcher.audit()).toEqual({});
  });

  it('asks whoever is named, off shift or not; nobody who is not there', async () => {
    await d.caregiver('c1', { shift: false });
    const id = await raised(press());
    expect(valueOf(await d.alerts.dispatch(id, operator, { caregiverId: 'c1' }))).toMatchObject({
      state: 'offered',
    });
    expect(await d.alerts.dispatch(id, operator, { caregiverId: 'nobody' })).toMatchObject({
      code: 'invalid',
    });
  });

  it('without anybody to send leaves the order waiting and says why', async () => {
    const id = await raised(press());
    expect(valueOf(await d.alerts.dispatch(id, operator, {}))).toMatchObject({
      state: 'requested',
      offers: [],
    });
    expect((await d.alert(id)).timeline.at(-1)?.note).toBe('no_caregivers, hand_over_120');
    await d.caregiver('late');
    await d.pass(35 * S);
    expect((await d.ordersOf(id)).map((order) => order.state)).toEqual(['offered']);
  });

  it('a technician sees to a device', async () => {
    await d.caregiver('t1', { role: 'technician' });
    await d.caregiver('c1', { km: 0.1 });
    const id = await raised(offline());
    const technician = { ...operator, username: 'fix', role: 'technician' as const, caregiverId: 't1' };
    const order = valueOf(await d.alerts.dispatch(id, technician, {}));
    expect(order).toMatchObject({ service: 'repair', emergency: false, offers: [{ caregiverId: 't1' }] });
    valueOf(await d.orders.accept(order.id, technician, {}));
  });

  it('the recommendation names who could go, who could not, and why', async () => {
    await d.caregiver('c1', { km: 0.2, stars: 5 });
    await d.caregiver('c2', { km: 0.4, shift: false });
    const id = await raised(press());
    const found = await d.alerts.recommend(id);
    expect(found?.candidates).toMatchObject([
      { caregiverId: 'c1', name: 'name of c1', role: 'care_worker', stars: 5 },
    ]);
    expect(found?.rejected).toEqual([
      { caregiverId: 'c2', name: 'name of c2', role: 'care_worker', reasons: ['off_shift'] },
    ]);
    expect(await d.alerts.recommend('nothing')).toBeUndefined();
  });
});

describe('an order without an alert', () => {
  it('is offered at once, or a day before its time', async () => {
    await d.caregiver('v1', { role: 'volunteer' });
    const meal = valueOf(await d.orders.create(operator, { homeId: 'h1', service: 'meal', note: '少盐' }));
    expect(meal).toMatchObject({
      state: 'offered',
      alertId: null,
      residentId: 'r-h1',
      emergency: false,
      note: '少盐',
    });
    valueOf(await d.orders.accept(meal.id, caregiver('v1'), {}));
    valueOf(await d.orders.arrive(meal.id, caregiver('v1'), {}));
    valueOf(await d.orders.complete(meal.id, caregiver('v1'), {}));
    const later = valueOf(
      await d.orders.create(operator, {
        homeId: 'h1',
        service: 'errand',
        scheduledAt: '2026-01-14T10:00:00+08:00',
      }),
    );
    expect(later).toMatchObject({ state: 'requested', scheduledAt: '2026-01-14T02:00:00.000Z' });
  });

  it('that nobody takes is offered again and again', async () => {
    const order = valueOf(await d.orders.create(operator, { homeId: 'h1', service: 'bath' }));
    expect(order.state).toBe('requested');
    await d.caregiver('c1');
    await d.pass(60 * S);
    expect(await d.order(order.id)).toMatchObject({ state: 'offered' });
    await d.pass(31 * S);
    expect(await d.order(order.id)).toMatchObject({ state: 'requested' });
    expect(await d.dispatcher.audit()).toEqual({});
  });

  it('is assigned by telephone', async () => {
    await d.caregiver('c1', { shift: false });
    const order = valueOf(await d.orders.create(operator, { homeId: 'h1', service: 'care' }));
    expect(await d.orders.accept(order.id, operator, {})).toMatchObject({ code: 'invalid' });
    expect(await d.orders.accept(order.id, operator, { caregiverId: 'nobody' })).toMatchObject({
      code: 'invalid',
    });
    expect(valueOf(await d.orders.accept(order.id, operator, { caregiverId: 'c1' }))).toMatchObject({
      state: 'accepted',
      caregiverId: 'c1',
      offers: [{ outcome: 'accepted' }],
    });
  });

  it('is refused for a home that is not there, or somebody who does not live in it', async () => {
    expect(await d.orders.create(operator, { homeId: 'x', service: 'meal' })).toMatchObject({
      code: 'invalid',
    });
    expect(
      await d.orders.create(operator, { homeId: 'h1', service: 'meal', residentId: 'r9' }),
    ).toMatchObject({ code: 'invalid' });
  });
});

describe('who may', () => {
  it('the one who has it, or a person at the desk for them; nobody else', async () => {
    await d.caregiver('c1');
    await d.caregiver('c2');
    const order = await dispatched('c1');
    valueOf(await d.alerts.dispatch(order.alertId ?? '', operator, { caregiverId: 'c2' }));
    expect(await d.orders.accept(order.id, caregiver('c1'), { caregiverId: 'c2' })).toMatchObject({
      code: 'forbidden',
    });
    valueOf(await d.orders.accept(order.id, operator, { caregiverId: 'c1' }));
    expect(await d.orders.depart(order.id, caregiver('c2'), {})).toMatchObject({ code: 'forbidden' });
    expect(await d.orders.cancel(order.id, caregiver('c2'), { reason: 'x' })).toMatchObject({
      code: 'forbidden',
    });
    valueOf(await d.orders.depart(order.id, operator, { caregiverId: 'c1' }));
    valueOf(await d.orders.arrive(order.id, operator, {}));
    const auditor = { ...operator, role: 'auditor' as const };
    expect(await d.orders.complete(order.id, auditor, {})).toMatchObject({ code: 'forbidden' });
    expect(await d.orders.accept('nothing', operator, { caregiverId: 'c1' })).toMatchObject({
      code: 'not_found',
    });
  });

  it('a command on another version than the order has is refused', async () => {
    await d.caregiver('c1');
    const order = await dispatched('c1');
    expect(
      await d.orders.accept(order.id, caregiver('c1'), { expectedVersion: order.version - 1 }),
    ).toMatchObject({
      ok: false,
      code: 'conflict',
      current: { version: order.version },
    });
    valueOf(await d.orders.accept(order.id, caregiver('c1'), { expectedVersion: order.version }));
  });
});
