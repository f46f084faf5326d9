/** A user who answers calls: an operator, a supervisor or an administrator, for their streets. */
export interface Desk {
  /** Empty: the whole district. */
  streets: readonly string[];
  /** Its event stream is open, or it has asked for something a moment ago, until then or longer. */
  watchingUntilMs: number;
  actedAtMs: number;
}

/**
 * Whether somebody could answer a call from the street: a desk's stream is open, and since the last call that went
 * unanswered there somebody has done something. A quiet night is no reason to think that nobody is there. Pure.
 */
export function isAttended(
  desks: readonly Desk[],
  street: string,
  unansweredSinceMs: number | undefined,
  nowMs: number,
): boolean {
  const mine = desks.filter(({ streets }) => streets.length === 0 || streets.includes(street));
  if (!mine.some((desk) => desk.watchingUntilMs > nowMs)) return false;
  return unansweredSinceMs === undefined || mine.some((desk) => desk.actedAtMs > unansweredSinceMs);
}
