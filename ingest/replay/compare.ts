import type { ReplayedAlert } from './fold-again.ts';

export interface Comparison {
  /** In both, though perhaps earlier, later or graver. */
  readonly both: readonly { readonly before: ReplayedAlert; readonly tried: ReplayedAlert }[];
  /** Only under the settings that are tried. */
  readonly added: readonly ReplayedAlert[];
  /** Only under the settings as they were. */
  readonly gone: readonly ReplayedAlert[];
}

/**
 * Which alerts two runs have in common: of one kind, opened within `withinMs` of one another, each paired with the
 * nearest that is left. Pure.
 */
export function compare(
  before: readonly ReplayedAlert[],
  tried: readonly ReplayedAlert[],
  withinMs: number,
): Comparison {
  const left = new Set(tried);
  const both: { before: ReplayedAlert; tried: ReplayedAlert }[] = [];
  const gone: ReplayedAlert[] = [];
  for (const one of before) {
    const distance = (other: ReplayedAlert): number => Math.abs(other.openedAt - one.openedAt);
    const [nearest] = [...left]
      .filter((other) => other.kind === one.kind && distance(other) <= withinMs)
      .sort((a, b) => distance(a) - distance(b));
    if (nearest === undefined) gone.push(one);
    else {
      left.delete(nearest);
      both.push({ before: one, tried: nearest });
    }
  }
  return { both, added: [...left], gone };
}
