import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { press } from '../alerts/testing/signals.ts';
import type { Channel, Notice, Sent } from './channels/channel.ts';
import { caregiver, type District, district, MIN, operator, S, T0, valueOf } from './testing/district.ts';

let d: District;
let answer: (notice: Notice) => Sent;
let told: Notice[];
const channel: Channel = {
  name: 'test',
  send: (notice) => {
    told.push(notice);
    return Promise.resolve(answer(notice));
  },
};
const CONTACTS = [{ name: '王小明', phone: '13800000000', relation: '儿子' }];

beforeEach(async () => {
  told = [];
  answer = () => ({ ok: true });
  d = await district({ channels: [channel] });
  await d.home('h1');
  await d.pool.query(`update residents set personal = $1`, [Buffer.from(JSON.stringify(CONTACTS))]);
});
afterEach(() => d.end());

const wandering = () => press({ kind: 'wandering', priority: 2, effect: 'raise' });
const raised = async (signal = press()): Promise<string> => (await d.raise([signal])).alerts[0]?.id ?? '';
const states = async () =>
  (
    await d.pool.query<{ target: string; state: string; tries: number }>(
      'select target, state, tries from notices order by created_at, id',
    )
  ).rows;
const policy = (steps: object[]) =>
  d.pool.query(
    `insert into policies (id, name, kinds, steps, created_at) values ('p1', 'p', '{sos}', $1, $2)`,
    [JSON.stringify(steps), new Date(T0)],
  );

describe('the family', () => {
  it('is told of wandering at once, with the contacts in their order, and once', async () => {
    await raised(wandering());
    await d.pass(1);
    expect(told).toMatchObject([{ target: 'contacts', kind: 'wandering', recipients: CONTACTS, attempt: 1 }]);
    await d.pass(20 * S);
    expect(told).toHaveLength(1);
  });

  it('is told when the policy comes to its step, and again as often as it repeats', async () => {
    await policy([
      { afterS: 5, to: 'contacts', repeat: 1 },
      { afterS: 600, to: 'supervisor' },
    ]);
    await raised();
    await d.pass(30 * S);
    expect(told.map((notice) => [notice.target, notice.attempt])).toEqual([
      ['contacts', 1],
      ['contacts', 2],
    ]);
  });

  it('is not told of a test', async () => {
    await raised(press({ test: true }));
    await d.pass(2 * MIN);
    expect(told).toEqual([]);
  });
});

describe('a notice', () => {
  it('commits with its escalation, and a server that died before sending leaves it to the next, once', async () => {
    await policy([{ afterS: 5, to: 'contacts' }]);
    await raised();
    await d.dispatcher.stop();
    const next = await d.addServer();
    d.clock.set(T0 + 6 * S);
    await next.settled();
    await next.settled();
    expect(told.filter((notice) => notice.target === 'contacts')).toHaveLength(1);
  });

  it('is tried again with growing pauses until it is delivered', async () => {
    answer = () => ({ ok: told.length > 3, error: 'answered 503', retry: true });
    await policy([
      { afterS: 5, to: 'contacts' },
      { afterS: 3600, to: 'supervisor' },
    ]);
    await raised();
    await d.pass(5 * S);
    const triedAt: number[] = [];
    for (let second = 0; second < 10; second += 1) {
      triedAt.push(told.length);
      await d.pass(1 * S);
    }
    expect(triedAt).toEqual([1, 2, 2, 3, 3, 3, 3, 4, 4, 4]);
    expect(new Set(told.map((notice) => notice.id)).size).toBe(1);
    expect(await states()).toEqual([{ target: 'contacts', state: 'delivered', tries: 4 }]);
  });

  it('that its receiver refuses is a dead letter; the alert escalates on all the same', async () => {
    answer = () => ({ ok: false, error: 'answered 410', retry: false });
    await policy([
      { afterS: 5, to: 'contacts' },
      { afterS: 5, to: 'supervisor' },
    ]);
    const id = await raised();
    await d.pass(10 * S);
    expect(await states()).toEqual([
      { target: 'contacts', state: 'dead', tries: 1 },
      { target: 'supervisor', state: 'dead', tries: 1 },
    ]);
    expect((await d.alert(id)).escalationStep).toBe(2);
  });

  it('still waiting when the call is answered is not sent any more (I8, Grafana OnCall #4760, #4654)', async () => {
    answer = () => ({ ok: false, error: 'answered 503', retry: true });
    await policy([{ afterS: 5, to: 'contacts' }]);
    const id = await raised();
    await d.pass(5 * S);
    const before = told.length;
    valueOf(await d.alerts.acknowledge(id, operator, {}));
    await d.pass(MIN);
    expect(told).toHaveLength(before);
    expect((await states()).every((notice) => notice.state === 'obsolete')).toBe(true);
  });

  it('that a person asks for is sent though the call has been answered', async () => {
    await policy([{ afterS: 600, to: 'contacts' }]);
    const id = await raised();
    valueOf(await d.alerts.acknowledge(id, operator, {}));
    valueOf(await d.alerts.escalate(id, operator, {}));
    await d.settled();
    expect(told).toMatchObject([{ target: 'contacts' }]);
  });
});

