import type { Queryable } from './database.ts';
import { continuousAggregates } from './hypertables.ts';

/** The statements of rollups.ts: on continuous aggregates TimescaleDB's own, else ours over 0156_reading_rollups.sql. */
export type Grain = 'hour' | 'day';
const HOUR_MS = 3_600_000;
/** Presses of long ago stay where they are; a database that was away for longer than a week is no normal outage. */
const LOOKED_BACK_MS = 8 * 24 * HOUR_MS;

export interface GrainState {
  /** Everything that arrived before is made; undefined: nothing yet. ms since the epoch. */
  readonly untilAt: number | undefined;
  /** What was stored up to here had been seen. */
  readonly storedSeq: number;
}

export async function stateOf(db: Queryable, grain: Grain): Promise<GrainState> {
  const { rows } = await db.query<{ until_ms: number | null; stored_seq: number }>(
    `select case when isfinite(until_at) then extract(epoch from until_at)::float8 * 1000 end as until_ms, stored_seq
     from reading_rollups where grain = $1`,
    [grain],
  );
  return { untilAt: rows[0]?.until_ms ?? undefined, storedSeq: rows[0]?.stored_seq ?? 0 };
}

export const moveTo = (db: Queryable, grain: Grain, untilAt: number): Promise<unknown> =>
  db.query('update reading_rollups set until_at = $2 where grain = $1 and until_at < $2', [
    grain,
    new Date(untilAt),
  ]);

/** Everything up to it is stored: ingest's checkpoint, before which nothing is folded any more. */
export async function storedUpTo(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ seq: number }>(
    'select coalesce(max(checkpoint_seq), 0) as seq from ingest_epochs',
  );
  return rows[0]?.seq ?? 0;
}

export const rememberStored = (db: Queryable, seq: number): Promise<unknown> =>
  db.query(`update reading_rollups set stored_seq = $1 where grain = 'hour'`, [seq]);

/** Hours within [from, to) in which anything arrived, ascending. */
export async function hoursOf(db: Queryable, from: number, to: number): Promise<number[]> {
  const { rows } = await db.query<{ at: Date }>(
    `select distinct date_bin(interval '1 hour', received_at, timestamptz 'epoch') as at from readings
     where received_at >= $1 and received_at < $2 order by 1`,
    [new Date(from), new Date(to)],
  );
  return rows.map(({ at }) => at.getTime());
}

/** Hours that are made already and into which something was stored after the last look; ascending. */
export async function lateHours(db: Queryable, { untilAt, storedSeq }: GrainState): Promise<number[]> {
  if (untilAt === undefined) return [];
  const { rows } = await db.query<{ at: Date }>(
    `select distinct date_bin(interval '1 hour', received_at, timestamptz 'epoch') as at from readings
     where seq > $1 and received_at >= $2 and received_at < $3 order by 1`,
    [storedSeq, new Date(untilAt - LOOKED_BACK_MS), new Date(untilAt)],
  );
  return rows.map(({ at }) => at.getTime());
}

/** On a continuous aggregate, what was changed of [from, to). No transaction may be open: it makes several of its own. */
export const refresh = async (db: Queryable, grain: Grain, from: number, to: number): Promise<void> => {
  await db.query(
    `call refresh_continuous_aggregate('reading_${grain}s', timestamptz '${iso(from)}', timestamptz '${iso(to)}')`,
  );
};

/** What arrived in [from, to) is made anew, in one transaction. */
export async function makeAnew(db: Queryable, grain: Grain, from: number, to: number): Promise<void> {
  await db.query('begin');
  try {
    const period = [new Date(from), new Date(to)];
    await db.query(`delete from reading_${grain}s_kept where arrived >= $1 and arrived < $2`, period);
    await db.query(MADE_OF[grain], period);
    await db.query('commit');
  } catch (error) {
    await db.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** Rows of homes that were erased of late: a run under way may have read them before they went. */
export async function forgetErased(db: Queryable, since: number): Promise<void> {
  const { rows } = await db.query<{ no: number }>('select no from homes where erased_at >= $1', [
    new Date(since),
  ]);
  for (const { no } of rows) await forgetHome(db, no);
}

/** Takes one home out of all rollups. */
export async function forgetHome(db: Queryable, homeNo: number): Promise<void> {
  for (const table of await tablesOf(db)) await db.query(`delete from ${table} where home_no = $1`, [homeNo]);
}

/** Where rollups lie: our own tables, or those below the continuous aggregates. */
async function tablesOf(db: Queryable): Promise<string[]> {
  if ((await continuousAggregates(db)).length === 0) return ['reading_hours_kept', 'reading_days_kept'];
  const { rows } = await db.query<{ name: string }>(
    `select format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name) as name
     from timescaledb_information.continuous_aggregates where view_name in ('reading_hours', 'reading_days')`,
  );
  return rows.map(({ name }) => name);
}

/** As the views of 0156 do with what is not made yet. */
const MADE_OF: Readonly<Record<Grain, string>> = {
  hour: `insert into reading_hours_kept
    select date_bin(interval '1 hour', r.received_at, timestamptz 'epoch'),
      date_bin(interval '1 hour', r.occurred_at, timestamptz 'epoch'),
      r.home_no, r.device_no, r.device_id, r.channel, n.field,
      count(*), min(n.number), max(n.number), sum(n.number)
    from readings r, lateral reading_numbers(r.body) n
    where r.channel <> 6 and r.received_at >= $1 and r.received_at < $2
    group by 1, 2, 3, 4, 5, 6, 7`,
  day: `insert into reading_days_kept
    select date_bin(interval '1 day', h.arrived, timestamptz 'epoch'),
      date_bin(interval '1 day', h.hour, timestamptz 'epoch'),
      h.home_no, h.device_no, h.device_id, h.channel, h.field,
      sum(h.count), min(h.min), max(h.max), sum(h.sum)
    from reading_hours_kept h where h.arrived >= $1 and h.arrived < $2
    group by 1, 2, 3, 4, 5, 6, 7`,
};

const iso = (at: number): string => new Date(at).toISOString();
