/** Who attends which session at the broker, as one of the consumers sees it. */
export interface Seating {
  /** Sessions there are, numbered from 0. */
  readonly seats: number;
  readonly mine: readonly number[];
  readonly others: readonly number[];
  /** Processes that consume, we among them. */
  readonly consumers: number;
}

/** Nobody keeps more than its share, rounded up, and whatever is free is taken up to it: so all are attended, and nobody leads. */
export function seatMoves({ seats, mine, others, consumers }: Seating): { take: number[]; give: number[] } {
  const share = Math.ceil(seats / Math.max(1, consumers));
  const taken = new Set([...mine, ...others]);
  const free = Array.from({ length: seats }, (_, no) => no).filter((no) => !taken.has(no));
  return { take: free.slice(0, Math.max(0, share - mine.length)), give: mine.slice(share) };
}
