/**
 * How long to refuse further logins of one username from one address: a few slips are free, then each failure doubles
 * the wait, to a bound that a person can sit out and a guesser cannot use. Pure.
 */
export const FREE_FAILURES = 5;
export const FIRST_WAIT_MS = 2_000;
export const LONGEST_WAIT_MS = 60_000;
/** Without a failure for this long, earlier ones are forgotten. */
export const FORGET_AFTER_MS = 15 * 60_000;

export function waitAfter(failures: number): number {
  if (failures < FREE_FAILURES) return 0;
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - FREE_FAILURES));
}
