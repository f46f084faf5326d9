import { inTransaction, type Pool } from '../platform/database.ts';
import { occurred } from '../platform/reading-times.ts';

/** What canaries leave behind is kept for so long, for whoever looks into a failure. */
export const ALERTS_KEPT_MS = 10 * 60_000;
export const READINGS_KEPT_MS = 86_400_000;
const LOOKED_BACK_MS = 6 * READINGS_KEPT_MS;
const AT_ONCE = 1_000;

/**
 * Keeps the canary's traces small: its alerts and their events go after minutes, its readings after a day. Its rows on
 * the stream stay, for the stream has no gaps, as stubs, until they are as old as any.
 */
export async function sweepCanaries(
  pool: Pool,
  options: { now: number; streamNos: readonly number[]; homeIds: readonly string[] },
): Promise<{ alerts: number; readings: number }> {
  const { now, streamNos, homeIds } = options;
  await pool.query(
    `update outbox set data = jsonb_build_object('synthetic', true)
     where stream_no = any($1) and type = 'alert' and data ->> 'synthetic' = 'true'`,
    [streamNos],
  );
  const alerts = await inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `select id from alerts where synthetic and state = 'resolved' and resolved_at < $1
       order by resolved_at limit $2 for update skip locked`,
      [new Date(now - ALERTS_KEPT_MS), AT_ONCE],
    );
    const ids = rows.map(({ id }) => id);
    await tx.query('delete from alert_events where alert_id = any($1)', [ids]);
    await tx.query('delete from alerts where id = any($1)', [ids]);
    return ids.length;
  });
  const before = new Date(now - READINGS_KEPT_MS);
  const homes = await pool.query<{ no: number }>('select no from homes where synthetic and id = any($1)', [
    homeIds,
  ]);
  const homeNos = homes.rows.map(({ no }) => no);
  // Within what a hypertable has not compressed yet; canaries that stood still for longer leave theirs to retention
  const { rowCount } = await pool.query(
    `delete from readings r where received_at < $1 and received_at >= $2 and ${occurred('<', '$1')} and home_no = any($3)`,
    [before, new Date(now - LOOKED_BACK_MS), homeNos],
  );
  await pool.query('delete from home_log where at < $1 and home_no = any($2)', [before, homeNos]);
  return { alerts, readings: rowCount ?? 0 };
}
