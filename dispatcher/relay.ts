import { MOST_IN_PASSING, numberOutbox, type PublishedEvent } from '../alerts/outbox.ts';
import type { Clock } from '../platform/clock.ts';
import type { Pool, Transaction } from '../platform/database.ts';
import type { Log } from '../platform/log.ts';

/** Outbox rows numbered in one statement. */
const BATCH = 500;
/** Without a wake: for rows whose writer could not call. */
const POLL_MS = 1000;
/** The stream can be resumed from so far back (contract.md). */
export const KEPT_MS = 7 * 86_400_000;
const PRUNE_EVERY_MS = 600_000;
const PRUNE_AT_ONCE = 10_000;

export interface RelayDeps {
  pool: Pool;
  clock: Clock;
  log: Log;
  /** Who announces, so that a server need not hear itself. */
  serverId?: string;
  /** In order, after the commit of their numbers. Must not throw. */
  onPublished(events: readonly PublishedEvent[]): void;
}

/**
 * Outbox → stream. Numbers what has been committed, on however many servers it runs, under one row lock, so that
 * numbers become visible in order and without gaps. Nothing is handed on before its number has been committed. A few
 * alerts raised in this process come numbered already (`handOn`): that saves a press the commit of its number.
 */
export class Relay {
  readonly #deps: RelayDeps;
  #client: Transaction | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = true;
  #announcing = false;
  #announceAgain = false;
  #cancelPoll = (): void => undefined;
  #prunedAt = 0;

  constructor(deps: RelayDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#stopped = false;
    this.#prunedAt = this.#deps.clock.now();
    this.wake();
    this.#poll();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelPoll();
    await this.#running;
    this.#client?.release();
    this.#client = undefined;
  }

  /** Something was committed to the outbox. Cheap; any number of calls. */
  wake(): void {
    if (this.#stopped) return;
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // A wake that fell between the last look and here.
      if (this.#again) this.wake();
    });
  }

  /** What a transaction of this process has numbered itself, after its commit. */
  handOn(events: readonly PublishedEvent[]): void {
    if (this.#stopped || events.length === 0) return;
    this.#deps.onPublished(events);
    this.#announce();
    if (events.length >= MOST_IN_PASSING) this.wake();
  }

  /** All that was committed before the call has been numbered and handed on, unless the database is away. */
  async settled(): Promise<void> {
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        const events = await this.#publish();
        if (events.length === BATCH) this.#again = true;
        if (events.length === 0) continue;
        this.#deps.onPublished(events);
        this.#announce();
      }
    } catch (error) {
      this.#again = false;
      this.#client?.release(true);
      this.#client = undefined;
      this.#deps.log.warn({ err: error }, 'outbox not relayed, trying again at the next poll');
    }
  }

  async #publish(): Promise<PublishedEvent[]> {
    // A connection of its own: the stream does not queue behind whatever else uses the pool.
    this.#client ??= await this.#deps.pool.connect();
    return numberOutbox(this.#client, this.#deps.clock.now(), BATCH);
  }

  /** Tells the other servers; outside the statement above, whose commit nobody shall wait for longer than needed. */
  #announce(): void {
    this.#announceAgain = true;
    if (this.#announcing) return;
    this.#announcing = true;
    void this.#announceAll();
  }

  async #announceAll(): Promise<void> {
    try {
      while (this.#announceAgain) {
        this.#announceAgain = false;
        await this.#deps.pool.query({
          name: 'stream_announce',
          text: "select pg_notify('stream', $1)",
          values: [this.#deps.serverId ?? ''],
        });
      }
    } catch (error) {
      this.#deps.log.debug({ err: error }, 'stream not announced; others poll');
    } finally {
      this.#announcing = false;
    }
  }

  #poll(): void {
    this.#cancelPoll = this.#deps.clock.setTimer(POLL_MS, () => {
      if (this.#stopped) return;
      this.wake();
      void this.#pruneIfDue();
      this.#poll();
    });
  }

  async #pruneIfDue(): Promise<void> {
    const now = this.#deps.clock.now();
    if (now - this.#prunedAt < PRUNE_EVERY_MS) return;
    this.#prunedAt = now;
    try {
      await this.prune();
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'old stream events not removed');
    }
  }

  /** Removes what is older than a client may resume from. Always from the oldest end, so that what is left has no gap. */
  async prune(): Promise<number> {
    const before = new Date(this.#deps.clock.now() - KEPT_MS);
    for (let removed = 0; ;) {
      const { rowCount } = await this.#deps.pool.query({
        text: `delete from outbox where stream_no in (
                 select stream_no from outbox where published_at < $1 and stream_no is not null
                 order by stream_no limit $2)`,
        values: [before, PRUNE_AT_ONCE],
      });
      removed += rowCount ?? 0;
      if ((rowCount ?? 0) < PRUNE_AT_ONCE) return removed;
    }
  }
}
