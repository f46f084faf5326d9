import type { Clock } from '../../platform/clock.ts';
import { inTransaction, type Pool, type Queryable } from '../../platform/database.ts';
import { DELETES_COMPRESSED } from '../../platform/hypertables.ts';
import type { Log } from '../../platform/log.ts';
import { dropReadingsBefore, firstReadingsDay } from '../../platform/partitions.ts';
import { readingsBeginAt } from '../../platform/readings-age.ts';
import { type Retention, RETENTION_KINDS, type RetentionKind } from '../../platform/retention.ts';
import { CHANNEL_NUMBER } from '../../schemas/channels.ts';
import { toIso } from '../../schemas/ids.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const AT_ONCE = 5_000;

interface Deletion {
  /** Removes some of what is older than `$1`, at most `$2` rows. */
  readonly remove: string;
  /** When the oldest is from. */
  readonly oldest: string;
}

/** Every other kind than readings, which go by the day, and positions, which go by the hour. */
const DELETIONS: Readonly<Record<Exclude<RetentionKind, 'readings' | 'positions'>, Deletion>> = {
  'dead-letters': {
    remove: `delete from dead_letters where id in (select id from dead_letters where received_at < $1 limit $2)`,
    oldest: 'select min(received_at) as at from dead_letters',
  },
  handovers: {
    remove: `delete from handovers where id in (select id from handovers where at < $1 limit $2)`,
    oldest: 'select min(at) as at from handovers',
  },
  notices: {
    remove: `delete from notices where id in
      (select id from notices where state <> 'waiting' and created_at < $1 limit $2)`,
    oldest: 'select min(created_at) as at from notices',
  },
  'visit-notes': {
    remove: `update visits set notes = null, place = null where order_id in
      (select order_id from visits where ended_at < $1 and (notes is not null or place is not null) limit $2)`,
    oldest: 'select min(ended_at) as at from visits where notes is not null or place is not null',
  },
  prompts: {
    remove: `delete from downlink where id in (select id from downlink where created_at < $1 and expires_at < $1 limit $2)`,
    oldest: 'select min(created_at) as at from downlink',
  },
};
const KINDS = Object.keys(RETENTION_KINDS) as RetentionKind[];

export interface RetentionDeps {
  pool: Pool;
  clock: Clock;
  log: Log;
  retention: Retention;
}

/** Removes what has been kept long enough, a batch at a time; of readings whole days. Several processes may. */
export async function applyRetention(deps: RetentionDeps): Promise<Partial<Record<RetentionKind, number>>> {
  const { pool, clock, log, retention } = deps;
  const removed: Partial<Record<RetentionKind, number>> = {};
  for (const kind of KINDS) {
    const days = retention[kind];
    if (days === undefined) continue;
    const before = clock.now() - days * DAY_MS;
    const count =
      kind === 'readings'
        ? await dropReadingsBefore(deps, toIso(before).slice(0, 10))
        : kind === 'positions'
          ? await removePositions(pool, before)
          : await removeAll(pool, DELETIONS[kind].remove, before);
    removed[kind] = count;
    await pool.query(
      `insert into retention_runs as r (kind, ran_at, removed, removed_in_all, until_at) values ($1, $2, $3, $3, $4)
       on conflict (kind) do update set ran_at = excluded.ran_at, removed = excluded.removed,
         removed_in_all = r.removed_in_all + excluded.removed, until_at = greatest(r.until_at, excluded.until_at)`,
      [kind, toIso(clock.now()), count, toIso(before)],
    );
  }
  // What a home that has been erased still sent or had in memory.
  await pool.query(
    `with gone as (select no from homes where erased_at is not null),
          states as (delete from home_states where home_no in (select no from gone))
     delete from home_log where home_no in (select no from gone)`,
  );
  if (Object.values(removed).some((count) => count > 0)) log.info({ removed }, 'retention');
  return removed;
}

async function removeAll(pool: Pool, sql: string, beforeAt: number): Promise<number> {
  for (let removed = 0; ;) {
    const { rowCount } = await pool.query(sql, [toIso(beforeAt), AT_ONCE]);
    removed += rowCount ?? 0;
    if ((rowCount ?? 0) < AT_ONCE) return removed;
  }
}

/** An hour of arrival at a time, from where the last run ended: nothing arrives in the past. */
async function removePositions(pool: Pool, beforeAt: number): Promise<number> {
  const last = await pool.query<{ until_at: Date | null }>(
    `select until_at from retention_runs where kind = 'positions'`,
  );
  const from = last.rows[0]?.until_at?.getTime() ?? (await firstReadingsDay(pool));
  let removed = 0;
  for (let at = from ?? beforeAt; at < beforeAt; at += HOUR_MS)
    removed += await inTransaction(pool, async (tx) => {
      await tx.query(DELETES_COMPRESSED);
      const { rowCount } = await tx.query(
        `delete from readings where received_at >= $1 and received_at < $2 and channel = ${CHANNEL_NUMBER.location}`,
        [toIso(at), toIso(Math.min(at + HOUR_MS, beforeAt))],
      );
      return rowCount ?? 0;
    });
  return removed;
}

export interface RetentionView {
  kind: RetentionKind;
  of: string;
  /** null: for good. */
  days: number | null;
  oldestAt: string | null;
  ranAt: string | null;
  removed: number | null;
  removedInAll: number | null;
}

interface Run {
  kind: string;
  ran_at: Date;
  removed: number;
  removed_in_all: number;
  until_at: Date | null;
}

/** What is kept how long, how old the oldest is, and what the last run removed. */
export async function retentionView(db: Queryable, retention: Retention): Promise<RetentionView[]> {
  const { rows: runs } = await db.query<Run>(
    'select kind, ran_at, removed, removed_in_all, until_at from retention_runs',
  );
  const views: RetentionView[] = [];
  for (const kind of KINDS) {
    const run = runs.find((row) => row.kind === kind);
    const oldest =
      kind === 'readings'
        ? await oldestReading(db)
        : kind === 'positions'
          ? await oldestReading(db, run?.until_at?.getTime())
          : (await db.query<{ at: Date | null }>(DELETIONS[kind].oldest)).rows[0]?.at;
    views.push({
      kind,
      of: RETENTION_KINDS[kind].of,
      days: retention[kind] ?? null,
      oldestAt: oldest?.toISOString() ?? null,
      ranAt: run?.ran_at.toISOString() ?? null,
      removed: run?.removed ?? null,
      removedInAll: run?.removed_in_all ?? null,
    });
  }
  return views;
}

/** Of too many to ask which it is: none is of before the day in which the first lies, or of when they were removed up to. */
async function oldestReading(db: Queryable, removedUntilAt = -Infinity): Promise<Date | undefined> {
  const begin = await readingsBeginAt(db);
  return begin === undefined ? undefined : new Date(Math.max(begin, removedUntilAt));
}
