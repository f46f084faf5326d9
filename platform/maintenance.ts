import type { Clock } from './clock.ts';
import type { Pool } from './database.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { maintainPartitions } from './partitions.ts';

/** Partitions, looked after and counted, so that what is kept, and whether anybody keeps it in order, can be seen. */
export function createMaintenance(deps: {
  pool: Pool;
  clock: Clock;
  log: Log;
  metrics: Metrics;
}): () => Promise<void> {
  const { pool, clock, metrics } = deps;
  const doneAt = metrics.gauge(
    'yinling_maintenance_last_success_timestamp_seconds',
    'When partitions were last looked after',
  );
  const deferred = metrics.gauge(
    'yinling_maintenance_deferred',
    'Partitions that wait for a quieter moment, as of the last time',
  );
  const dropped = metrics.counter(
    'yinling_maintenance_dropped_total',
    'Partitions dropped because their time was over',
  );
  const days = metrics.gauge('yinling_partitions', 'Days (chunks) that are kept', ['table']);
  const bytes = metrics.gauge('yinling_table_bytes', 'Size with indexes and all partitions', ['table']);
  return async () => {
    const outcome = await maintainPartitions(deps);
    deferred.set(outcome.deferred.length);
    dropped.inc(outcome.dropped.length);
    for (const { table, parts, size } of await sizes(pool)) {
      days.set({ table }, parts);
      bytes.set({ table }, size);
    }
    doneAt.set(clock.now() / 1_000);
  };
}

const sizes = async (pool: Pool): Promise<{ table: string; parts: number; size: number }[]> =>
  (
    await pool.query<{ table: string; parts: number; size: number }>(
      `select t.name as table, count(i.inhrelid)::int as parts,
         (pg_total_relation_size(to_regclass(t.name)) + coalesce(sum(pg_total_relation_size(i.inhrelid)), 0))::float8 as size
       from unnest(array['readings', 'message_ids', 'outbox', 'home_log', 'dead_letters', 'audit']) t (name)
       left join pg_inherits i on i.inhparent = to_regclass(t.name) group by t.name`,
    )
  ).rows;
