import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { press } from '../alerts/testing/signals.ts';
import type { Channel, Notice, Sent } from './channels/channel.ts';
import { type District, district, MIN, operator, S, T0, valueOf } from './testing/district.ts';

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

  it('still waiting when the call is answered is not sent any more (I8, Grafana OnCall #4760)', async () => {
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
