import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '../tests/support/postgres.ts';
import type { Clock } from './clock.ts';
import { chunkHours, hasTimescale, maintainHypertables } from './hypertables.ts';
import { silentLog } from './log.ts';
import { ManualClock } from './manual-clock.ts';
import { maintainPartitions } from './partitions.ts';

let database: TestDatabase;
let clock: ManualClock;
/** On TimescaleDB readings are a hypertable, and their rollups continuous aggregates: neither has partitions of ours. */
let hypertables: boolean;
beforeEach(async () => {
  database = await testDatabase();
  hypertables = await hasTimescale(database.pool);
  clock = new ManualClock('2026-01-12T23:30:00.000Z');
});
afterEach(() => database.drop());

const maintain = (over: { clock?: Clock } = {}) =>
  maintainPartitions({ pool: database.pool, clock, log: silentLog(), ...over });
const reading = (at: string) =>
  database.pool.query(
    `insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, body) values ($1, $1, 1, 1, 1, 1, '{}')`,
    [at],
  );
const messageId = (day: string) =>
  database.pool.query('insert into message_ids (day, device_no, id_key, content_key) values ($1, 1, 2, 3)', [
    day,
  ]);
/** As of these days, of every table that has partitions here. */
const partitions = (...days: string[]): string[] =>
  ['readings', 'message_ids', 'reading_hours_kept', 'reading_days_kept']
    .filter((table) => !hypertables || table === 'message_ids')
    .flatMap((table) => days.map((day) => `${table}_p${day}`));
/** By partition; where readings have none, all of them as one. */
async function readingsBy(): Promise<Record<string, number>> {
  if (!hypertables) return rowsOf('readings');
  const { rows } = await database.pool.query<{ day: string; n: number }>(
    `select to_char(received_at, 'YYYYMMDD') as day, count(*)::int as n from readings group by 1 order by 1`,
  );
  return Object.fromEntries(rows.map(({ day, n }) => [`readings_p${day}`, n]));
}
async function rowsOf(table: string): Promise<Record<string, number>> {
  const { rows } = await database.pool.query<{ partition: string; n: number }>(
    `select tableoid::regclass::text as partition, count(*)::int as n from ${table} group by 1 order by 1`,
  );
  return Object.fromEntries(rows.map(({ partition, n }) => [partition, n]));
}

test('today and three days ahead have partitions, made once', async () => {
  const days = ['20260112', '20260113', '20260114', '20260115'];
  const first = await maintain();
  expect(first.created).toEqual(partitions(...days));
  expect(await maintain()).toEqual({ created: [], dropped: [], deferred: [] });
  await reading('2026-01-12T00:00:00Z');
  await reading('2026-01-12T23:59:59.999Z');
  await reading('2026-01-13T00:00:00Z');
  await messageId('2026-01-13');
  expect(await readingsBy()).toEqual({ readings_p20260112: 2, readings_p20260113: 1 });
  expect(await rowsOf('message_ids')).toEqual({ message_ids_p20260113: 1 });
});

test('partitions have the indexes of their table', async () => {
  await maintain();
  const indexes = async (table: string) => {
    const { rows } = await database.pool.query<{ def: string }>(
      `select regexp_replace(indexdef, '.* USING', '') as def from pg_indexes where tablename = $1 order by 1`,
      [table],
    );
    return rows.map(({ def }) => def);
  };
  for (const partition of partitions('20260112'))
    expect(await indexes(partition)).toEqual(await indexes(partition.slice(0, -10)));
});

test('rows that came while there was no partition of their day move to one, whatever day that is', async () => {
  await reading('2025-12-31T12:00:00Z');
  await reading('2026-01-12T12:00:00Z');
  await messageId('2026-01-10');
  await messageId('2026-01-13');
  const { created } = await maintain();
  expect(created).toEqual(
    expect.arrayContaining([...(hypertables ? [] : ['readings_p20251231']), 'message_ids_p20260110']),
  );
  expect(await readingsBy()).toEqual({ readings_p20251231: 1, readings_p20260112: 1 });
  expect(await rowsOf('message_ids')).toEqual({ message_ids_p20260110: 1, message_ids_p20260113: 1 });
});

