/**
 * The queue's order never jumps under the pointer. While the list is held (pointer inside, or scrolled away from the
 * top), the rows on screen keep their places: what is gone stays as a ghost, what is new waits above with a count.
 * Pure: `shown` are the ids on screen, `wanted` the ids as they should stand.
 */
export interface Held {
  rows: readonly string[];
  /** In `wanted`, not yet among `rows`, in the order of `wanted`. */
  waiting: readonly string[];
  /** Among `rows`, no longer in `wanted`. */
  gone: ReadonlySet<string>;
}

export function holdRows(shown: readonly string[], wanted: readonly string[], held: boolean): Held {
  if (!held || shown.length === 0) return { rows: wanted, waiting: [], gone: new Set() };
  const on = new Set(shown);
  const right = new Set(wanted);
  const waiting = wanted.filter((id) => !on.has(id));
  const gone = new Set(shown.filter((id) => !right.has(id)));
  return { rows: shown, waiting, gone };
}

export interface Window {
  first: number;
  /** Exclusive. */
  last: number;
  padTopPx: number;
  totalPx: number;
}
/** The rows to paint of a virtual list, with a few beyond each edge so that fast scrolling stays filled. */
export function windowOf(
  count: number,
  rowPx: number,
  scrollTopPx: number,
  heightPx: number,
  beyond = 6,
): Window {
  const first = Math.max(0, Math.min(count, Math.floor(scrollTopPx / rowPx) - beyond));
  const last = Math.min(count, Math.ceil((scrollTopPx + heightPx) / rowPx) + beyond);
  return { first, last: Math.max(first, last), padTopPx: first * rowPx, totalPx: count * rowPx };
}
