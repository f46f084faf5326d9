import { DUTY, EVERY_PARTITION, PARTITIONS } from './partitions.ts';

export interface Standing {
  /** Our epoch; one of `workers`. */
  readonly me: number;
  /** Epochs of those that live. */
  readonly workers: readonly number[];
  /** By partition: the epoch in its row; null or of none that lives: it is free. */
  readonly owners: ReadonlyMap<number, number | null>;
}

export interface Moves {
  readonly take: readonly number[];
  readonly give: readonly number[];
}

/**
 * What we should take and give for everybody to have a fair share: ⌊P/n⌋, and one more for the oldest P mod n. All shares
 * together are all partitions, so what one gives another takes. The duty goes to whoever finds it free.
 */
export function movesOf({ me, workers, owners }: Standing): Moves {
  const ranks = workers.toSorted((a, b) => a - b);
  const share =
    Math.floor(PARTITIONS / ranks.length) + (ranks.indexOf(me) < PARTITIONS % ranks.length ? 1 : 0);
  const lives = new Set(workers);
  const ownerOf = (no: number): number | undefined => {
    const owner = owners.get(no) ?? null;
    return owner !== null && lives.has(owner) ? owner : undefined;
  };
  const mine = EVERY_PARTITION.filter((no) => ownerOf(no) === me);
  const free = EVERY_PARTITION.filter((no) => ownerOf(no) === undefined);
  return {
    take: [
      ...free.slice(0, Math.max(0, share - mine.length)),
      ...(ownerOf(DUTY) === undefined ? [DUTY] : []),
    ],
    give: mine.slice(share),
  };
}
