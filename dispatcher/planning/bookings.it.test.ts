import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { offline, press } from '../../alerts/testing/signals.ts';
import { dedupKey } from '../../schemas/alert.ts';
import { SERVICES } from '../../schemas/channels.ts';
import {
  type District,
  caregiver,
  district,
  HOME,
  MIN,
  operator,
  T0,
  valueOf,
  whats,
} from '../testing/district.ts';
import { caregiverDay } from './caregiver-day.ts';

let d: District;
beforeEach(async () => {
  d = await district();
  await d.home('h1');
  await d.home('h2', { ...HOME, lat: HOME.lat + 0.02 });
});
afterEach(() => d.end());

/** T0 is 16:00 of a Monday in Shenzhen; shifts of the test's caregivers end a day later. */
const at = (text: string): string => new Date(`2026-01-${text}:00+08:00`).toISOString();
const book = (homeId: string, scheduledAt: string, more: object = {}) =>
  d.orders.create(operator, { homeId, service: 'bath', scheduledAt, ...more });
const dayOf = (id: string, date: string) =>
  caregiverDay(d.pool, id, date, { nowMs: d.clock.now(), timeZone: 'Asia/Shanghai' });

describe('a booking', () => {
  it('is offered to who is on shift at its time, not to who is on shift now', async () => {
    await d.caregiver('now', { km: 0.1, shift: false });
    await d.caregiver('then', { km: 2, shift: false });
    const shift = (id: string, from: string, to: string) =>
      d.pool.query(
        `insert into shifts (id, caregiver_id, from_at, to_at, created_at) values ($1, $2, $3, $4, $3)`,
        [`s-${id}`, id, at(from), at(to)],
      );
    await shift('now', '12T08:00', '12T20:00');
    await shift('then', '13T08:00', '13T14:00');
    const order = valueOf(await book('h1', at('13T09:00')));
    expect(order.offers.map((offer) => offer.caregiverId)).toEqual(['then']);
  });

  it('is given at once to whom it was agreed with, and to nobody against shift, rest or diary', async () => {
    await d.caregiver('c1');
    const first = valueOf(await book('h1', at('13T09:00'), { caregiverId: 'c1' }));
    expect(first).toMatchObject({ state: 'accepted', caregiverId: 'c1' });
    const refused = async (when: string, more: object = {}) => {
      const result = await book('h2', at(when), { caregiverId: 'c1', ...more });
      return result.ok ? 'ok' : `${result.code}: ${result.detail}`;
    };
    expect(await refused('13T10:00')).toBe(`conflict: c1 cannot: clash:${first.id}`);
    expect(await refused('13T15:30')).toContain('off_shift');
    expect(await refused('13T14:00', { service: 'repair' })).toContain('role');
    expect(await refused('13T10:55')).toBe('ok');
    expect(await refused('13T12:40', { durationMin: 180 })).toContain('no_break');
    expect(await refused('13T13:00', { caregiverId: 'ghost' })).toContain('invalid');
    const now = await d.orders.create(operator, { homeId: 'h1', service: 'bath', caregiverId: 'c1' });
    expect(now).toMatchObject({ ok: false, code: 'invalid' });
  });

  it('puts nobody into two homes at once, under concurrency', async () => {
    await d.caregiver('c1');
    const results = await Promise.all(
      ['h1', 'h2', 'h1', 'h2'].map((home) => book(home, at('13T09:00'), { caregiverId: 'c1' })),
    );
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    const other = valueOf(await book('h2', at('13T09:30')));
    const byPhone = await d.orders.accept(other.id, operator, { caregiverId: 'c1' });
    expect(byPhone).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('goes round: who is asked for a time is not asked for another visit at that time', async () => {
    await d.caregiver('c1', { km: 0.1 });
    await d.caregiver('c2', { km: 1 });
    const [a, b, c] = [
      valueOf(await book('h1', at('13T09:00'))),
      valueOf(await book('h1', at('13T09:00'))),
      valueOf(await book('h1', at('13T09:00'))),
    ];
    expect([a, b, c].map((order) => order.offers.map((offer) => offer.caregiverId))).toEqual([
      ['c1'],
      ['c2'],
      [],
    ]);
    valueOf(await d.orders.decline(a.id, caregiver('c1'), { reason: '看病' }));
    await d.pass(2 * MIN);
    expect((await d.order(c.id)).offers.map((offer) => offer.caregiverId)).toEqual(['c1']);
    expect((await d.order(a.id)).offers.map((offer) => offer.outcome)).toEqual(['declined']);
  });

  it('heeds a wish for women, and the usual caregiver', async () => {
    await d.caregiver('man', { km: 0.1 });
    await d.caregiver('woman', { km: 1.5 });
    await d.pool.query(`update caregivers set gender = case id when 'man' then 'male' else 'female' end`);
    await d.pool.query(`update residents set wishes = '{"gender":"female"}' where home_id = 'h1'`);
    const order = valueOf(await book('h1', at('13T09:00')));
    expect(order.offers.map((offer) => offer.caregiverId)).toEqual(['woman']);
  });
});

describe('a caregiver’s day', () => {
  it('has shifts, visits in order with the ways between, and what they are asked for', async () => {
    await d.caregiver('c1');
    const late = valueOf(await book('h2', at('13T11:10'), { caregiverId: 'c1', service: 'meal' }));
    const early = valueOf(await book('h1', at('13T09:00'), { caregiverId: 'c1' }));
    const asked = valueOf(await book('h2', at('13T13:00')));
    const day = await dayOf('c1', '2026-01-13');
    expect(day?.shifts).toEqual([{ from: at('13T00:00'), to: at('13T16:00') }]);
    expect(day?.visits.map((visit) => [visit.orderId, visit.minutes, visit.tentative])).toEqual([
      [early.id, 90, false],
      [late.id, 30, false],
      [asked.id, 90, true],
    ]);
    expect(day?.visits[1]?.slackMinutes).toBe(40 - Math.round(day?.visits[1]?.travelMinutes ?? 0));
    expect(day?.visitMinutes).toBe(210);
    expect((await dayOf('c1', '2026-01-14'))?.visits).toEqual([]);
    expect(await dayOf('ghost', '2026-01-13')).toBeUndefined();
  });
});

describe('a day that is complete', () => {
  it('an officer’s has visits and calls, and a call by telephone takes no way', async () => {
    await d.caregiver('officer', { role: 'community_officer' });
    await d.home('far', { ...HOME, lat: HOME.lat + 0.2 });
    const of = { caregiverId: 'officer', service: 'care', role: 'community_officer' };
    const call = { ...of, means: 'call', durationMin: 15 };
    const first = valueOf(await book('h1', at('13T09:00'), of));
    const second = valueOf(await book('far', at('13T10:10'), call));
    const third = valueOf(await book('h1', at('13T10:35'), call));
    const day = await dayOf('officer', '2026-01-13');
    expect(day?.visits).toMatchObject([
      { orderId: first.id, means: 'visit' },
      { orderId: second.id, means: 'call', travelMinutes: 0, slackMinutes: 10 },
      { orderId: third.id, means: 'call', travelMinutes: 0, slackMinutes: 10 },
    ]);
    expect(await book('far', at('13T10:45'), of)).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('every kind of service is booked for a time, and somebody who may do it is asked', async () => {
    const roles = ['care_worker', 'nurse', 'doctor', 'social_worker', 'volunteer', 'property_staff'];
    for (const role of [...roles, 'community_officer', 'technician']) await d.caregiver(role, { role });
    for (const [i, service] of SERVICES.entries()) {
      const order = valueOf(await book('h1', at(`13T0${i}:00`), { service, durationMin: 15 }));
      expect(order.offers, service).toHaveLength(1);
      expect(order.emergency).toBe(false);
    }
  });
});

describe('regular visits', () => {
  const plan = (id: string, more: Record<string, unknown> = {}) => {
    const row = { caregiver_id: 'officer', at_time: '09:00', days: [2, 3], ...more };
    return d.pool.query(
      `insert into visit_plans (id, home_id, title, service, role, caregiver_id, days, at_time, since_date, created_at)
       values ($1, 'h1', '巡查访视', 'care', 'community_officer', $2, $3, $4, '2026-01-01', now())`,
      [id, row.caregiver_id, row.days, row.at_time],
    );
  };
  const booked = async () =>
    (
      await d.pool.query<{ at: Date; caregiver: string | null; state: string }>(
        `select scheduled_at as at, caregiver_id as caregiver, state from orders order by scheduled_at`,
      )
    ).rows.map((row) => [row.at.toISOString(), row.caregiver, row.state]);

  it('are booked ahead, each once, with the usual caregiver where nothing keeps them from it', async () => {
    await d.caregiver('officer', { role: 'community_officer' });
    await plan('p1');
    const second = await d.addServer();
    const made = await Promise.all([d.dispatcher.book(), second.book()]);
    expect(made.map((item) => item.visits).reduce((a, b) => a + b)).toBe(2);
    expect(await d.dispatcher.book()).toMatchObject({ visits: 0 });
    // On Tuesday the officer is on shift; on Wednesday nobody is yet, and it waits to be offered.
    expect(await booked()).toEqual([
      [at('13T09:00'), 'officer', 'accepted'],
      [at('14T09:00'), null, 'requested'],
    ]);
    const { doc } = await d.one<{ doc: object }>('select doc from orders order by scheduled_at limit 1');
    expect(doc).toMatchObject({ planId: 'p1', role: 'community_officer', note: '巡查访视' });
    d.clock.set(T0 + 3 * 86_400_000);
    await d.settled();
    await d.dispatcher.book();
    expect((await booked()).map(([when]) => when)).toEqual(
      ['13T09:00', '14T09:00', '20T09:00', '21T09:00'].map(at),
    );
  });

  it('follow a plan that is changed, excepted or retired; one that was called off by hand stays so', async () => {
    await d.caregiver('officer', { role: 'community_officer' });
    await plan('p1', { days: [2, 3, 4] });
    await d.dispatcher.book();
    const first = (await booked()).map(([when, , state]) => [when, state]);
    expect(first).toEqual([
      [at('13T09:00'), 'accepted'],
      [at('14T09:00'), 'requested'],
      [at('15T09:00'), 'requested'],
    ]);
    const { id } = await d.one<{ id: string }>(
      `select id from orders where scheduled_at = '${at('14T09:00')}'`,
    );
    valueOf(await d.orders.cancel(id, operator, { reason: '住户外出' }));
    await d.pool.query(
      `update visit_plans set at_time = '10:30', except_dates = '{2026-01-15}', version = version + 1`,
    );
    const second = await d.addServer();
    await Promise.all([d.dispatcher.book(), second.book()]);
    const live = async () => (await booked()).filter(([, , state]) => state !== 'cancelled');
    expect(await live()).toEqual([[at('13T10:30'), 'officer', 'accepted']]);
    const called = await d.one<{ doc: object }>(
      `select doc from orders where scheduled_at = '${at('13T09:00')}'`,
    );
    expect(called.doc).toMatchObject({ state: 'cancelled', cancelReason: 'plan_changed' });
    await d.pool.query(`update visit_plans set retired_at = now(), version = version + 1`);
    await d.dispatcher.book();
    expect(await live()).toEqual([]);
  });

  it('are for the role that they are for', async () => {
    await d.caregiver('worker', { role: 'care_worker', km: 0 });
    await d.caregiver('officer', { role: 'community_officer', km: 3 });
    await plan('p1', { caregiver_id: null, days: [2] });
    await d.dispatcher.book();
    const { doc } = await d.one<{ doc: { offers: { caregiverId: string }[] } }>('select doc from orders');
    expect(doc.offers.map((offer) => offer.caregiverId)).toEqual(['officer']);
  });
});

describe('what is asked for by the button', () => {
  const rule = (more: object) =>
    d.pool.query(
      `insert into rules (name, from_date, body, set_at, set_by) values ('planning', '2020-01-01', $1, now(), 'x')`,
      [
        JSON.stringify({
          durationMin: {},
          otherwiseMin: 60,
          bufferMin: 10,
          horizonDays: 7,
          repairsBooked: false,
          ...more,
        }),
      ],
    );
  const pressed = async () => {
    const { alerts } = await d.raise([
      press({
        kind: 'service_request',
        priority: 3,
        service: 'clean',
        dedupKey: dedupKey.service('h1', 'clean'),
      }),
    ]);
    await d.settled();
    return alerts[0]?.id ?? '';
  };

  it('is booked for a time by the operator, and stands with the alert', async () => {
    await d.caregiver('c1');
    const alertId = await pressed();
    expect(await d.ordersOf(alertId)).toEqual([]);
    const asked = { homeId: 'h1', service: 'clean' as const, alertId };
    expect(await d.orders.create(operator, asked)).toMatchObject({ ok: false, code: 'invalid' });
    const order = valueOf(await d.orders.create(operator, { ...asked, scheduledAt: at('13T09:00') }));
    expect(order).toMatchObject({ alertId, emergency: false, offers: [{ caregiverId: 'c1' }] });
    expect((await d.alert(alertId)).orderIds).toEqual([order.id]);
  });

  it('becomes a booking by itself where the rule says so: once, by day, and another server does not do it again', async () => {
    await d.caregiver('c1');
    await rule({ servicesBooked: ['clean'] });
    d.clock.set(Date.parse(at('12T21:30')));
    const second = await d.addServer();
    const alertId = await pressed();
    await Promise.all([d.dispatcher.book(), second.book()]);
    await d.settled();
    expect(await d.ordersOf(alertId)).toMatchObject([
      { service: 'clean', scheduledAt: at('13T08:00'), offers: [{ caregiverId: 'c1' }] },
    ]);
    expect((await d.alert(alertId)).state).toBe('open');
  });
});

describe('a visit that is given back', () => {
  it('goes to another at once, and not to the same again', async () => {
    await d.caregiver('c1', { km: 0.1 });
    await d.caregiver('c2', { km: 1 });
    const order = valueOf(await book('h1', at('13T09:00'), { caregiverId: 'c1' }));
    const given = valueOf(await d.orders.handOver(order.id, caregiver('c1'), { reason: '生病' }));
    expect(given).toMatchObject({
      state: 'offered',
      caregiverId: null,
      offers: [
        { caregiverId: 'c1', outcome: 'accepted', reason: 'handed_over: 生病' },
        { caregiverId: 'c2', outcome: null },
      ],
    });
    expect(await d.orders.handOver(order.id, operator, { reason: 'x' })).toMatchObject({ code: 'conflict' });
    valueOf(await d.orders.decline(order.id, caregiver('c2'), { reason: '没空' }));
    await d.pass(10 * MIN);
    expect((await d.order(order.id)).offers).toHaveLength(2);
  });

  it('of an emergency on the way goes to whom the operator names; nobody who has another', async () => {
    await d.caregiver('c1', { km: 0.1 });
    await d.caregiver('c2', { km: 1 });
    const { alerts } = await d.raise([press({ homeId: 'h1', dedupKey: dedupKey.emergency('h1') })]);
    const alertId = alerts[0]?.id ?? '';
    const order = valueOf(await d.alerts.dispatch(alertId, operator, { caregiverId: 'c1' }));
    valueOf(await d.orders.accept(order.id, caregiver('c1'), {}));
    valueOf(await d.orders.depart(order.id, caregiver('c1'), {}));
    const ghost = { reason: '车坏了', to: 'ghost' };
    expect(await d.orders.handOver(order.id, operator, ghost)).toMatchObject({ code: 'invalid' });
    const given = valueOf(await d.orders.handOver(order.id, operator, { reason: '车坏了', to: 'c2' }));
    expect(given.offers.filter((offer) => offer.outcome === null)).toMatchObject([{ caregiverId: 'c2' }]);
    valueOf(await d.orders.accept(order.id, caregiver('c2'), {}));
    expect(whats(await d.alert(alertId))).toContain('order_handed_over');
  });
});

describe('a day that is planned anew', () => {
  it('moves what somebody who is away has, finds somebody for what nobody has, and leaves the rest', async () => {
    await d.caregiver('ill', { km: 0.1 });
    await d.caregiver('busy', { km: 0.5 });
    await d.caregiver('free', { km: 1 });
    const kept = valueOf(await book('h2', at('13T09:00'), { caregiverId: 'busy' }));
    const moved = valueOf(await book('h1', at('13T09:00'), { caregiverId: 'ill' }));
    const later = valueOf(await book('h1', at('13T13:00'), { caregiverId: 'ill' }));
    const asked = { date: '2026-01-13', awayId: 'ill' };
    const proposed = valueOf(await d.orders.replan(operator, asked));
    expect(proposed).toMatchObject({
      visits: 3,
      moves: [
        { orderId: moved.id, from: 'ill', to: 'free', applied: false },
        { orderId: later.id, from: 'ill', applied: false },
      ],
    });
    expect(await d.order(moved.id)).toEqual(moved);
    const applied = valueOf(await d.orders.replan(operator, { ...asked, apply: true }));
    expect(applied.moves.map((move) => move.applied)).toEqual([true, true]);
    expect(await d.order(moved.id)).toMatchObject({
      state: 'offered',
      caregiverId: null,
      offers: [{ caregiverId: 'ill' }, { caregiverId: 'free', outcome: null }],
    });
    expect(await d.order(kept.id)).toEqual(kept);
    // What was asked of them is let be answered; nothing is left to be moved.
    expect(valueOf(await d.orders.replan(operator, { ...asked, apply: true })).moves).toEqual([]);
    expect(await d.orders.replan(operator, { date: '2026-01-11' })).toMatchObject({ code: 'invalid' });
  });

  it('relieves who has got leave since, and says whom nobody can stand in for', async () => {
    await d.caregiver('c1', { km: 0.1 });
    const order = valueOf(await book('h1', at('13T09:00'), { caregiverId: 'c1' }));
    expect(valueOf(await d.orders.replan(operator, { date: '2026-01-13' })).moves).toEqual([]);
    await d.pool.query(
      `insert into shifts (id, caregiver_id, from_at, to_at, off, created_at) values ('leave', 'c1', $1, $2, true, $1)`,
      [at('13T00:00'), at('14T00:00')],
    );
    const alone = valueOf(await d.orders.replan(operator, { date: '2026-01-13', apply: true }));
    expect(alone.moves).toMatchObject([
      { orderId: order.id, from: 'c1', to: null, reasons: ['nobody_on_shift'], applied: false },
    ]);
    expect((await d.order(order.id)).caregiverId).toBe('c1');
    await d.caregiver('c2', { km: 2 });
    const done = valueOf(await d.orders.replan(operator, { date: '2026-01-13', apply: true }));
    expect(done.moves).toMatchObject([{ from: 'c1', to: 'c2', applied: true }]);
  });
});

describe('a repair', () => {
  const rule = (repairsBooked: boolean) =>
    d.pool.query(
      `insert into rules (name, from_date, body, set_at, set_by) values ('planning', '2020-01-01', $1, now(), 'x')`,
      [JSON.stringify({ durationMin: {}, otherwiseMin: 60, bufferMin: 10, horizonDays: 7, repairsBooked })],
    );

  it('for a technical alert is booked into a technician’s day, and stands with the alert', async () => {
    await d.device('b1', 'h1', 'sos_button');
    await d.caregiver('tech', { role: 'technician' });
    const alertId = (await d.raise([offline()])).alerts[0]?.id ?? '';
    const asked = { homeId: 'h1', service: 'repair' as const, alertId, scheduledAt: at('13T10:00') };
    const order = valueOf(await d.orders.create(operator, asked));
    expect(order).toMatchObject({ alertId, emergency: false, offers: [{ caregiverId: 'tech' }] });
    expect((await d.alert(alertId)).orderIds).toEqual([order.id]);
    valueOf(await d.orders.accept(order.id, caregiver('tech'), {}));
    expect((await dayOf('tech', '2026-01-13'))?.visits).toMatchObject([
      { orderId: order.id, service: 'repair' },
    ]);
    const wrong = { ...asked, service: 'bath' as const };
    expect(await d.orders.create(operator, wrong)).toMatchObject({ ok: false, code: 'invalid' });
    expect(await d.orders.create(operator, { ...asked, homeId: 'h2' })).toMatchObject({ ok: false });
    expect(await d.orders.create(operator, { ...asked, alertId: 'none' })).toMatchObject({ ok: false });
  });

  it('is booked by itself where the rule says so, once for an alert, at the first hour that somebody has', async () => {
    await d.device('b1', 'h1', 'sos_button');
    await d.caregiver('tech', { role: 'technician', shift: false });
    await d.pool.query(
      `insert into shifts (id, caregiver_id, weekly, created_at)
       values ('s', 'tech', '{"days":[2,3],"start":"09:00","end":"18:00"}', now())`,
    );
    const alertId = (await d.raise([offline()])).alerts[0]?.id ?? '';
    expect(await d.dispatcher.book()).toEqual({ visits: 0, requests: 0 });
    await rule(true);
    expect(await d.dispatcher.book()).toEqual({ visits: 0, requests: 1 });
    expect(await d.dispatcher.book()).toEqual({ visits: 0, requests: 0 });
    const [order] = await d.ordersOf(alertId);
    expect(order).toMatchObject({ scheduledAt: at('13T09:00'), offers: [{ caregiverId: 'tech' }] });
    expect(T0).toBe(Date.parse(at('12T16:00')));
  });
});
