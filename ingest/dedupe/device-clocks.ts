import { AHEAD_TOLERANCE_MS } from '../decode/clock.ts';

/** Homes that somebody else had. */
export interface Former {
  /** Whether they still are ours. */
  readonly ours: () => boolean;
}

/**
 * By how much devices' clocks have been ahead of ours: an earlier copy of a message may have arrived so long before the time
 * that the message itself states. All others' messages cannot have come before they happened.
 */
export class DeviceClocks {
  /** Ahead within the tolerance: the most of what we have taken ourselves, ms. */
  readonly #leadMs = new Map<number, number>();
  /** Perhaps ahead within the tolerance, when somebody else took what they sent: by how much is not known any more. */
  readonly #foreign = new Set<number>();
  /** What was taken by somebody else states no later time; ms since the epoch. */
  #foreignUntil = -Infinity;
  /** Where others' devices are still being looked for: until then any may be one. */
  readonly #looking = new Set<Former>();
  /** What somebody else took has been looked at from here on; ms since the epoch. */
  #toldFrom = -Infinity;
  /** There were too many to look at all. */
  #isPart = false;
  /** Ahead beyond it, within the horizon: their ids are in the database under no time at all. */
  readonly #ahead = new Set<number>();

  /** How long before `statedAt` an earlier copy of a message may have arrived; ms, the tolerance at most. */
  leadMs(deviceNo: number, statedAt: number, receivedAt: number): number {
    if (
      statedAt <= this.#foreignUntil &&
      (this.#looking.size > 0 ||
        statedAt < this.#toldFrom + AHEAD_TOLERANCE_MS ||
        this.#foreign.has(deviceNo) ||
        (this.#isPart && statedAt > receivedAt))
    )
      return AHEAD_TOLERANCE_MS;
    return this.#leadMs.get(deviceNo) ?? 0;
  }

  wasAhead(deviceNo: number): boolean {
    return this.#ahead.has(deviceNo);
  }

  /** We have taken a message that stated a time later than its arrival by so much. */
  fast(deviceNo: number, leadMs: number): void {
    if (leadMs > (this.#leadMs.get(deviceNo) ?? 0)) this.#leadMs.set(deviceNo, leadMs);
  }

  /** Until now somebody else may have taken messages; of which devices, `perhapsFast` will tell. Again and again is once. */
  foreignUntil(now: number, former: Former): void {
    this.#foreignUntil = Math.max(this.#foreignUntil, now + AHEAD_TOLERANCE_MS);
    // Nobody looks any longer for what went on to the next
    for (const each of this.#looking) if (!each.ours()) this.#looking.delete(each);
    this.#looking.add(former);
  }

  /**
   * `perhapsFast` has told of what was taken from `from` on; of all of it, or of a part: then a clock is judged by what it
   * says now.
   */
  foreignTold(from: number, all: boolean, former: Former): void {
    this.#looking.delete(former);
    this.#toldFrom = Math.max(this.#toldFrom, from);
    this.#isPart ||= !all;
  }

  /** What somebody else took of this device may have stated a time later than its arrival. */
  perhapsFast(deviceNo: number): void {
    this.#foreign.add(deviceNo);
  }

  ahead(deviceNo: number): void {
    this.#ahead.add(deviceNo);
  }
}