describe('an offer', () => {
  const offers = () => told.filter(({ target }) => target === 'caregiver');
  const dispatched = async () => {
    await d.caregiver('c1', { km: 0.2 });
    await d.caregiver('c2', { km: 0.8 });
    const id = await raised();
    await d.pass(30 * S);
    const [notice] = offers();
    if (notice?.offer === undefined) throw new Error('no offer was told');
    return { id, notice, orderId: notice.offer.orderId };
  };

  it('goes out by every channel to the one who is asked, and is accepted by a key, once (I11)', async () => {
    const { id, notice, orderId } = await dispatched();
    expect(notice).toMatchObject({
      alertId: id,
      kind: 'sos',
      recipients: [{ name: 'name of c1', phone: '138c1' }],
      offer: { caregiverId: 'c1', service: 'urgent', expiresAt: '2026-01-12T08:01:00.000Z' },
      text: { zh: expect.stringContaining('30 秒') },
    });
    expect(await d.dispatcher.receipt({ noticeId: notice.id, event: 'received' })).toEqual({
      result: 'noted',
    });
    for (let i = 0; i < 2; i += 1)
      expect(await d.dispatcher.receipt({ noticeId: notice.id, event: 'key', key: '1' })).toEqual({
        result: 'accepted',
      });
    expect(await d.order(orderId)).toMatchObject({ state: 'accepted', caregiverId: 'c1' });
    expect((await d.alert(id)).timeline.at(-1)).toMatchObject({ what: 'order_accepted', by: 'phone:c1' });
    const row = await d.one<{ answer: string; state: string }>('select * from notices where id = $1', [
      notice.id,
    ]);
    expect(row).toMatchObject({ state: 'delivered', answer: 'accepted' });
    await d.dispatcher.receipt({ noticeId: notice.id, event: 'failed', detail: 'busy' });
    expect(await d.one('select state from notices where id = $1', [notice.id])).toEqual({
      state: 'delivered',
    });
  });

  it('is declined by a key, and goes to the next; a key that comes too late is told so', async () => {
    const { notice, orderId } = await dispatched();
    expect(await d.dispatcher.receipt({ noticeId: notice.id, event: 'key', key: '5' })).toEqual({
      result: 'no_such_key',
    });
    await d.dispatcher.receipt({ noticeId: notice.id, event: 'key', key: '2' });
    await d.settled();
    expect((await d.order(orderId)).offers.map((offer) => [offer.caregiverId, offer.outcome])).toEqual([
      ['c1', 'declined'],
      ['c2', null],
    ]);
    expect(offers().map(({ offer }) => offer?.caregiverId)).toEqual(['c1', 'c2']);
    expect(await d.dispatcher.receipt({ noticeId: notice.id, event: 'key', key: '1' })).toMatchObject({
      result: 'too_late',
    });
    expect(await d.dispatcher.receipt({ noticeId: 'nothing', event: 'key', key: '1' })).toEqual({
      result: 'not_found',
    });
  });

  it('that is out no longer is not told any more; one that never reached its telephone is a dead letter', async () => {
    answer = ({ target }) =>
      target === 'caregiver' ? { ok: false, error: 'answered 503', retry: true } : { ok: true };
    const { id, notice } = await dispatched();
    valueOf(await d.alerts.resolve(id, operator, { disposition: 'false_alarm' }));
    const before = offers().length;
    await d.pass(MIN);
    expect(offers()).toHaveLength(before);
    expect(await d.one('select state from notices where id = $1', [notice.id])).toEqual({
      state: 'obsolete',
    });

    answer = () => ({ ok: true });
    await policy([{ afterS: 5, to: 'contacts' }]);
    const again = await raised();
    await d.pass(6 * S);
    const family = told.find(({ target, alertId }) => target === 'contacts' && alertId === again);
    const noticeId = family?.id ?? '';
    await d.dispatcher.receipt({ noticeId, event: 'failed', detail: '空号' });
    expect(await d.one('select state, error from notices where id = $1', [noticeId])).toEqual({
      state: 'dead',
      error: 'not delivered: 空号',
    });
  });

  it('that is withdrawn is said to be so to whoever was told of it; not to whoever has it, nor of one’s own act', async () => {
    const { id, notice, orderId } = await dispatched();
    const withdrawn = () =>
      offers().flatMap(({ offer }) => (offer?.withdrawn === true ? [offer.caregiverId] : []));
    valueOf(await d.alerts.dispatch(id, operator, { caregiverId: 'c2' }));
    await d.settled();
    const second = offers().at(-1);
    await d.dispatcher.receipt({ noticeId: second?.id ?? '', event: 'key', key: '1' });
    await d.settled();
    expect(await d.order(orderId)).toMatchObject({ caregiverId: 'c2' });
    expect(withdrawn()).toEqual(['c1']);
    expect(offers().at(-1)).toMatchObject({
      alertId: id,
      recipients: [{ phone: '138c1' }],
      text: { zh: expect.stringContaining('已撤回') },
      offer: { orderId, offerId: notice.offer?.offerId },
    });
    // There is nothing to press any more.
    const key = { noticeId: offers().at(-1)?.id ?? '', event: 'key', key: '1' } as const;
    expect(await d.dispatcher.receipt(key)).toMatchObject({ result: 'too_late' });

    await d.caregiver('c3');
    await d.pool.query(
      `insert into users (username, password_hash, role, caregiver_id, created_at) values ('user-c2', '', 'caregiver', 'c2', now())`,
    );
    valueOf(await d.orders.handOver(orderId, caregiver('c2'), { reason: '电动车坏了', to: 'c3' }));
    await d.settled();
    expect(offers().at(-1)).toMatchObject({ offer: { caregiverId: 'c3' } });
    valueOf(await d.orders.accept(orderId, caregiver('c3'), {}));
    // Their own hand-over was no news to the one; the desk's is to the other, and so is the end of the alarm.
    valueOf(await d.orders.handOver(orderId, operator, { reason: '另有安排', to: 'c2', caregiverId: 'c3' }));
    await d.settled();
    valueOf(await d.alerts.resolve(id, operator, { disposition: 'false_alarm' }));
    await d.settled();
    expect(withdrawn()).toEqual(['c1', 'c3', 'c2']);
  });

  it('of an order without an alert is told as well', async () => {
    await d.caregiver('c1');
    const order = valueOf(await d.orders.create(operator, { homeId: 'h1', service: 'meal' }));
    await d.settled();
    expect(offers()).toMatchObject([
      { alertId: null, homeId: 'h1', offer: { orderId: order.id, service: 'meal' } },
    ]);
  });
});

