/**
 * A button that is stuck presses for days. Of one kind of entry the alert's document keeps the first and the latest, so
 * that a change costs the same however many came before it (ADR-7); what is left out is counted there, and stands in
 * `alert_events` like everything else.
 */
export interface Keep {
  readonly first: number;
  readonly latest: number;
}
export const KEEP: Keep = { first: 50, latest: 450 };
export const KEEP_ALL: Keep = { first: Infinity, latest: Infinity };

/** How many of each kind are left out. */
export type Omitted = Readonly<Record<string, number>>;

export interface Bounded<T> {
  readonly list: T[];
  readonly omitted: Omitted;
}

/** In place of the earliest between the first and the latest of their kind. */
export function withEntries<T>(
  { list, omitted }: Bounded<T>,
  entries: readonly T[],
  kindOf: (entry: T) => string,
  { first, latest }: Keep,
): Bounded<T> {
  let kept = [...list, ...entries];
  if (kept.length <= first + latest) return { list: kept, omitted };
  const counts = { ...omitted };
  for (const kind of new Set(entries.map(kindOf))) {
    const places = kept.flatMap((entry, i) => (kindOf(entry) === kind ? [i] : []));
    const over = places.length - first - latest;
    if (over <= 0) continue;
    const gone = new Set(places.slice(first, first + over));
    kept = kept.filter((_, i) => !gone.has(i));
    counts[kind] = (Object.hasOwn(counts, kind) ? (counts[kind] ?? 0) : 0) + over;
  }
  return { list: kept, omitted: counts };
}
