import { AlertWriteConflict } from '../alerts/store.ts';
import { conflictingConstraint, inTransaction, type Pool, type Transaction } from '../platform/database.ts';

const ATTEMPTS = 5;
/** Nothing was done, and the same thing may succeed now: deadlock, serialisation, lock not had in time. */
const UNDONE_STATES = new Set(['40P01', '40001', '55P03']);
/** Somebody was quicker: read again and decide again. */
const RACES = new Set(['alerts_one_unresolved', 'alert_events_pkey']);

/** Somebody has changed an order without its lock. */
export class OrderWriteConflict extends Error {
  readonly code = 'ORDER_WRITE_CONFLICT';
}

/**
 * One transaction, tried again if it certainly did nothing. A lost connection is not tried again here: whether it was
 * committed is unknown, and a command must not happen twice.
 */
export async function transact<T>(pool: Pool, fn: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(pool, fn);
    } catch (error) {
      if (attempt === ATTEMPTS || !certainlyUndone(error)) throw error;
    }
  }
}

function certainlyUndone(error: unknown): boolean {
  if (error instanceof AlertWriteConflict || error instanceof OrderWriteConflict) return true;
  const constraint = conflictingConstraint(error);
  if (constraint !== undefined) return RACES.has(constraint);
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && UNDONE_STATES.has(code);
}
