/**
 * The alarm clock of the dispatcher, and nothing more: deadlines live in the database, a sweeper finds every one of
 * them each second, and a wake-up only makes that happen on time. So a wake-up may come late, twice or never; what it
 * wakes reads the state and decides anew.
 */
export interface WakeUps {
  /**
   * Asks for the handler to be called with `key` at `atMs` (ms since the epoch) or soon after; at once if that is past.
   * The same key and time is one wake-up, from however many servers it is asked for. Rejects if it could not be
   * stored; never waits long for that. `key`: `[A-Za-z0-9_-]+`.
   */
  at(key: string, atMs: number): Promise<void>;
  /** Begins to call. What the handler throws is logged; the wake-up is spent all the same. */
  start(handler: (key: string) => Promise<void>): Promise<void>;
  /** No call begins after it resolves; one under way is waited for. */
  stop(): Promise<void>;
}

const KEY = /^[A-Za-z0-9_-]+$/;

/** Ids of jobs: BullMQ takes no colon, and no integer. */
export function jobId(key: string, atMs: number): string {
  if (!KEY.test(key)) throw new Error(`a wake-up's key is of A-Z a-z 0-9 _ -, not ${JSON.stringify(key)}`);
  return `wake-${key}-${Math.trunc(atMs)}`;
}
