import type { Clock } from './clock.ts';
import { wait } from './clock.ts';
import { inTransaction, isRetryable, type Pool, type Queryable } from './database.ts';
import { continuousAggregates } from './hypertables.ts';
import type { Log } from './log.ts';

/** Partitioned by day (UTC), with a default partition for whatever comes on a day that has none. */
interface DailyTable {
  readonly table: 'readings' | 'message_ids' | 'reading_hours_kept' | 'reading_days_kept';
  readonly column: 'received_at' | 'day' | 'arrived';
  /** Older days are dropped; undefined: kept for ever. */
  readonly keepDays: number | undefined;
}

/** Ids are remembered for 7 days (I2) and today. */
const IDS: DailyTable = { table: 'message_ids', column: 'day', keepDays: 8 };
/** Readings and what is made of them (rollups.ts): they go together. */
const READINGS: DailyTable = { table: 'readings', column: 'received_at', keepDays: undefined };
const ROLLUPS: readonly DailyTable[] = [
  { table: 'reading_hours_kept', column: 'arrived', keepDays: undefined },
  { table: 'reading_days_kept', column: 'arrived', keepDays: undefined },
];
const DAILY_TABLES: readonly DailyTable[] = [READINGS, IDS, ...ROLLUPS];
const DAYS_AHEAD = 3;
const PARTITION_LOCK = [0x59494e4c, 3];

/**
 * Adding or dropping a partition takes, for a moment, a lock that everybody else queues behind: whoever waits for it
 * holds up acknowledgements. So it is asked for briefly, and again later.
 */
const LOCK_WITHIN_MS = 200;
const ATTEMPTS = 10;
const PAUSE_MS = 300;

export interface PartitionOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Log;
}

export interface PartitionOutcome {
  readonly created: readonly string[];
  readonly dropped: readonly string[];
  /** What could not be done now, for want of a lock; the next run tries again. */
  readonly deferred: readonly string[];
}

/**
 * Sees to the partitions of today and the days ahead, and to those that are too old; rows that went to a default
 * partition move to a partition of their day. To be run at the start and hourly; several processes may.
 */
export async function maintainPartitions(options: PartitionOptions): Promise<PartitionOutcome> {
  const { pool, clock, log } = options;
  const outcome = { created: [] as string[], dropped: [] as string[], deferred: [] as string[] };
  const today = dayOf(clock.now());
  const attempt = async (
    partition: string,
    list: string[],
    change: (db: Queryable) => Promise<boolean>,
  ): Promise<void> => {
    const done = await briefly(options, change);
    if (done) list.push(partition);
    if (done === undefined) outcome.deferred.push(partition);
  };
  for (const daily of DAILY_TABLES) {
    if (!(await isPartitioned(pool, daily.table))) continue; // a hypertable looks after itself, as do its aggregates
    const firstKept = daily.keepDays === undefined ? undefined : addDays(today, 1 - daily.keepDays);
    const ahead = Array.from({ length: DAYS_AHEAD + 1 }, (_, days) => addDays(today, days));
    const stranded = await strandedDays(pool, daily);
    for (const day of new Set([...ahead, ...stranded])) {
      if (firstKept !== undefined && day < firstKept) continue;
      await attempt(partitionName(daily, day), outcome.created, (db) => createPartition(db, daily, day));
    }
    if (firstKept === undefined) continue;
    await attempt(`${daily.table}_default`, [], (db) => forget(db, daily, firstKept));
    for (const day of await partitionDays(pool, daily))
      if (day < firstKept)
        await attempt(partitionName(daily, day), outcome.dropped, (db) => dropPartition(db, daily, day));
  }
  if (outcome.deferred.length > 0)
    log.warn({ partitions: outcome.deferred }, 'partitions wait for a quieter moment');
  if (outcome.created.length + outcome.dropped.length > 0)
    log.info({ created: outcome.created, dropped: outcome.dropped }, 'partitions changed');
  return outcome;
}

/**
 * Drops whole days of readings, and of their rollups, that lie before `day` (`YYYY-MM-DD`), by partition or, on a
 * hypertable, by chunk. Gives how many days or chunks of readings went.
 */
export async function dropReadingsBefore(options: PartitionOptions, day: string): Promise<number> {
  for (const rollup of ROLLUPS) await dropDaysBefore(options, rollup, day);
  for (const view of await continuousAggregates(options.pool)) await dropChunks(options.pool, view, day);
  return (await isPartitioned(options.pool, READINGS.table))
    ? dropDaysBefore(options, READINGS, day)
    : dropChunks(options.pool, READINGS.table, day);
}

async function dropDaysBefore(options: PartitionOptions, daily: DailyTable, day: string): Promise<number> {
  const { pool } = options;
  if (!(await isPartitioned(pool, daily.table))) return 0;
  let dropped = 0;
  for (const past of await partitionDays(pool, daily))
    if (past < day && (await briefly(options, (db) => dropPartition(db, daily, past))) === true) dropped += 1;
  await briefly(options, (db) => forget(db, daily, day));
  return dropped;
}

