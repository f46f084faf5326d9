import { createPostgresBackend, type PostgresConnectionOptions, runMigrations, withBackend } from 'bullmq';
import pg from 'pg';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { bullmqWakeUps, type WakeUpJob, WORKER_OPTIONS } from './bullmq-wake-ups.ts';
import type { WakeUps } from './wake-ups.ts';

/** BullMQ's own schema, beside ours; it keeps its migrations itself. */
const SCHEMA = 'bullmq';

/**
 * BullMQ on PostgreSQL. The pool is BullMQ's own: its connections have another search path, its own idea of types, and
 * one of them listens for good.
 */
export async function postgresWakeUps(deps: {
  url: string;
  clock: Clock;
  log: Log;
  queueName?: string;
}): Promise<WakeUps> {
  const { url, clock, log, queueName = 'wake-ups' } = deps;
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'yinling bullmq',
    options: `-c search_path=${SCHEMA}`,
    max: 5,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
  });
  const onError = (err: unknown): void => log.warn({ err }, 'queue error');
  pool.on('error', onError);
  pool.on('connect', (client) => void client.on('error', () => undefined));
  try {
    const client = await pool.connect();
    try {
      await runMigrations(client, SCHEMA);
    } finally {
      client.release();
    }
  } catch (error) {
    await pool.end();
    throw error;
  }
  // BullMQ's description of a pool is its own; what it takes is a pg.Pool.
  const connection = pool as unknown as PostgresConnectionOptions;
  const { Queue, Worker } = withBackend(createPostgresBackend);
  const queue = new Queue<WakeUpJob>(queueName, { connection });
  queue.on('error', onError);
  return bullmqWakeUps({
    clock,
    log,
    backend: {
      ready: () => true,
      queue,
      makeWorker(process) {
        const worker = new Worker<WakeUpJob>(queueName, process, { connection, ...WORKER_OPTIONS });
        worker.on('error', onError);
        return worker;
      },
      release: () => pool.end(),
    },
  });
}
