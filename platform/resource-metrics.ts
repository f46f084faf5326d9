import { statfsSync } from 'node:fs';
import type { Pool } from './database.ts';
import type { Metrics } from './metrics.ts';

/** What this process lives on: its database connections, and the disk of its data. Read at each scrape. */
export function measureResources(metrics: Metrics, pool: Pool, dataDir: string): void {
  metrics.gauge('yinling_database_busy_connections', 'Connections of the pool at work', [], () =>
    Math.max(0, pool.totalCount - pool.idleCount),
  );
  metrics.gauge(
    'yinling_database_idle_connections',
    'Connections of the pool at rest',
    [],
    () => pool.idleCount,
  );
  metrics.gauge(
    'yinling_database_waiting_statements',
    'Statements that wait for a connection of the pool',
    [],
    () => pool.waitingCount,
  );
  metrics.gauge('yinling_disk_free_bytes', 'Free where DATA_DIR lies', [], () => {
    try {
      const { bavail, bsize } = statfsSync(dataDir);
      return bavail * bsize;
    } catch {
      return Number.NaN; // with DATABASE_URL and a key elsewhere nothing need be there
    }
  });
}