async function dropChunks(db: Queryable, relation: string, day: string): Promise<number> {
  const { rowCount } = await db.query(`select drop_chunks($1::regclass, older_than => $2::timestamptz)`, [
    relation,
    bound('received_at', day),
  ]);
  return rowCount ?? 0;
}

/** What `change` says, or undefined if its locks were not to be had. */
async function briefly(
  { pool, clock }: PartitionOptions,
  change: (db: Queryable) => Promise<boolean>,
): Promise<boolean | undefined> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await inTransaction(pool, async (db) => {
        // One process at a time; the wait for the other is bounded like any other.
        await db.query(`select set_config('lock_timeout', $1, true), pg_advisory_xact_lock($2, $3)`, [
          String(LOCK_WITHIN_MS),
          ...PARTITION_LOCK,
        ]);
        return change(db);
      });
    } catch (error) {
      if (!isRetryable(error)) throw error;
      if (attempts === ATTEMPTS) return undefined;
      await wait(clock, PAUSE_MS);
    }
  }
}

async function createPartition(db: Queryable, { table, column }: DailyTable, day: string): Promise<boolean> {
  const name = partitionName({ table }, day);
  if (await exists(db, name)) return false;
  const [from, to] = [`'${bound(column, day)}'`, `'${bound(column, addDays(day, 1))}'`];
  // Writers that are under way finish first: one that had already chosen the default partition would be refused by it
  // after the attachment (23514). Readers go on, but for the default. (CREATE … PARTITION OF would shut them out, too.)
  await db.query(`lock table ${table} in share row exclusive mode`);
  await db.query(`lock table ${table}_default in access exclusive mode`);
  await db.query(`create table ${name} (like ${table} including all)`);
  await db.query(
    `with moved as (delete from ${table}_default where ${column} >= ${from} and ${column} < ${to} returning *)
     insert into ${name} select * from moved`,
  );
  await db.query(`alter table ${table} attach partition ${name} for values from (${from}) to (${to})`);
  return true;
}

async function dropPartition(db: Queryable, { table }: DailyTable, day: string): Promise<boolean> {
  await db.query(`drop table if exists ${partitionName({ table }, day)}`);
  return true;
}

async function forget(db: Queryable, { table, column }: DailyTable, firstKept: string): Promise<boolean> {
  await db.query(`delete from ${table}_default where ${column} < '${bound(column, firstKept)}'`);
  return false;
}

/** When the first day (or chunk) of readings begins, ms since the epoch; undefined: there is none. */
export async function firstReadingsDay(db: Queryable): Promise<number | undefined> {
  if (await isPartitioned(db, READINGS.table)) {
    const [first] = [...(await partitionDays(db, READINGS)), ...(await strandedDays(db, READINGS))].sort();
    return first === undefined ? undefined : Date.parse(bound(READINGS.column, first));
  }
  const { rows } = await db.query<{ at: Date | null }>(
    `select min(range_start) as at from timescaledb_information.chunks where hypertable_name = 'readings'`,
  );
  return rows[0]?.at?.getTime();
}

async function isPartitioned(db: Queryable, table: string): Promise<boolean> {
  const { rowCount } = await db.query(`select from pg_class where oid = to_regclass($1) and relkind = 'p'`, [
    table,
  ]);
  return rowCount === 1;
}

async function exists(db: Queryable, name: string): Promise<boolean> {
  const { rows } = await db.query<{ there: boolean }>('select to_regclass($1) is not null as there', [name]);
  return rows[0]?.there ?? false;
}

/** Days, `YYYY-MM-DD`, of which rows lie in the default partition. */
async function strandedDays(db: Queryable, { table, column }: DailyTable): Promise<string[]> {
  const { rows } = await db.query<{ day: string }>(
    `select distinct ${column}::date as day from ${table}_default order by 1`,
  );
  return rows.map(({ day }) => day);
}

async function partitionDays(db: Queryable, { table }: DailyTable): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = to_regclass($1) order by 1`,
    [table],
  );
  return rows.flatMap(({ name }) => {
    const found = /_p(\d{4})(\d\d)(\d\d)$/.exec(name);
    return found ? [`${found[1]}-${found[2]}-${found[3]}`] : [];
  });
}

/** `readings_p20260112`. */
const partitionName = ({ table }: Pick<DailyTable, 'table'>, day: string): string =>
  `${table}_p${day.replaceAll('-', '')}`;

const bound = (column: DailyTable['column'], day: string): string =>
  column === 'day' ? day : `${day}T00:00:00Z`;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
const addDays = (day: string, days: number): string => dayOf(Date.parse(day) + days * 86_400_000);
