import { systemClock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import { findEmbeddedPostgres } from '../platform/embedded-postgres/attach.ts';
import { startEmbeddedPostgres } from '../platform/embedded-postgres/start.ts';
import type { Log } from '../platform/log.ts';

/**
 * Runs `work` on the service's database: DATABASE_URL; or the embedded server that a running service has; or, unless
 * `ifRunning`, that server started for as long as the work takes.
 */
export async function withOwnDatabase<T>(
  config: Config,
  log: Log,
  work: (url: string) => Promise<T>,
  { ifRunning = false }: { ifRunning?: boolean } = {},
): Promise<T | undefined> {
  if (config.databaseUrl !== undefined) return work(config.databaseUrl);
  const running = await findEmbeddedPostgres(config.dataDir, log);
  if (running !== undefined) return work(running);
  if (ifRunning) return undefined;
  const server = await startEmbeddedPostgres({ dataDir: config.dataDir, log, clock: systemClock });
  try {
    return await work(server.url);
  } finally {
    await server.stop();
  }
}
