import type { Queryable } from '../../platform/database.ts';
import type { Outage } from '../home-fold.ts';

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

/** Times in which nobody was accepting that ended after `since`, ascending. */
export async function outagesSince(db: Queryable, since: number): Promise<Outage[]> {
  const { rows } = await db.query<{ from_at: Date; to_at: Date }>({
    text: 'select from_at, to_at from outages where to_at > $1 order by to_at',
    values: [new Date(since)],
  });
  return rows.map(({ from_at, to_at }) => [from_at.getTime(), to_at.getTime()]);
}

/**
 * When the last thing happened that was stored after the heartbeat of `aliveAt` and after `checkpointSeq`; null: nothing
 * was. Until then we were accepting, whatever the heartbeat says. ms since the epoch.
 */
export async function lastStoredAt(
  db: Queryable,
  aliveAt: number,
  checkpointSeq: number,
): Promise<number | null> {
  const { rows } = await db.query<{ at: Date | null }>({
    text: `select greatest((select max(received_at) from readings where received_at > $1 and seq > $2),
                           (select max(at) from home_log where at > $1 and seq > $2)) as at`,
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

export async function waitingInputs(db: Queryable, after: number, most: number): Promise<WaitingInput[]> {
  const { rows } = await db.query<{
    id: number;
    home_id: string;
    kind: string;
    body: Record<string, unknown>;
  }>({
    name: 'ingest_waiting_inputs',
    text: 'select id, home_id, kind, body from home_inputs where seq is null and id > $1 order by id limit $2',
    values: [after, most],
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
