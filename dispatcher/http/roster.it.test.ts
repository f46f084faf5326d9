import { expect, test } from 'vitest';
import { type Harness, startHarness } from './testing/harness.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';

let h: Harness;
anewOnRetry(
  async () => {
    h = await startHarness();
  },
  () => h.close(),
);

const HOUR_MS = 3_600_000;
const local = (ms: number): string => new Date(ms + 8 * HOUR_MS).toISOString().slice(11, 16);
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
/** On the hour, so that a weekly shift of whole hours is what it says. */
const hour = (n: number): number => Math.floor(h.clock.now() / HOUR_MS) * HOUR_MS + n * HOUR_MS;
const weekly = (from: number, to: number) => ({
  weekly: { days: EVERY_DAY, start: local(hour(from)), end: local(hour(to)) },
});

test('the roster says who is on duty now and who comes next, at the desk and outside, with leave taken off', async () => {
  const mine = await h.userOf('operator', { streets: ['莲花'] });
  const next = await h.userOf('operator');
  const elsewhere = await h.userOf('operator', { streets: ['梅林'] });
  for (const [username, times] of [
    [mine.username, weekly(-2, 6)],
    [next.username, weekly(6, 14)],
    [elsewhere.username, weekly(-2, 6)],
  ] as const)
    expect((await h.admin('POST', '/duties', { username, ...times })).status).toBe(201);
  const carer = async (name: string, ...shifts: object[]): Promise<string> => {
    const { body } = await h.admin('POST', '/caregivers', { name, role: 'nurse', phone: '13800000000' });
    for (const times of shifts)
      expect((await h.admin('POST', '/shifts', { caregiverId: body.id, ...times })).status).toBe(201);
    return body.id as string;
  };
  const here = await carer('李护士', weekly(-1, 3));
  const later = await carer('陈护士', weekly(3, 9));
  const away = { from: new Date(hour(-3)).toISOString(), to: new Date(hour(30)).toISOString(), off: true };
  const onLeave = await carer('何护士', weekly(-1, 3), away);

  const { status, body } = await mine.call('GET', '/roster?hours=12');
  expect(status).toBe(200);
  const who = (id: string) => body.items.find((one: { id: string }) => one.id === id);
  expect(who(mine.username)).toMatchObject({
    kind: 'operator',
    now: true,
    loggedIn: true,
    from: new Date(hour(-2)).toISOString(),
    to: new Date(hour(6)).toISOString(),
  });
  expect(who(next.username)).toMatchObject({ now: false, from: new Date(hour(6)).toISOString() });
  expect(who(elsewhere.username)).toBeUndefined();
  expect(who(here)).toMatchObject({ kind: 'caregiver', name: '李护士', phone: '13800000000', now: true });
  expect(who(later)).toMatchObject({ now: false });
  expect(who(onLeave)).toBeUndefined();
  const nows = body.items.map((one: { now: boolean }) => one.now);
  expect(nows).toEqual([...nows].sort((a, b) => Number(b) - Number(a)));
});

test('a duty is of a user of the desk, at times that make sense', async () => {
  const { username } = await h.userOf('operator');
  const { body: carer } = await h.admin('POST', '/caregivers', { name: '周护士', role: 'nurse' });
  const bag = await h.userOf('caregiver', { caregiverId: carer.id });
  const problem = async (body: object) => (await h.admin('POST', '/duties', body)).body.problems?.[0]?.field;
  expect(await problem({ username: 'nobody-here', ...weekly(0, 4) })).toBe('username');
  expect(await problem({ username: bag.username, ...weekly(0, 4) })).toBe('username');
  expect(await problem({ username })).toBe('from');
  expect((await bag.call('GET', '/roster')).status).toBe(403);
});
