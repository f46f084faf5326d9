import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../platform/embedded-postgres/start.ts';
import { silentLog } from '../platform/log.ts';

export interface BenchDatabase {
  url: string;
  /** A data directory for a service on this database. */
  dataDir: string;
  stop(): Promise<void>;
}

/** The embedded PostgreSQL with the product's own settings, which product and floor share within one run. */
export async function startDatabase(): Promise<BenchDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'yinling-bench-'));
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'database'), log: silentLog() });
  return {
    url: server.url,
    dataDir: join(folder, 'service'),
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
