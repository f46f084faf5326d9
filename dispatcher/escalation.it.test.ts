import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answer, press, suspectedFall, offline, vitals } from '../alerts/testing/signals.ts';
import { homeThatAsks } from '../alerts/testing/signals.ts';
import { STALE_ACKNOWLEDGEMENT_MS } from '../alerts/deadlines.ts';
import { toIso } from '../schemas/ids.ts';
import {
  caregiver,
  type District,
  district,
  MIN,
  operator,
  S,
  supervisor,
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

const raised = async (...signals: Parameters<District['raise']>[0]): Promise<string> => {
  const { alerts } = await d.raise(signals);
  return alerts[0]?.id ?? '';
};
const offersOf = async (alertId: string) =>
  (await d.ordersOf(alertId)).flatMap((order) =>
    order.offers.map((offer) => [offer.caregiverId, offer.outcome]),
  );

describe('an alert that nobody answers', () => {
  it('is offered by itself after 30 s, to the next after another 30 s, and then goes to the supervisor', async () => {
    await d.caregiver('near', { km: 0.3 });
    await d.caregiver('far', { km: 1.5 });
    const id = await raised(press());
    await d.pass(29 * S);
    expect(await d.ordersOf(id)).toEqual([]);
    await d.pass(1 * S);
    expect(await offersOf(id)).toEqual([['near', null]]);
    await d.pass(30 * S);
    expect(await offersOf(id)).toEqual([
      ['near', 'expired'],
      ['far', null],
    ]);
    await d.pass(30 * S);
    const alert = await d.alert(id);
    expect(await offersOf(id)).toEqual([
      ['near', 'expired'],
      ['far', 'expired'],
    ]);
    expect(alert.timeline.filter((entry) => entry.what === 'escalated').map((entry) => entry.note)).toEqual([
      'recommended: near',
      'recommended: far',
      'recommended: all_asked, hand_over_120',
      'supervisor',
    ]);
    expect(alert.escalationStep).toBe(2);
  });

  it('with no caregiver at all goes to the supervisor at once, and again each minute (I6)', async () => {
    const id = await raised(press());
    await d.pass(30 * S);
    const told = async () =>
      (await d.alert(id)).timeline.filter((entry) => (entry.note ?? '').startsWith('supervisor')).length;
    expect(await told()).toBe(1);
    await d.pass(3 * MIN);
    expect(await told()).toBe(4);
    expect(Date.parse((await d.alert(id)).deadlineAt ?? '')).toBeGreaterThan(d.clock.now());
    expect(d.heard.filter((event) => event.type === 'alert').length).toBeGreaterThanOrEqual(5);
  });

  it('finds somebody who comes on shift later', async () => {
    const id = await raised(press());
    await d.pass(2 * MIN);
    await d.caregiver('late');
    await d.pass(40 * S);
    expect(await offersOf(id)).toEqual([['late', null]]);
  });

  it('goes to the next at once when all decline, and asks none of them again', async () => {
    await d.caregiver('c1', { km: 0.2 });
    await d.caregiver('c2', { km: 0.6 });
    const id = await raised(press());
    await d.pass(30 * S);
    const [order] = await d.ordersOf(id);
    for (const who of ['c1', 'c2'])
      valueOf(await d.orders.decline(order?.id ?? '', caregiver(who), { reason: '不在附近' }));
    await d.settled();
    expect(await offersOf(id)).toEqual([
      ['c1', 'declined'],
      ['c2', 'declined'],
    ]);
    expect(whats(await d.alert(id)).filter((what) => what === 'order_declined')).toHaveLength(2);
    await d.pass(20 * MIN);
    expect((await offersOf(id)).length).toBe(2);
  });

  it('follows its own policy, frozen when it opened, in steps of seconds (I9, GoAlert engine)', async () => {
    await d.caregiver('c1');
    await d.pool.query(
      `insert into policies (id, name, kinds, steps, created_at) values ('p1', 'p', '{sos}', $1, $2)`,
      [
        JSON.stringify([
          { afterS: 5, to: 'contacts' },
          { afterS: 10, to: 'recommended', acceptWithinS: 15 },
          { afterS: 5, to: '120' },
        ]),
        new Date(T0),
      ],
    );
    const id = await raised(press());
    await d.pool.query(`update policies set steps = '[{"afterS": 1, "to": "supervisor"}]', version = 2`);
    await d.pass(36 * S);
    const steps = (await d.alert(id)).timeline
      .filter((entry) => entry.what === 'escalated')
      .map((entry) => [(Date.parse(entry.at) - T0) / S, entry.note]);
    expect(steps).toEqual([
      [5, 'contacts'],
      [15, 'recommended: c1'],
      [35, '120'],
      [35, 'supervisor: all_asked, hand_over_120'],
    ]);
  });

  it('is quiet once somebody has accepted, which acknowledges nothing', async () => {
    await d.caregiver('c1');
    const id = await raised(press());
    await d.pass(30 * S);
    const [order] = await d.ordersOf(id);
    valueOf(await d.orders.accept(order?.id ?? '', caregiver('c1'), {}));
    await d.pass(10 * MIN);
    const alert = await d.alert(id);
    expect(alert).toMatchObject({ state: 'open', acknowledgedBy: null });
    expect(whats(alert).at(-1)).toBe('order_accepted');
  });

  it('after a completed visit waits calmly for a person to end it: one reminder, nobody told or sent', async () => {
    await d.caregiver('c1');
    await d.caregiver('c2');
    const id = await raised(press());
    await d.pass(30 * S);
    const [order] = await d.ordersOf(id);
    const [who] = order?.offers ?? [];
    const actor = caregiver(who?.caregiverId ?? '');
    valueOf(await d.orders.accept(order?.id ?? '', actor, {}));
    valueOf(await d.orders.arrive(order?.id ?? '', actor, {}));
    await d.pass(10 * MIN);
    valueOf(await d.orders.complete(order?.id ?? '', actor, {}));
    const before = whats(await d.alert(id)).length;
    await d.pass(3 * 60 * MIN);
    const alert = await d.alert(id);
    expect(alert).toMatchObject({ state: 'open' });
    expect(whats(alert).slice(before)).toEqual(['reminder']);
    expect(Date.parse(alert.deadlineAt ?? '')).toBeGreaterThan(d.clock.now());
    expect(await d.ordersOf(id)).toHaveLength(1);
    // A new press is a new call: somebody is sent again.
    await d.raise([press()]);
    await d.pass(31 * S);
    expect(await d.dispatcher.audit()).toEqual({});
  });

  it('of priority 3 and 4 is offered to nobody by itself, and is looked at again', async () => {
    await d.caregiver('tech', { role: 'technician' });
    const id = await raised(offline());
    await d.pass(5 * 60 * MIN);
    expect(await d.ordersOf(id)).toEqual([]);
    expect(Date.parse((await d.alert(id)).deadlineAt ?? '')).toBeGreaterThan(d.clock.now());
  });

  it('of a test is offered to nobody by itself; a person may', async () => {
    await d.caregiver('c1');
    const id = await raised(press({ test: true }));
    await d.pass(10 * MIN);
    expect(await d.ordersOf(id)).toEqual([]);
    expect(valueOf(await d.alerts.dispatch(id, operator, {}))).toMatchObject({ state: 'offered' });
  });

  it('that is a canary makes way by itself and stands in no list', async () => {
    const id = await raised(press({ synthetic: true }));
    expect((await d.dispatcher.alerts.queries.list({ limit: 10 })).items).toEqual([]);
    await d.pass(2 * MIN);
    expect(await d.alert(id)).toMatchObject({ state: 'resolved', disposition: 'test' });
  });
});

describe('a pending fall', () => {
  beforeEach(async () => {
    await d.device('screen', 'h1', 'smart_screen');
    await d.device('robot', 'h1', 'robot');
  });
  const fall = async () => (await d.raise([suspectedFall()], homeThatAsks)).alerts[0]?.id ?? '';

  it('is asked about at once through every screen and robot, never after its time', async () => {
    const id = await fall();
    const { rows } = await d.pool.query('select * from downlink order by device_id');
    expect(rows.map((row) => row.device_id)).toEqual(['robot', 'screen']);
    expect(rows[0]).toMatchObject({
      home_id: 'h1',
      body: { cmd: 'prompt', answerWithinMs: 20_000 },
      expires_at: new Date(T0 + 20 * S),
      sent_at: null,
    });
    expect(whats(await d.alert(id))).toEqual(['pending', 'asked']);
    await d.pass(5 * S);
    expect(await d.one('select count(*)::int as n from downlink')).toEqual({ n: 2 });
  });

  it('is open with priority 1 after 20 s of silence, and escalates 30 s later', async () => {
    await d.caregiver('c1');
    const id = await fall();
    await d.pass(19_999);
    expect((await d.alert(id)).state).toBe('pending');
    await d.pass(1);
    expect(await d.alert(id)).toMatchObject({
      state: 'open',
      priority: 1,
      deadlineAt: toIso(T0 + 50 * S),
    });
    await d.pass(30 * S);
    expect(await offersOf(id)).toEqual([['c1', null]]);
  });

  it('is over when the resident answers ok to this question', async () => {
    const id = await fall();
    const { body } = await d.one<{ body: { promptId: string } }>('select body from downlink limit 1');
    await d.pass(8 * S);
    await d.raise([answer('ok', body.promptId)], homeThatAsks);
    expect(await d.alert(id)).toMatchObject({ state: 'resolved', disposition: 'resident_ok' });
    await d.pass(5 * MIN);
    expect(await d.ordersOf(id)).toEqual([]);
  });

  it('is open at once if nobody is left to ask', async () => {
    await d.pool.query('update devices set retired_at = now()');
    const id = await fall();
    expect(await d.alert(id)).toMatchObject({ state: 'open', priority: 1 });
  });

  it('that was noticed late, after an outage of ours, is decided as of its deadline', async () => {
    const id = await fall();
    d.clock.set(T0 + 3 * MIN);
    await d.caregiver('c1');
    await d.settled();
    expect(await d.alert(id)).toMatchObject({ state: 'open', priority: 1 });
    expect(await offersOf(id)).toEqual([['c1', null]]);
  });
});

describe('an acknowledgement', () => {
  it('starts no further notification; the offer that is out stays out (I8, Grafana OnCall #4760)', async () => {
    await d.caregiver('c1', { km: 0.2 });
    await d.caregiver('c2', { km: 0.8 });
    const id = await raised(press());
    await d.pass(30 * S);
    valueOf(await d.alerts.acknowledge(id, operator, {}));
    expect(await offersOf(id)).toEqual([['c1', null]]);
    await d.pass(4 * MIN);
    expect(await offersOf(id)).toEqual([['c1', 'expired']]);
    expect(await d.alert(id)).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'wang' });
  });

  it('that goes stale is taken back and escalates (I8, GoAlert #1919)', async () => {
    await d.caregiver('c1');
    const id = await raised(press());
    valueOf(await d.alerts.acknowledge(id, operator, {}));
    await d.pass(STALE_ACKNOWLEDGEMENT_MS - 1);
    expect((await d.alert(id)).state).toBe('acknowledged');
    await d.pass(1);
    expect(await d.alert(id)).toMatchObject({ state: 'open', acknowledgedBy: null, escalationStep: 0 });
    await d.pass(30 * S);
    expect(await offersOf(id)).toEqual([['c1', null]]);
  });

  it('is kept by a note, and by an order that somebody works on', async () => {
    await d.caregiver('c1');
    const id = await raised(press());
    valueOf(await d.alerts.acknowledge(id, operator, {}));
    await d.pass(4 * MIN);
    valueOf(await d.alerts.note(id, operator, { text: '已致电家属\0' }));
    await d.pass(4 * MIN);
    expect((await d.alert(id)).state).toBe('acknowledged');
    const order = valueOf(await d.alerts.dispatch(id, operator, { caregiverId: 'c1' }));
    valueOf(await d.orders.accept(order.id, caregiver('c1'), {}));
    await d.pass(14 * MIN);
    expect((await d.alert(id)).state).toBe('acknowledged');
    valueOf(await d.orders.cancel(order.id, operator, { reason: '家属已到' }));
    await d.pass(6 * MIN);
    expect((await d.alert(id)).state).toBe('open');
  });

  it('of a suspected fall that is then left alone is a fall: nobody was ever answered', async () => {
    await d.device('screen', 'h1', 'smart_screen');
    const { alerts } = await d.raise([suspectedFall()], homeThatAsks);
    const id = alerts[0]?.id ?? '';
    valueOf(await d.alerts.acknowledge(id, operator, {}));
    await d.pass(5 * MIN);
    expect(await d.alert(id)).toMatchObject({ state: 'open', priority: 1, kind: 'fall' });
  });

  it('ends with a new press: a new call, notified again, offers of the former call unaffected (I8)', async () => {
    await d.caregiver('c1', { km: 0.2 });
    await d.caregiver('c2', { km: 0.8 });
    const id = await raised(press());
    await d.pass(30 * S);
    valueOf(await d.alerts.acknowledge(id, operator, {}));
    await d.pass(10 * S);
    await d.raise([press()]);
    expect(await d.alert(id)).toMatchObject({ state: 'open', calls: 2, deadlineAt: toIso(T0 + 70 * S) });
    expect(await offersOf(id)).toEqual([['c1', null]]);
    await d.pass(30 * S);
    expect(await offersOf(id)).toEqual([
      ['c1', 'expired'],
      ['c2', null],
    ]);
  });

  it('an old wake-up of an acknowledged alert notifies nobody (Grafana OnCall #3111)', async () => {
    await d.caregiver('c1');
    const id = await raised(vitals(2));
    valueOf(await d.alerts.acknowledge(id, operator, {}));
    d.clock.advance(30 * S);
    await d.settled();
    expect(await d.ordersOf(id)).toEqual([]);
  });
});

