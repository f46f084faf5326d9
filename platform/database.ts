import { type ClientBase, Pool as PgPool, type PoolClient } from 'pg';
import { connectionSettings } from './connection.ts';
import type { Log } from './log.ts';

export { conflictingConstraint, databaseErrorKind, isDataError, isRetryable } from './database-errors.ts';
export type { DatabaseErrorKind } from './database-errors.ts';
export { listen, Listener, type ListenOptions } from './listen.ts';

export type Pool = PgPool;
/** A connection within a transaction. */
export type Transaction = PoolClient;
/** Whatever takes a statement: the pool, or a transaction. */
export type Queryable = Pick<ClientBase, 'query'>;

export interface PoolOptions {
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly log: Log;
  /** Connections at most. Default 10. */
  readonly max?: number;
  /** Connections kept open though idle, once they have been opened. Default 0. */
  readonly min?: number;
  /** 0: no bound. Default 30 s. */
  readonly statementTimeoutMs?: number;
  /** For a row, a table or an advisory lock. 0: no bound. Default 5 s. */
  readonly lockTimeoutMs?: number;
}

const IDLE_IN_TRANSACTION_MS = 60_000;
/** What the network may add to a statement's bound before the connection is given up for dead. */
const READ_GRACE_MS = 5_000;

/**
 * A pool on any PostgreSQL ≥ 15. Sessions are in UTC; `bigint` comes as a number when it is a safe one, else as a
 * JavaScript bigint; `timestamptz` as Date, `date` as `YYYY-MM-DD`. Connects when first asked, and anew after a loss:
 * an outage fails statements (see `isRetryable`), never the process.
 */
export function createPool(url: string, options: PoolOptions): Pool {
  const {
    applicationName,
    log,
    max = 10,
    min = 0,
    statementTimeoutMs = 30_000,
    lockTimeoutMs = 5_000,
  } = options;
  const pool = new PgPool({
    ...connectionSettings(url, applicationName),
    max,
    min,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    ...(statementTimeoutMs > 0 && { query_timeout: statementTimeoutMs + READ_GRACE_MS }),
  });
  pool.on('error', (err) => log.warn({ err }, 'idle database connection lost'));
  // A connection that dies between two statements of a transaction has no other listener, and an 'error' event without
  // one ends the process. The statement that follows fails and tells.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}

/**
 * Runs `fn` between BEGIN and COMMIT; whatever it throws rolls back and is thrown on. Resolves only once the server has
 * said COMMIT (I1): a transaction that had failed within `fn` unnoticed, which the server ends with ROLLBACK, rejects.
 * If the connection is lost during COMMIT the outcome is unknown, and the rejection is retryable: what is retried must
 * bear to happen twice.
 */
export async function inTransaction<T>(pool: Pool, fn: (transaction: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: boolean | Error = true;
  try {
    await client.query('begin');
    try {
      const result = await fn(client);
      const { command } = await client.query('commit');
      broken = false;
      if (command !== 'COMMIT') throw new Error('transaction had failed and was rolled back');
      return result;
    } catch (error) {
      if (broken)
        broken = await client.query('rollback').then(
          () => false,
          () => true,
        );
      throw error;
    }
  } finally {
    client.release(broken);
  }
}
