import type { Clock } from './clock.ts';
import type { Pool, Queryable } from './database.ts';
import type { Log } from './log.ts';

/** What there is to do on TimescaleDB alone: chunks as long as the rate asks for, and the old ones compressed. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const COMPRESSED_AFTER_DAYS = 8;
const CHUNK_HOURS = [1, 2, 3, 4, 6, 8, 12, 24] as const;
/** Of the machine's cache, what the newest chunk's indexes may take: others are written, and read, beside them. */
const SHARE_OF_CACHE = 0.25;

/**
 * How many hours a chunk of readings should hold so that its indexes stay in PostgreSQL's cache while they are written.
 * Never more than a day: whole chunks are what retention drops. Pure.
 */
export function chunkHours(indexBytesPerDay: number, cacheBytes: number): number {
  const fits = (hours: number): boolean => (indexBytesPerDay * hours) / 24 <= cacheBytes * SHARE_OF_CACHE;
  return CHUNK_HOURS.findLast(fits) ?? CHUNK_HOURS[0];
}

/**
 * For a transaction that deletes: on a hypertable what is compressed is unpacked for it, and there is a bound of 100,000
 * rows unless told otherwise. To plain PostgreSQL it says nothing.
 */
export const DELETES_COMPRESSED = 'set local timescaledb.max_tuples_decompressed_per_dml_transaction = 0';

export const hasTimescale = async (db: Queryable): Promise<boolean> =>
  (await db.query(`select from pg_extension where extname = 'timescaledb'`)).rowCount === 1;

/** Those of the rollups that TimescaleDB keeps (0156); none on plain PostgreSQL and in the Apache edition. */
export async function continuousAggregates(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ view: string }>(
    `select c.relname as view from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relname in ('reading_hours', 'reading_days') and c.relkind = 'v'
       and to_regclass('public.reading_hours_kept') is null
     order by c.relname desc`,
  );
  return rows.map(({ view }) => view);
}

export interface HypertableOutcome {
  /** Of a chunk that is yet to be made; undefined: there is no hypertable, or nothing to judge by yet. */
  readonly chunkHours: number | undefined;
  readonly compressed: readonly string[];
}

/**
 * To be run hourly. Compresses chunks that TimescaleDB's own job has left, for it runs only where background workers are.
 * `pool` without bounds of its own: compressing a day takes minutes.
 */
export async function maintainHypertables({
  pool,
  clock,
  log,
}: {
  pool: Pool;
  clock: Clock;
  log: Log;
}): Promise<HypertableOutcome> {
  const outcome = { chunkHours: undefined as number | undefined, compressed: [] as string[] };
  const { rowCount } = (await hasTimescale(pool))
    ? await pool.query(`select from timescaledb_information.hypertables where hypertable_name = 'readings'`)
    : { rowCount: 0 };
  if (rowCount !== 1) return outcome;
  outcome.chunkHours = await fitChunks(pool, clock.now(), log);
  const { rows } = await pool.query<{ chunk: string }>(
    `select format('%I.%I', c.chunk_schema, c.chunk_name) as chunk from timescaledb_information.chunks c
     join timescaledb_information.hypertables h using (hypertable_schema, hypertable_name)
     where h.compression_enabled and not c.is_compressed and c.range_end < $1 order by c.range_end`,
    [new Date(clock.now() - COMPRESSED_AFTER_DAYS * DAY_MS)],
  );
  for (const { chunk } of rows) {
    await pool.query('select compress_chunk($1::regclass, if_not_compressed => true)', [chunk]);
    outcome.compressed.push(chunk);
  }
  if (rows.length > 0) log.info({ chunks: rows.length }, 'chunks compressed');
  return outcome;
}

/** By the last whole day: its indexes, of chunks that are not compressed yet. */
async function fitChunks(db: Queryable, now: number, log: Log): Promise<number | undefined> {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const { rows } = await db.query<{ bytes: number; hours: number; cache: number; interval_hours: number }>(
    `select coalesce(sum(d.index_bytes), 0)::float8 as bytes,
       coalesce(sum(extract(epoch from c.range_end - c.range_start)) / 3600, 0)::float8 as hours,
       pg_size_bytes(current_setting('shared_buffers'))::float8 as cache,
       (select extract(epoch from time_interval) / 3600 from timescaledb_information.dimensions
         where hypertable_name = 'readings' and dimension_number = 1)::float8 as interval_hours
     from timescaledb_information.chunks c
     join chunks_detailed_size('readings') d using (chunk_schema, chunk_name)
     where c.hypertable_name = 'readings' and not c.is_compressed and c.range_start >= $1 and c.range_end <= $2`,
    [new Date(today - DAY_MS), new Date(today)],
  );
  const [found] = rows;
  if (found === undefined || found.hours < 1) return undefined;
  const wanted = chunkHours((found.bytes / found.hours) * 24, found.cache);
  if (wanted !== found.interval_hours) {
    await db.query(`select set_chunk_time_interval('readings', $1 * interval '1 hour')`, [wanted]);
    log.info({ from: found.interval_hours, to: wanted }, 'chunks of readings hold so many hours from now on');
  }
  return wanted;
}
