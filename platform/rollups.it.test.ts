import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '../tests/support/postgres.ts';
import { silentLog } from './log.ts';
import { ManualClock } from './manual-clock.ts';
import { dropReadingsBefore, maintainPartitions } from './partitions.ts';
import { forgetHome } from './rollup-steps.ts';
import { rollUp } from './rollups.ts';

// The same on plain PostgreSQL and, with DATABASE_URL naming one, on TimescaleDB's continuous aggregates.
const HOUR_MS = 3_600_000;
let database: TestDatabase;
let clock: ManualClock;
let seq = 0;
beforeEach(async () => {
  database = await testDatabase();
  clock = new ManualClock('2026-01-12T10:20:00.000Z');
  seq = 0;
});
afterEach(() => database.drop());

const options = () => ({ pool: database.pool, clock, log: silentLog() });
async function arrived(
  receivedAt: string,
  body: object,
  { occurredAt = receivedAt, home = 1, channel = 5 } = {},
): Promise<void> {
  await database.pool.query(
    `insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, body)
     values ($1, $2, $3, $4, 1, $5, $6)`,
    [`2026-01-${receivedAt}Z`, `2026-01-${occurredAt}Z`, ++seq, home, channel, JSON.stringify(body)],
  );
}
/** What a chart sees, however many rows it is added up of: `time home field count min max sum`. */
async function shown(view: 'reading_hours' | 'reading_days', home = 1): Promise<string[]> {
  const { rows } = await database.pool.query<Record<string, unknown>>(
    `select ${view.slice(8, -1)} as at, field, sum(count)::int as count, min(min) as min, max(max) as max, sum(sum) as sum
     from ${view} where home_no = $1 group by 1, 2 order by 1, 2 nulls first`,
    [home],
  );
  return rows.map(({ at, field, count, min, max, sum }) =>
    [(at as Date).toISOString().slice(8, 16), field ?? 'all', count, min, max, sum].join(' '),
  );
}
/** Rows that lie in the rollup itself, not worked out when asked. */
async function made(grain: 'hours' | 'days'): Promise<number> {
  const own = await database.pool.query<{ there: boolean }>(
    `select to_regclass('reading_hours_kept') is not null as there`,
  );
  const table = own.rows[0]?.there
    ? `reading_${grain}_kept`
    : (
        await database.pool.query<{ name: string }>(
          `select format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name) as name
           from timescaledb_information.continuous_aggregates where view_name = $1`,
          [`reading_${grain}`],
        )
      ).rows[0]?.name;
  const { rows } = await database.pool.query<{ n: number }>(`select count(*)::int as n from ${table}`);
  return rows[0]?.n ?? 0;
}
const checkpoint = () =>
  database.pool.query(
    `insert into ingest_epochs (started_at, alive_at, checkpoint_seq) values ($1, $1, $2)`,
    [new Date(clock.now()), seq],
  );

test('what is rolled up and what is not yet are shown alike: how often, least, most and sum of every number', async () => {
  await arrived('10T08:05:00', { heartRateBpm: 60, ts: 1768089600000, onOxygen: false });
  await arrived('10T08:55:00', { heartRateBpm: 80, spo2Pct: 97 });
  await arrived('12T09:59:59', { heartRateBpm: 70 });
  await arrived('12T10:10:00', { heartRateBpm: 90, odd: 1e300 });
  await maintainPartitions(options());
  const expected = [
    '10T08:00 all 2   ',
    '10T08:00 heartRateBpm 2 60 80 140',
    '10T08:00 spo2Pct 1 97 97 97',
    '12T09:00 all 1   ',
    '12T09:00 heartRateBpm 1 70 70 70',
    '12T10:00 all 1   ',
    '12T10:00 heartRateBpm 1 90 90 90',
  ];
  expect(await shown('reading_hours')).toEqual(expected);
  expect(await made('hours')).toBe(0);
  const outcome = await rollUp(options());
  expect(outcome).toMatchObject({ untilAt: Date.parse('2026-01-12T10:00:00Z'), whole: true });
  expect(await made('hours')).toBe(5);
  expect(await shown('reading_hours')).toEqual(expected);
  expect(await made('days')).toBe(3);
  expect(await shown('reading_days')).toEqual([
    '10T00:00 all 2   ',
    '10T00:00 heartRateBpm 2 60 80 140',
    '10T00:00 spo2Pct 1 97 97 97',
    '12T00:00 all 2   ',
    '12T00:00 heartRateBpm 2 70 90 160',
  ]);
});

