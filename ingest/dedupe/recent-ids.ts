/**
 * Keys (of id and content) of the messages of the last minutes, in bounded memory: two generations of an open-addressed
 * table of numbers, 16 bytes a place. When the younger one is full the older one is forgotten, and `since` moves up:
 * whatever arrived after `since` is known here if it is known at all.
 */
export class RecentIds {
  /** From when on this memory is complete; ms since the epoch. */
  since: number;
  readonly #capacity: number;
  #young: Table;
  #old: Table | undefined;
  #youngSince: number;

  /** `capacity`: keys of one generation at most. */
  constructor(now: number, capacity = 1_000_000) {
    this.since = now;
    this.#capacity = capacity;
    this.#young = new Table();
    this.#youngSince = now;
  }

  has(idKey: number, contentKey: number): boolean {
    return this.#young.has(idKey, contentKey) || (this.#old?.has(idKey, contentKey) ?? false);
  }

  /** `now`: not before the arrival of anything added so far. */
  add(idKey: number, contentKey: number, now: number): void {
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.since = this.#youngSince;
      this.#young = new Table();
      this.#youngSince = now;
    }
    this.#young.add(idKey, contentKey);
  }

  /** What arrived from then on has been added as well, if none of it was forgotten meanwhile. */
  extendBack(from: number): void {
    if (!this.#old && from < this.since) this.since = this.#youngSince = from;
  }

  /** Somebody else may have accepted messages until now. */
  forget(now: number): void {
    this.#young = new Table();
    this.#old = undefined;
    this.since = this.#youngSince = now;
  }
}

class Table {
  size = 0;
  #ids = new Float64Array(1 << 10);
  #contents = new Float64Array(1 << 10);

  has(idKey: number, contentKey: number): boolean {
    const mask = this.#ids.length - 1;
    for (let i = idKey & mask; ; i = (i + 1) & mask) {
      const id = this.#ids[i];
      if (id === 0) return false;
      if (id === idKey && this.#contents[i] === contentKey) return true;
    }
  }

  add(idKey: number, contentKey: number): void {
    if (this.size * 2 >= this.#ids.length) this.#grow();
    this.#put(idKey, contentKey);
    this.size += 1;
  }

  #put(idKey: number, contentKey: number): void {
    const mask = this.#ids.length - 1;
    let i = idKey & mask;
    while (this.#ids[i] !== 0) i = (i + 1) & mask;
    // 0 marks a free place; one key in 2^53 shares another's
    this.#ids[i] = idKey || 1;
    this.#contents[i] = contentKey;
  }

  #grow(): void {
    const ids = this.#ids;
    const contents = this.#contents;
    this.#ids = new Float64Array(ids.length * 2);
    this.#contents = new Float64Array(ids.length * 2);
    for (let i = 0; i < ids.length; i++) if (ids[i] !== 0) this.#put(ids[i] as number, contents[i] as number);
  }
}
