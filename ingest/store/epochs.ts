import type { Queryable } from '../../platform/database.ts';
import type { Outage } from '../home-fold.ts';
import { EVERY_HOME, partitionOf } from '../sharing/partitions.ts';
import { andOf } from './of-partitions.ts';

/** The heartbeat: we are accepting, and every home's state is saved up to `checkpointSeq`. */
export async function heartbeat(
  db: Queryable,
  epoch: number,
  now: number,
  checkpointSeq: number,
): Promise<void> {
  await db.query({
    name: 'ingest_heartbeat',
    text: 'update ingest_epochs set alive_at = $2, checkpoint_seq = greatest(checkpoint_seq, $3) where epoch = $1',
    values: [epoch, new Date(now), checkpointSeq],
  });
}

export interface StoredOutage {
  readonly outage: Outage;
  /** Bit by partition. */
  readonly partitions: number;
}

/** Times in which nobody was accepting, for some homes or for all, that ended after `since`, ascending. */
export async function outagesSince(db: Queryable, since: number): Promise<StoredOutage[]> {
  const { rows } = await db.query<{ from_at: Date; to_at: Date; partitions: number | null }>({
    text: 'select from_at, to_at, partitions from outages where to_at > $1 order by to_at',
    values: [new Date(since)],
  });
  return rows.map(({ from_at, to_at, partitions }) => ({
    outage: [from_at.getTime(), to_at.getTime()],
    partitions: partitions ?? EVERY_HOME,
  }));
}

/** Of those, the outages of this home. */
export const outagesOf = (homeId: string, stored: readonly StoredOutage[]): Outage[] =>
  stored
    .filter(({ partitions }) => ((partitions >> partitionOf(homeId)) & 1) === 1)
    .map(({ outage }) => outage);

/**
 * When the last thing happened to homes of these partitions (bit by partition) that was stored after the heartbeat of
 * `aliveAt` and after `checkpointSeq`; null: nothing was. Until then they were accepted for, whatever the heartbeat says.
 * ms since the epoch.
 */
export async function lastStoredAt(
  db: Queryable,
  aliveAt: number,
  checkpointSeq: number,
  partitions: number,
): Promise<number | null> {
  const theirs = andOf(partitions);
  const { rows } = await db.query<{ at: Date | null }>({
    text: `select greatest((select max(received_at) from readings where received_at > $1 and seq > $2 ${theirs}),
                           (select max(at) from home_log where at > $1 and seq > $2 ${theirs})) as at`,
    values: [new Date(aliveAt), checkpointSeq],
  });
  return rows[0]?.at?.getTime() ?? null;
}

export interface WaitingInput {
  id: number;
  homeId: string;
  kind: string;
  body: Record<string, unknown>;
}

/** `partitions`: bit by partition; undefined: of all homes. */
export async function waitingInputs(
  db: Queryable,
  after: number,
  most: number,
  partitions: number | undefined,
): Promise<WaitingInput[]> {
  const mine = partitions === undefined ? '' : 'and ($3::int >> home_partition(home_id)) & 1 = 1';
  const { rows } = await db.query<{
    id: number;
    home_id: string;
    kind: string;
    body: Record<string, unknown>;
  }>({
    name: partitions === undefined ? 'ingest_waiting_inputs' : 'ingest_waiting_inputs_of',
    text: `select id, home_id, kind, body from home_inputs where seq is null and id > $1 ${mine} order by id limit $2`,
    values: [after, most, ...(partitions === undefined ? [] : [partitions])],
  });
  return rows.map(({ id, home_id, kind, body }) => ({ id, homeId: home_id, kind, body }));
}

/** Log rows that no refold can need any more are kept for a week, for replays. */
export async function forgetOldLog(db: Queryable, checkpointSeq: number, now: number): Promise<void> {
  await db.query({
    text: 'delete from home_log where seq <= $1 and at < $2',
    values: [checkpointSeq, new Date(now - 8 * 24 * 3_600_000)],
  });
}
