/**
 * Wake-ups by time: a four-ary heap of tokens that know their own place in it, so that one can be moved or taken out
 * without a search. A million of them cost some tens of MB and about ten comparisons each.
 */
export interface Wakeable {
  /** ms since the epoch; Infinity while it waits for nothing. Only `Timers` writes it. */
  wakeAt: number;
  /** Place in the heap; -1: not in it. Only `Timers` writes it. */
  wakePlace: number;
}

const ARITY = 4;

export class Timers<T extends Wakeable> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** Of the earliest; Infinity if nothing waits. */
  get nextAt(): number {
    return this.#heap[0]?.wakeAt ?? Infinity;
  }

  /** Sets, moves or (Infinity) takes out. */
  set(token: T, wakeAt: number): void {
    if (token.wakePlace < 0) {
      if (wakeAt === Infinity) return;
      token.wakeAt = wakeAt;
      this.#heap.push(token);
      this.#up(token, this.#heap.length - 1);
      return;
    }
    const was = token.wakeAt;
    token.wakeAt = wakeAt;
    if (wakeAt === Infinity) this.#remove(token);
    else if (wakeAt < was) this.#up(token, token.wakePlace);
    else if (wakeAt > was) this.#down(token, token.wakePlace);
  }

  /** Takes out and returns the earliest if it is due at `now` (inclusive). */
  due(now: number): T | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.wakeAt > now) return undefined;
    this.#remove(first);
    first.wakeAt = Infinity;
    return first;
  }

  #remove(token: T): void {
    const place = token.wakePlace;
    token.wakePlace = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === token) return;
    this.#up(last, place);
    if (last.wakePlace === place) this.#down(last, place);
  }

  #up(token: T, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 2;
      const parent = this.#heap[above] as T;
      if (parent.wakeAt <= token.wakeAt) break;
      this.#heap[place] = parent;
      parent.wakePlace = place;
      place = above;
    }
    this.#heap[place] = token;
    token.wakePlace = place;
  }

  #down(token: T, from: number): void {
    const heap = this.#heap;
    let place = from;
    for (;;) {
      const first = place * ARITY + 1;
      if (first >= heap.length) break;
      let least = first;
      const end = Math.min(first + ARITY, heap.length);
      for (let i = first + 1; i < end; i++) if ((heap[i] as T).wakeAt < (heap[least] as T).wakeAt) least = i;
      const child = heap[least] as T;
      if (child.wakeAt >= token.wakeAt) break;
      heap[place] = child;
      child.wakePlace = place;
      place = least;
    }
    heap[place] = token;
    token.wakePlace = place;
  }
}
