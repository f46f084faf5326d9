import { createPostgresBackend, type PostgresConnectionOptions, withBackend, Worker } from 'bullmq';
import pg from 'pg';
import type { Stage } from './stage.ts';

const QUEUE = 'wake-ups';
const AT_ONCE = 200;
/** Locks run out and are never renewed: what a worker that hangs looks like to the others. */
const STALLED = {
  concurrency: AT_ONCE,
  lockDuration: 2_000,
  lockRenewTime: 3_600_000,
  skipStalledCheck: true,
};
const nothing = (): void => undefined;
const forEver = (): Promise<never> => new Promise(nothing);

/**
 * Workers on the service's own queue that take whatever wake-up comes and never do it: those of a process that hangs.
 * Returns the way to end them, by force, with everything they hold.
 */
export function stallWorkers(stage: Stage, count: number): () => Promise<void> {
  const { redis, database } = stage;
  if (redis !== undefined) {
    const connection = { host: '127.0.0.1', port: redis.port, maxRetriesPerRequest: null };
    const workers = Array.from(
      { length: count },
      () => new Worker(QUEUE, forEver, { connection, ...STALLED }),
    );
    for (const worker of workers) worker.on('error', nothing);
    return async () => void (await Promise.all(workers.map((worker) => ended(worker.close(true)))));
  }
  const pool = new pg.Pool({
    connectionString: database.url,
    options: '-c search_path=bullmq',
    max: 2 * count,
    connectionTimeoutMillis: 5_000,
  });
  pool.on('error', nothing);
  pool.on('connect', (client) => void client.on('error', nothing));
  const OnPostgres = withBackend(createPostgresBackend).Worker;
  const connection = pool as unknown as PostgresConnectionOptions;
  const workers = Array.from(
    { length: count },
    () => new OnPostgres(QUEUE, forEver, { connection, ...STALLED }),
  );
  for (const worker of workers) worker.on('error', nothing);
  return async () => {
    await Promise.all(workers.map((worker) => ended(worker.close(true))));
    await ended(pool.end());
  };
}

/** Whether or not what they stand on is there. */
const ended = (work: Promise<unknown>): Promise<unknown> =>
  Promise.race([work.catch(nothing), new Promise((done) => setTimeout(done, 3_000).unref())]);
