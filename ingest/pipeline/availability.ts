import type { Log } from '../../platform/log.ts';
import type { Outage } from '../home-fold.ts';

interface Asking {
  query(config: { text: string; values: unknown[] }): Promise<unknown>;
}

/** Shorter gaps between two lives of ours are no outage. ms. */
export const SHORTEST_OUTAGE_MS = 1_000;
const KEPT_MS = 3 * 24 * 3_600_000;

/**
 * When we were not accepting (I13): from the last sign of life of our predecessor to our start, and from the first commit
 * that failed to the next that did not. One that goes on is there already, without an end: what is folded meanwhile sees
 * as much of it as a refold will (I4; `home-fold.ts`), so however short it was, it is recorded.
 */
export class Availability {
  /** Ascending; the last may have no end yet (Infinity). */
  readonly outages: Outage[] = [];
  #failingSince: number | undefined;
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** While true no timer fires: nothing could be stored of what it concludes, and absence would be our own. */
  get failing(): boolean {
    return this.#failingSince !== undefined;
  }

  lost(now: number, cause: unknown): void {
    if (this.#failingSince !== undefined) return;
    this.#failingSince = now;
    this.outages.push([now, Infinity]);
    this.#log.warn({ err: cause }, 'commits fail; what arrives waits');
  }

  /** To be called after every commit. Never throws: what was committed is committed. */
  async regained(db: Asking, now: number): Promise<void> {
    const from = this.#failingSince;
    if (from === undefined || this.#recording) return;
    this.#recording = true;
    this.#until(from, now);
    try {
      await this.#store(db, [from, now], 'commits failed');
      this.#failingSince = undefined;
      this.#log.warn({ ms: now - from }, 'commits succeed again');
    } catch (error) {
      this.#until(from, Infinity);
      this.#log.debug({ err: error }, 'an outage could not be recorded yet');
    } finally {
      this.#recording = false;
    }
  }
  #recording = false;

  #until(from: number, to: number): void {
    const place = this.outages.findLastIndex((outage) => outage[0] === from);
    if (place < 0) this.outages.push([from, to]);
    else this.outages[place] = [from, to];
  }

  async record(db: Asking, outage: Outage, reason: string): Promise<void> {
    await this.#store(db, outage, reason);
    this.add(outage);
  }

  async #store(db: Asking, [from, to]: Outage, reason: string): Promise<void> {
    await db.query({
      text: 'insert into outages (from_at, to_at, reason) values ($1, $2, $3)',
      values: [new Date(from), new Date(to), reason],
    });
  }

  add(outage: Outage): void {
    this.outages.push(outage);
    while ((this.outages[0]?.[1] ?? Infinity) < outage[1] - KEPT_MS) this.outages.shift();
  }
}