describe('a family that presses the key', () => {
  it('has heard of it, which stands in the timeline once and answers nothing', async () => {
    await policy([
      { afterS: 5, to: 'contacts' },
      { afterS: 600, to: 'supervisor' },
    ]);
    const id = await raised();
    await d.pass(6 * S);
    const noticeId = told[0]?.id ?? '';
    for (let i = 0; i < 2; i += 1)
      expect(await d.dispatcher.receipt({ noticeId, event: 'key', key: '1' })).toEqual({
        result: 'confirmed',
      });
    const alert = await d.alert(id);
    expect(alert.state).toBe('open');
    expect(alert.timeline.filter(({ by }) => by === 'contacts')).toMatchObject([
      { what: 'note', note: 'confirmed by key' },
    ]);
    expect(Date.parse(alert.deadlineAt ?? '')).toBeGreaterThan(d.clock.now());
  });
});

describe('120', () => {
  it('is handed what it needs to know by the channel that reaches it, kept once as it was told (sealed)', async () => {
    await d.end();
    const sealing = {
      seal: (content: unknown) => Buffer.from(`sealed:${JSON.stringify(content)}`),
      open: (sealed: Uint8Array) =>
        JSON.parse(Buffer.from(sealed).toString().replace('sealed:', '') || '{}') as unknown,
    };
    let failures = 1;
    answer = ({ target }) =>
      target === '120' && failures-- > 0 ? { ok: false, error: 'answered 503', retry: true } : { ok: true };
    d = await district({ channels: [{ ...channel, carriesSheets: true }], sealing });
    await d.home('h1');
    await d.pool.query(`update residents set personal = $1`, [
      Buffer.from(JSON.stringify({ name: '王桂兰', conditions: ['冠心病'], contacts: CONTACTS })),
    ]);
    await policy([{ afterS: 0, to: '120' }]);
    const id = await raised();
    await d.pass(5 * S);
    const [first, second] = told.filter(({ target }) => target === '120');
    expect(second).toMatchObject({
      id: first?.id,
      sheet: {
        alertId: id,
        people: [{ name: '王桂兰', conditions: ['冠心病'], contacts: [{ phone: '13800000000' }] }],
      },
    });
    expect(told.filter(({ target, sheet }) => target !== '120' && sheet !== undefined)).toEqual([]);
    const { rows } = await d.pool.query('select alert_id, by_whom, notice_id from ambulance_records');
    expect(rows).toEqual([{ alert_id: id, by_whom: 'system', notice_id: first?.id }]);
  });
});
