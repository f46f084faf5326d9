import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anewOnRetry } from '../tests/support/anew.ts';
import { registerHome, startWorld, type World } from '../tests/support/ingest-world.ts';
import { type TestDatabase, testDatabase } from '../tests/support/postgres.ts';
import { initialState } from './home-state.ts';
import { foldItemOf } from './pipeline/homes.ts';
import { homePast } from './store/past.ts';
import { knownIds, recentReadings } from './store/known-ids.ts';
import { EVERY_HOME } from './sharing/partitions.ts';
import { readTail } from './store/tail.ts';

let db: TestDatabase;
let world: World;
anewOnRetry(
  async () => {
    db = await testDatabase();
    await registerHome(db, 'h1');
    world = await startWorld(db, { detectors: [] });
  },
  async () => {
    await world.ingest.stop();
    await db.drop();
  },
);

const rows = async <T>(sql: string, ...values: unknown[]): Promise<T[]> =>
  (await db.pool.query({ text: sql, values })).rows as T[];

interface Stored {
  flags: number;
  whole: Record<string, unknown>;
  same: boolean;
  seq: number;
  home_no: number;
  device_no: number;
}
/** What the database has of a message, and whether that is the message. */
const storedOf = async (messageId: string, text: string): Promise<Stored | undefined> =>
  (
    await rows<Stored>(
      `select flags, seq, home_no, device_no, reading_body(body, message_id, occurred_at, flags) as whole,
         reading_body(body, message_id, occurred_at, flags) = $2::jsonb as same
       from readings where coalesce(message_id, body ->> 'mark') = $1`,
      messageId,
      text,
    )
  )[0];

/** Ways in which devices write a message; `id` and `at` are to lie in columns. */
const WRITTEN: Readonly<Record<string, (id: string, at: number) => string>> = {
  'as the simulator does': (id, at) => `{"id":"${id}","ts":${at},"online":true}`,
  'in another order, with blanks': (id, at) => `{"online": true, "ts": ${at}, "battery": 50, "id": "${id}"}`,
  'time as text': (id, at) => `{"id":"${id}","ts":"${new Date(at).toISOString()}","online":true}`,
  'time in seconds': (id, at) => `{"id":"${id}","ts":${Math.floor(at / 1000)},"online":true}`,
  'time with a fraction': (id, at) => `{"id":"${id}","ts":${at}.25,"online":true}`,
  'time as a float': (id, at) => `{"id":"${id}","ts":${at}.0,"online":true}`,
  'time twice': (id, at) => `{"id":"${id}","ts":12,"ts":${at},"online":true}`,
  'id twice': (id, at) => `{"id":"x","id":"${id}","ts":${at},"online":true}`,
  'ids and times within': (id, at) =>
    `{"tag":{"id":"${id}","ts":${at}},"id":"${id}","ts":${at},"online":true}`,
  'an escaped name': (id, at) => `{"\\u0069d":"${id}","t\\u0073":${at},"online":true}`,
  'other words than ASCII': (id, at) => `{"id":"${id}","ts":${at},"online":true,"note":"卧室🛏","ts2":${at}}`,
  'no time': (id) => `{"id":"${id}","online":true}`,
  'no id': (id, at) => `{"mark":"${id}","ts":${at},"online":true}`,
  late: (id, at) => `{"id":"${id}","ts":${at - 3_600_000},"online":true}`,
  'a little fast': (id, at) => `{"id":"${id}","ts":${at + 20_000},"online":true}`,
  'far ahead': (id, at) => `{"id":"${id}","ts":${at + 86_400_000},"online":true}`,
};