test('a reading that is seven days late is in the hour it tells of, and no hour of then is made anew', async () => {
  await arrived('05T08:00:00', { heartRateBpm: 60 });
  await arrived('12T09:00:00', { heartRateBpm: 61 });
  await maintainPartitions(options());
  await checkpoint();
  await rollUp(options());
  clock.advance(HOUR_MS);
  await arrived('12T10:30:00', { heartRateBpm: 100 }, { occurredAt: '05T08:30:00' });
  expect(await shown('reading_hours')).toContain('05T08:00 heartRateBpm 2 60 100 160');
  expect(await rollUp(options())).toMatchObject({ anew: 0 });
  expect(await shown('reading_hours')).toContain('05T08:00 heartRateBpm 2 60 100 160');
  clock.advance(24 * HOUR_MS);
  await rollUp(options());
  expect(await shown('reading_days')).toContain('05T00:00 heartRateBpm 2 60 100 160');
});

test('an hour is made anew for what had arrived in it and could be stored only later', async () => {
  await arrived('11T20:00:00', { heartRateBpm: 60 });
  await maintainPartitions(options());
  await checkpoint();
  await rollUp(options());
  await arrived('11T20:30:00', { heartRateBpm: 65 }); // the database was away when it came
  clock.advance(HOUR_MS);
  await rollUp(options());
  expect(await shown('reading_hours')).toContain('11T20:00 heartRateBpm 2 60 65 125');
  expect(await shown('reading_days')).toContain('11T00:00 heartRateBpm 2 60 65 125');
});

test('positions are in no rollup; an erased home and days that are dropped are in none any more', async () => {
  await arrived('10T08:00:00', { lat: 22.5, lon: 114.1 }, { channel: 6 });
  await arrived('10T08:00:00', { heartRateBpm: 60 });
  await arrived('12T08:00:00', { heartRateBpm: 61 });
  await arrived('12T08:00:00', { heartRateBpm: 70 }, { home: 2 });
  await maintainPartitions(options());
  await rollUp(options());
  expect(await shown('reading_hours')).toEqual([
    '10T08:00 all 1   ',
    '10T08:00 heartRateBpm 1 60 60 60',
    '12T08:00 all 1   ',
    '12T08:00 heartRateBpm 1 61 61 61',
  ]);
  expect(await dropReadingsBefore(options(), '2026-01-12')).toBe(1);
  expect(await shown('reading_hours')).toEqual(['12T08:00 all 1   ', '12T08:00 heartRateBpm 1 61 61 61']);
  expect(await shown('reading_days')).toEqual(['12T00:00 all 1   ', '12T00:00 heartRateBpm 1 61 61 61']);
  await database.pool.query('delete from readings where home_no = 1');
  await forgetHome(database.pool, 1);
  expect(await shown('reading_hours')).toEqual([]);
  expect(await shown('reading_hours', 2)).toHaveLength(2);
});

test('of several processes one does it, and time that runs out is taken up where it ended', async () => {
  await arrived('11T08:00:00', { heartRateBpm: 60 });
  await arrived('12T09:00:00', { heartRateBpm: 61 });
  await maintainPartitions(options());
  expect(await rollUp({ ...options(), withinMs: 0 })).toMatchObject({ whole: false });
  expect(await shown('reading_hours')).toHaveLength(4);
  const holder = await database.pool.connect();
  await holder.query('select pg_advisory_lock(1497976396, 4)');
  expect(await rollUp(options())).toBeUndefined();
  await holder.query('select pg_advisory_unlock(1497976396, 4)');
  holder.release();
  expect(await rollUp(options())).toMatchObject({ whole: true });
  expect(await made('hours')).toBe(4);
});