test('ids are kept for 8 days with today, then dropped, also from the default partition; readings stay (I2)', async () => {
  await maintain();
  await reading('2026-01-12T12:00:00Z');
  await messageId('2026-01-12');
  await messageId('2026-01-01'); // goes to the default partition
  clock.advance(7 * 86_400_000);
  expect((await maintain()).dropped).toEqual([]);
  expect(await rowsOf('message_ids')).toEqual({ message_ids_p20260112: 1 });
  clock.advance(86_400_000);
  expect((await maintain()).dropped).toEqual(['message_ids_p20260112']);
  expect(await rowsOf('message_ids')).toEqual({});
  expect(await readingsBy()).toEqual({ readings_p20260112: 1 });
});

test('a lock that is not to be had defers the work, and holds nobody up meanwhile', async () => {
  await maintain();
  clock.advance(86_400_000);
  const holder = await database.pool.connect();
  await holder.query('begin');
  await holder.query('select count(*) from readings, message_ids'); // a long report
  let waited = 0;
  const hurried: Clock = {
    now: () => clock.now(),
    setTimer: (_ms, fn) => (waited++, setImmediate(fn), () => undefined),
  };
  const maintained = maintain({ clock: hurried });
  for (let i = 0; i < 20; i++) await reading('2026-01-13T12:00:00Z'); // within the statement's usual bounds
  const { created, deferred } = await maintained;
  const [held, free] = [
    partitions('20260116').filter((name) => !name.includes('kept')),
    partitions('20260116').filter((name) => name.includes('kept')),
  ];
  expect(deferred).toEqual(held);
  expect(created).toEqual(free);
  expect(waited).toBeGreaterThan(1);
  await holder.query('commit');
  holder.release();
  expect((await maintain()).created).toEqual(held);
});

test('several processes at once do it once, under load, and no row is lost', async () => {
  const stopped = { yes: false };
  let written = 0;
  const writer = async (hour: number) => {
    while (!stopped.yes) {
      await reading(`2026-01-1${2 + (written % 5)}T${String(hour).padStart(2, '0')}:00:00Z`);
      written++;
    }
  };
  const writers = [1, 2, 3].map(writer);
  const outcomes = await Promise.all(
    [1, 2, 3].map(() => maintain({ clock: { ...systemLike(), now: () => clock.now() } })),
  );
  stopped.yes = true;
  await Promise.all(writers);
  const created = outcomes.flatMap((outcome) => outcome.created);
  expect(new Set(created).size).toBe(created.length);
  await maintain({ clock: { ...systemLike(), now: () => clock.now() } });
  const counts = await readingsBy();
  expect(Object.values(counts).reduce((sum, n) => sum + n, 0)).toBe(written);
  expect(counts).not.toHaveProperty('readings_default');
});

function systemLike(): Pick<Clock, 'setTimer'> {
  return {
    setTimer: (ms, fn) => {
      const timer = setTimeout(fn, ms);
      return () => clearTimeout(timer);
    },
  };
}

test('a table that is not partitioned (a hypertable) is left alone', async () => {
  await database.pool.query(
    'drop table readings cascade; create table readings (received_at timestamptz not null)',
  );
  const { created } = await maintain();
  expect(created.filter((name) => name.startsWith('readings'))).toEqual([]);
  expect(created.filter((name) => name.startsWith('message_ids'))).toHaveLength(4);
});

test('chunks hold as many hours as keep their indexes in a quarter of the cache, and never more than a day', () => {
  const GB = 2 ** 30;
  expect([0.01, 0.25, 0.5, 1.6, 50].map((bytes) => chunkHours(bytes * GB, GB))).toEqual([24, 24, 12, 3, 1]);
});

test('readings of long ago are compressed where TimescaleDB is, and can be asked and erased still', async () => {
  await maintain();
  // A whole yesterday, too: how much its indexes took says how long a chunk is from now on
  for (const at of ['2025-12-01T08:00:00Z', '2025-12-01T09:00:00Z', '2026-01-11T08:00:00Z'])
    await reading(at);
  const { compressed, chunkHours: hours } = await maintainHypertables({
    pool: database.pool,
    clock,
    log: silentLog(),
  });
  expect({ compressed: compressed.length, hours }).toEqual(
    hypertables ? { compressed: 1, hours: 24 } : { compressed: 0, hours: undefined },
  );
  const left = () => database.pool.query('select received_at from readings where home_no = 1');
  expect((await left()).rowCount).toBe(3);
  await database.pool.query(`delete from readings where received_at = '2025-12-01T08:00:00Z'`);
  expect((await left()).rowCount).toBe(2);
});
