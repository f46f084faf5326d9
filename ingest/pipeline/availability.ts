import type { Log } from '../../platform/log.ts';
import type { Outage } from '../home-fold.ts';
import { EVERY_HOME, EVERY_PARTITION, maskOf, partitionsIn } from '../sharing/partitions.ts';
import type { StoredOutage } from '../store/epochs.ts';

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
  /**
   * By partition, ascending; the last may have no end yet (Infinity). One whose worker died was out, and the others were
   * not.
   */
  readonly #of: readonly Outage[][] = EVERY_PARTITION.map(() => []);
  /** For which we accept, bit by partition. */
  partitions = EVERY_HOME;
  #failingSince: number | undefined;
  #recording = false;
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
    for (const no of partitionsIn(this.partitions)) this.#of[no]?.push([now, Infinity]);
    this.#log.warn({ err: cause }, 'commits fail; what arrives waits');
  }

  /** What failed was for homes that are others' now: whoever took them over has recorded it. */
  beginAnew(): void {
    this.#failingSince = undefined;
    for (const outages of this.#of) outages.splice(0);
  }

  /** To be called after every commit. Never throws: what was committed is committed. */
  async regained(db: Asking, now: number): Promise<void> {
    const from = this.#failingSince;
    if (from === undefined || this.#recording) return;
    // Not of what has come to us, or gone, since: whoever had it then speaks of that
    const partitions = maskOf(partitionsIn(this.partitions).filter((no) => this.#placeOf(no, from) >= 0));
    this.#recording = true;
    this.#until(partitions, from, now);
    try {
      if (partitions !== 0) await this.#store(db, [from, now], 'commits failed', partitions);
      if (this.#failingSince === from) this.#failingSince = undefined;
      this.#log.warn({ ms: now - from }, 'commits succeed again');
    } catch (error) {
      this.#until(partitions, from, Infinity);
      this.#log.debug({ err: error }, 'an outage could not be recorded yet');
    } finally {
      this.#recording = false;
    }
  }

  #placeOf(partition: number, from: number): number {
    return this.of(partition).findLastIndex((outage) => outage[0] === from);
  }

  #until(partitions: number, from: number, to: number): void {
    for (const no of partitionsIn(partitions)) {
      const place = this.#placeOf(no, from);
      if (place >= 0) this.#of[no]?.splice(place, 1, [from, to]);
    }
  }

  /** Ascending; the array grows. */
  of(partition: number): readonly Outage[] {
    return this.#of[partition] ?? [];
  }

  async record(db: Asking, outage: Outage, reason: string, partitions: number): Promise<void> {
    await this.#store(db, outage, reason, partitions);
    this.#add({ outage, partitions });
  }

  async #store(db: Asking, [from, to]: Outage, reason: string, partitions: number): Promise<void> {
    await db.query({
      text: 'insert into outages (from_at, to_at, reason, partitions) values ($1, $2, $3, $4)',
      values: [new Date(from), new Date(to), reason, partitions === EVERY_HOME ? null : partitions],
    });
  }

  /** What is known of these partitions from before; ours from now on. */
  load(partitions: number, stored: readonly StoredOutage[]): void {
    for (const no of partitionsIn(partitions)) this.#of[no]?.splice(0);
    for (const { outage, partitions: whose } of stored) this.#add({ outage, partitions: whose & partitions });
  }

  #add({ outage, partitions }: StoredOutage): void {
    for (const no of partitionsIn(partitions)) {
      const outages = this.#of[no] ?? [];
      outages.push(outage);
      while ((outages[0]?.[1] ?? Infinity) < outage[1] - KEPT_MS) outages.shift();
    }
  }
}