describe('escalating by hand', () => {
  it('goes to the next step at once, from the desk or from the door (GoAlert #2775)', async () => {
    await d.caregiver('c1');
    const id = await raised(press());
    expect(valueOf(await d.alerts.escalate(id, operator, {}))).toMatchObject({ escalationStep: 1 });
    const [order] = await d.ordersOf(id);
    valueOf(await d.orders.accept(order?.id ?? '', caregiver('c1'), {}));
    const alert = valueOf(await d.alerts.escalate(id, caregiver('c1'), { note: '需要护士' }));
    expect(alert.timeline.at(-1)).toMatchObject({
      what: 'escalated',
      by: 'user-c1',
      note: 'supervisor: 需要护士',
    });
  });

  it('goes to a chosen step, never back (GoAlert #3085, I9)', async () => {
    const id = await raised(press());
    expect(valueOf(await d.alerts.escalate(id, operator, { step: 1 }))).toMatchObject({ escalationStep: 2 });
    expect(await d.alerts.escalate(id, operator, { step: 0 })).toMatchObject({ ok: false, code: 'conflict' });
    expect(valueOf(await d.alerts.escalate(id, operator, { step: 9 })).state).toBe('open');
  });

  it('to 120 stands in the timeline, moves no step, and is kept with what was told, or not at all', async () => {
    const id = await raised(press());
    const before = (await d.alert(id)).escalationStep;
    const told: number[] = [];
    const body = { reference: '120-7', note: '救护车出发' };
    const record = (_tx: unknown, atMs: number) => Promise.resolve(void told.push(atMs));
    const alert = valueOf(await d.alerts.handTo120(id, operator, body, record));
    expect(alert.timeline.at(-1)).toMatchObject({
      what: 'escalated',
      by: 'wang',
      note: '120: 120-7: 救护车出发',
    });
    expect([alert.escalationStep, alert.state, told]).toEqual([before, 'open', [d.clock.now()]]);
    const failing = () => Promise.reject(new Error('no sheet'));
    await expect(d.alerts.handTo120(id, operator, {}, failing)).rejects.toThrow('no sheet');
    expect((await d.alert(id)).timeline.filter(({ note }) => note?.startsWith('120'))).toHaveLength(1);
    valueOf(await d.alerts.resolve(id, operator, { disposition: 'handed_to_120' }));
    expect(await d.alerts.handTo120(id, operator, {}, record)).toMatchObject({ code: 'conflict' });
  });

  it('is not for a caregiver who has nothing to do with it', async () => {
    await d.caregiver('c9');
    const id = await raised(press());
    expect(await d.alerts.escalate(id, caregiver('c9'), {})).toMatchObject({ ok: false, code: 'forbidden' });
  });
});

