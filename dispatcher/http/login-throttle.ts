/**
 * How long to refuse further logins: a few slips are free, then each failure doubles the wait, to a bound that a person
 * can sit out and a guesser cannot use. Pure.
 */
export const FREE_FAILURES = 5;
export const FIRST_WAIT_MS = 2_000;
export const LONGEST_WAIT_MS = 60_000;
/** Without a failure for this long, earlier ones are forgotten. Also the window of the wider limits. */
export const FORGET_AFTER_MS = 15 * 60_000;

/**
 * What one username may fail from all addresses together, and one address with all usernames, within a window: many
 * hands on one door, and one hand on many. Wide enough for a whole office behind one address.
 */
export const FREE_FAILURES_OF_USER = 30;
export const FREE_FAILURES_OF_ADDRESS = 100;
/**
 * The wider limits leave alone whoever has logged in from that very address within this time: nobody far away can keep
 * an operator from their desk by failing in their name.
 */
export const KNOWN_FOR_MS = 30 * 86_400_000;

export function waitAfter(failures: number, free = FREE_FAILURES): number {
  if (failures < free) return 0;
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - free));
}
