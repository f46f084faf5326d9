/** How a moment of `readings` may be compared. */
export type TimeComparison = '=' | '<' | '<=' | '>' | '>=';

/**
 * SQL: a condition on when readings occurred that the index `readings_home_bin` (0166) can answer, for it knows the bin and
 * not the moment. Nothing arrives before it has occurred (`readClock`), so days that had ended by a lower bound need not be
 * looked at. `bound`: SQL of a timestamptz; `of`: the name that `readings` has in the query.
 */
export function occurred(comparison: TimeComparison, bound: string, of = 'r'): string {
  const ofBin = comparison === '<' ? '<=' : comparison === '>' ? '>=' : comparison;
  const moment = `${of}.occurred_at ${comparison} ${bound}`;
  const bin = `reading_bin(${of}.occurred_at) ${ofBin} reading_bin(${bound})`;
  return comparison.startsWith('<')
    ? `${moment} and ${bin}`
    : `${moment} and ${bin} and ${of}.received_at >= ${bound}`;
}

/** SQL: what to order readings by, so that the first of them are found without sorting all. */
export const inOrder = (of = 'r', direction: 'asc' | 'desc' = 'asc'): string =>
  `reading_bin(${of}.occurred_at) ${direction}, ${of}.occurred_at ${direction}, ${of}.seq ${direction}`;