describe('a stored message', () => {
  it.each(Object.entries(WRITTEN))('is read as it came: %s', async (_, write) => {
    const id = `m-${randomUUID()}`;
    const receivedAt = Date.now();
    const text = write(id, receivedAt - 5);
    expect(await world.send('h1', 'gw', 'status', text, { receivedAt })).toMatchObject({ result: 'reading' });
    const stored = await storedOf(id, text);
    expect(stored).toMatchObject({ same: true, whole: JSON.parse(text) as object });
  });

  it('is without its id and time where they lie in columns; a will is as it came', async () => {
    const id = `m-${randomUUID()}`;
    const at = Date.now();
    await world.send('h1', 'gw', 'status', `{"id":"${id}","ts":${at},"online":true}`, { receivedAt: at });
    expect(await rows('select body, flags from readings where message_id = $1', id)).toEqual([
      { body: { online: true }, flags: -2 },
    ]);
    const will = `{"id":"w","ts":${at},"online":false,"mark":"will-${id}"}`;
    await world.send('h1', 'gw', 'status', will, { will: true });
    expect(await rows(`select flags from readings where body ->> 'mark' = $1`, `will-${id}`)).toEqual([
      { flags: 10 },
    ]);
  });

  it('is found again by whoever asks the database, in this form and in the one before', async () => {
    const at = Date.now() - 30_000;
    const ids = [`m-${randomUUID()}`, `m-${randomUUID()}`];
    const [text = '', former = ''] = ids.map((id) => `{"id":"${id}","ts":${at},"online":true}`);
    await world.send('h1', 'gw', 'status', text, { receivedAt: at + 5 });
    const stored = await storedOf(ids[0] ?? '', text);
    await rows(
      `insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, message_id, body)
       select received_at, occurred_at, seq + 1, home_no, device_no, channel, $2, $3::jsonb from readings where message_id = $1`,
      ids[0],
      ids[1],
      former,
    );
    const probe = (messageId: string | undefined, body: string) => ({
      homeNo: stored?.home_no ?? 0,
      deviceNo: stored?.device_no ?? 0,
      messageId: messageId ?? '',
      idKey: 1,
      contentKey: 1,
      statedAt: at,
      body,
    });
    const known = await knownIds(
      db.pool,
      [
        probe(ids[0], text),
        probe(ids[0], `{"online": true, "id": "${ids[0]}", "ts": ${at}}`),
        probe(ids[0], text.replace('true', 'false')),
        probe(ids[1], former),
        probe(ids[1], text),
      ],
      Date.now(),
    );
    expect(known).toEqual([true, true, false, true, false]);
    const recent = await recentReadings(db.pool, at - 1, 100, EVERY_HOME);
    expect(recent.find(({ messageId }) => messageId === ids[0])?.body).toEqual(JSON.parse(text));
    expect(recent.find(({ messageId }) => messageId === ids[1])?.body).toEqual(JSON.parse(former));
  });

  it('I4: is folded again as it came, and SQL and TypeScript agree on it', async () => {
    const text = fc.record({
      how: fc.constantFrom(...Object.values(WRITTEN)),
      id: fc.uuid(),
      before: fc.nat(50_000),
    });
    const sent = new Map<string, { id: string; receivedAt: number }>();
    await fc.assert(
      fc.asyncProperty(text, async ({ how, id, before }) => {
        const receivedAt = Date.now();
        const written = how(id, receivedAt - before);
        await world.send('h1', 'watch', 'status', written, { receivedAt });
        sent.set(written, { id, receivedAt });
      }),
      { numRuns: 40 },
    );
    const payloads = new Set([...sent.keys()].map((one) => canonical(JSON.parse(one))));
    const [home] = await rows<{ no: number }>(`select no from homes where id = 'h1'`);
    const homeNo = home?.no ?? 0;
    const { tail } = await readTail(db.pool, 0, Number.MAX_SAFE_INTEGER, null);
    const past = [...(tail.get(homeNo) ?? [])];
    const again: typeof past = [];
    await homePast(db.pool, { homeNo, since: 0, until: Date.now() + 1_000 }, ({ items }) => {
      again.push(...items);
      return Promise.resolve();
    });
    expect(again.filter(({ kind }) => kind === 'reading')).toEqual(
      past.filter(({ kind }) => kind === 'reading'),
    );
    const folded = past.flatMap((item) => {
      const one = foldItemOf(item, 'h1', initialState([]));
      return one.kind === 'event' && one.event.deviceId === 'h1-watch' ? [canonical(one.event.payload)] : [];
    });
    expect(new Set(folded)).toEqual(payloads);
    const read = await rows<{ whole: unknown }>(
      `select reading_body(r.body, r.message_id, r.occurred_at, r.flags) as whole
       from readings r join devices d on d.no = r.device_no where d.id = 'h1-watch' order by r.seq`,
    );
    expect(read.map(({ whole }) => canonical(whole))).toEqual(folded);
  });
});

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