describe('resolving', () => {
  it('by an operator while an offer is out withdraws it, and what nobody has set out for, and tells the detectors', async () => {
    await d.caregiver('c1', { km: 0.2 });
    const id = await raised(press());
    await d.pass(30 * S);
    const alert = valueOf(await d.alerts.resolve(id, operator, { disposition: 'false_alarm', note: '误按' }));
    expect(alert).toMatchObject({ state: 'resolved', disposition: 'false_alarm', resolvedBy: 'wang' });
    expect(await d.ordersOf(id)).toMatchObject([{ state: 'cancelled', cancelReason: 'alert_resolved' }]);
    expect(await offersOf(id)).toEqual([['c1', 'withdrawn']]);
    const [order] = await d.ordersOf(id);
    expect(await d.orders.accept(order?.id ?? '', caregiver('c1'), {})).toMatchObject({
      ok: false,
      code: 'conflict',
    });
    expect(await d.one('select home_id, kind, body from home_inputs')).toEqual({
      home_id: 'h1',
      kind: 'resolved',
      body: { dedupKey: 'h1:emergency', alertId: id, disposition: 'false_alarm', at: T0 + 30 * S },
    });
  });

  it('leaves whoever is on the way', async () => {
    await d.caregiver('c1');
    const id = await raised(press());
    const order = valueOf(await d.alerts.dispatch(id, operator, { caregiverId: 'c1' }));
    valueOf(await d.orders.accept(order.id, caregiver('c1'), {}));
    valueOf(await d.orders.depart(order.id, caregiver('c1'), {}));
    valueOf(await d.alerts.resolve(id, operator, { disposition: 'assisted' }));
    expect(await d.order(order.id)).toMatchObject({ state: 'en_route' });
    valueOf(await d.orders.arrive(order.id, caregiver('c1'), {}));
    expect(valueOf(await d.orders.complete(order.id, caregiver('c1'), {})).state).toBe('completed');
  });

  it('by the resident withdraws the orders too, though ingest knows nothing of them', async () => {
    await d.device('screen', 'h1', 'smart_screen');
    await d.caregiver('c1');
    const { alerts } = await d.raise([suspectedFall()], homeThatAsks);
    const id = alerts[0]?.id ?? '';
    valueOf(await d.alerts.dispatch(id, operator, {}));
    const { body } = await d.one<{ body: { promptId: string } }>('select body from downlink limit 1');
    await d.raise([answer('ok', body.promptId)], homeThatAsks);
    expect((await d.alert(id)).state).toBe('resolved');
    expect(await offersOf(id)).toEqual([['c1', 'withdrawn']]);
  });

  it('is undone by reopen unless a newer one is there; the audit log has both', async () => {
    const id = await raised(press());
    valueOf(await d.alerts.resolve(id, operator, { disposition: 'assisted' }));
    valueOf(await d.alerts.reopen(id, supervisor, {}));
    valueOf(await d.alerts.resolve(id, operator, { disposition: 'assisted' }));
    const { alerts } = await d.raise([press()]);
    expect(alerts[0]?.previousAlertId).toBe(id);
    expect(await d.alerts.reopen(id, supervisor, {})).toMatchObject({
      ok: false,
      code: 'conflict',
      current: { id, state: 'resolved' },
    });
    const { rows } = await d.pool.query('select who, action, object from audit order by id');
    expect(rows).toEqual([
      { who: 'wang', action: 'alert.resolve', object: `alert:${id}` },
      { who: 'chief', action: 'alert.reopen', object: `alert:${id}` },
      { who: 'wang', action: 'alert.resolve', object: `alert:${id}` },
    ]);
  });

  it('races an acknowledgement: one of them is first, the other is told (Grafana OnCall #3161)', async () => {
    for (let i = 0; i < 10; i += 1) {
      await d.home(`x${i}`);
      const id = await raised(press({ homeId: `x${i}` }));
      const [ack, resolve] = await Promise.all([
        d.alerts.acknowledge(id, operator, { expectedVersion: 1 }),
        d.alerts.resolve(id, supervisor, { disposition: 'assisted', expectedVersion: 1 }),
      ]);
      expect([ack.ok, resolve.ok].filter(Boolean)).toHaveLength(1);
      expect((await d.alert(id)).state).toBe(ack.ok ? 'acknowledged' : 'resolved');
    }
  });
});

describe('commands', () => {
  it('keep to the street of whoever gives them', async () => {
    const id = await raised(press());
    const elsewhere = { ...operator, streets: ['梅林'] };
    expect(await d.alerts.acknowledge(id, elsewhere, {})).toMatchObject({ ok: false, code: 'forbidden' });
    expect(await d.alerts.acknowledge('nothing', operator, {})).toMatchObject({
      ok: false,
      code: 'not_found',
    });
  });

  it('repeated, change nothing and leave no trace', async () => {
    const id = await raised(press());
    const first = await d.alerts.acknowledge(id, operator, {});
    const again = await d.alerts.acknowledge(id, operator, {});
    expect(first).toMatchObject({ ok: true, changed: true });
    expect(again).toMatchObject({ ok: true, changed: false, value: { version: 2 } });
    expect(await d.one('select count(*)::int as n from audit')).toEqual({ n: 1 });
  });
});
