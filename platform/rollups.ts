import type { Clock } from './clock.ts';
import type { Pool, Queryable } from './database.ts';
import { continuousAggregates } from './hypertables.ts';
import type { Log } from './log.ts';
import { firstReadingsDay } from './partitions.ts';
import {
  forgetErased,
  hoursOf,
  lateHours,
  makeAnew,
  moveTo,
  refresh,
  rememberStored,
  stateOf,
  storedUpTo,
} from './rollup-steps.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** An hour is taken once it has been over for so long: by then what arrived in it is stored, unless the database was away. */
const SETTLED_MS = 15 * 60_000;
/** How far back continuous aggregates are asked for what was changed: less than after what time canaries' readings go. */
const REFRESHED_MS = 20 * HOUR_MS;
const ROLLUP_LOCK = [0x59494e4c, 4];

export interface RollUpOptions {
  /** Its statements without bounds: an hour of a district is fifty million readings. */
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Log;
  /** What is not done by then is left to the next run. Default 10 minutes. */
  readonly withinMs?: number;
}

export interface RollUpOutcome {
  /** Hours of arrival that were made anew because something had been stored into them late. */
  readonly anew: number;
  /** Everything that arrived before is rolled up; undefined: nothing has. ms since the epoch. */
  readonly untilAt: number | undefined;
  /** False: more is left, for want of time. */
  readonly whole: boolean;
}

/**
 * Brings `reading_hours` and `reading_days` up to date: the hours of arrival that are over, and those of before into which
 * something was stored since. To be run every quarter of an hour. Of several processes one does it; undefined: another is
 * about it.
 */
export async function rollUp(options: RollUpOptions): Promise<RollUpOutcome | undefined> {
  const client = await options.pool.connect();
  let broken = true;
  try {
    const { rows } = await client.query<{ ours: boolean }>(
      'select pg_try_advisory_lock($1, $2) as ours',
      ROLLUP_LOCK,
    );
    let outcome: RollUpOutcome | undefined;
    if (rows[0]?.ours === true) {
      outcome = await bringUpToDate(client, options);
      await client.query('select pg_advisory_unlock($1, $2)', ROLLUP_LOCK);
    }
    broken = false;
    return outcome;
  } finally {
    client.release(broken); // and with a broken one the lock goes
  }
}

async function bringUpToDate(db: Queryable, options: RollUpOptions): Promise<RollUpOutcome> {
  const { clock, withinMs = 10 * 60_000 } = options;
  const startedAt = clock.now();
  const target = floorTo(startedAt - SETTLED_MS, HOUR_MS);
  const inTime = (): boolean => clock.now() < startedAt + withinMs;
  const outcome =
    (await continuousAggregates(db)).length > 0
      ? await refreshTo(db, target, inTime)
      : await makeTo(db, target, inTime);
  await forgetErased(db, startedAt - DAY_MS);
  const { anew, untilAt } = outcome;
  if (anew > 0) options.log.info({ hours: anew, untilAt }, 'hours were rolled up again for what came late');
  return outcome;
}

/** TimescaleDB knows what was changed since; we only say up to when, a day at a time. */
async function refreshTo(db: Queryable, target: number, inTime: () => boolean): Promise<RollUpOutcome> {
  const { untilAt: before } = await stateOf(db, 'hour');
  const first = before ?? (await firstReadingsDay(db));
  if (first === undefined) return { anew: 0, untilAt: undefined, whole: true };
  let untilAt = before === undefined ? first : Math.min(before, target - REFRESHED_MS);
  while (untilAt < target && inTime()) {
    const to = Math.min(floorTo(untilAt, DAY_MS) + DAY_MS, target);
    await refresh(db, 'hour', untilAt, to);
    await moveTo(db, 'hour', to);
    untilAt = to;
  }
  const days = await stateOf(db, 'day');
  const from = floorTo(Math.min(days.untilAt ?? first, untilAt - REFRESHED_MS), DAY_MS);
  const to = floorTo(untilAt, DAY_MS);
  if (from < to) {
    await refresh(db, 'day', from, to);
    await moveTo(db, 'day', to);
  }
  return { anew: 0, untilAt, whole: untilAt >= target };
}

/** Our own tables, an hour at a time. */
async function makeTo(db: Queryable, target: number, inTime: () => boolean): Promise<RollUpOutcome> {
  // Before anything is read: what is stored from here on into an hour made below is found the next time
  const storedSeq = await storedUpTo(db);
  const before = await stateOf(db, 'hour');
  const first = before.untilAt ?? (await firstReadingsDay(db));
  if (first === undefined) return { anew: 0, untilAt: undefined, whole: true };
  const late = await lateHours(db, before);
  for (const hour of late) await makeAnew(db, 'hour', hour, hour + HOUR_MS);
  let untilAt = first;
  while (untilAt < target && inTime()) {
    const to = Math.min(untilAt + DAY_MS, target);
    for (const hour of await hoursOf(db, untilAt, to)) {
      await makeAnew(db, 'hour', hour, hour + HOUR_MS);
      await moveTo(db, 'hour', hour + HOUR_MS);
    }
    await moveTo(db, 'hour', to);
    untilAt = to;
  }
  const days = await stateOf(db, 'day');
  const from = days.untilAt ?? floorTo(first, DAY_MS);
  const again = new Set(late.map((hour) => floorTo(hour, DAY_MS)).filter((day) => day < from));
  for (const day of again) await makeAnew(db, 'day', day, day + DAY_MS);
  for (let day = from; day + DAY_MS <= untilAt; day += DAY_MS) {
    await makeAnew(db, 'day', day, day + DAY_MS);
    await moveTo(db, 'day', day + DAY_MS);
  }
  await rememberStored(db, storedSeq);
  return { anew: late.length, untilAt, whole: untilAt >= target };
}

const floorTo = (at: number, stepMs: number): number => Math.floor(at / stepMs) * stepMs;
