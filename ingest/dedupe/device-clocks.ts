/**
 * Devices of which an earlier copy of a message may have arrived before the time that the message itself states: their
 * clock was ahead of ours. All others' messages cannot have come before they happened.
 */
export class DeviceClocks {
  /** Ahead within the tolerance: what they state may be later than the arrival by as much. Since our start. */
  readonly #fast = new Set<number>();
  /** Ahead beyond it, within the horizon: their ids are in the database under no time at all. */
  readonly #ahead = new Set<number>();

  isFast(deviceNo: number): boolean {
    return this.#fast.has(deviceNo);
  }

  wasAhead(deviceNo: number): boolean {
    return this.#ahead.has(deviceNo);
  }

  fast(deviceNo: number): void {
    this.#fast.add(deviceNo);
  }

  ahead(deviceNo: number): void {
    this.#ahead.add(deviceNo);
  }
}
