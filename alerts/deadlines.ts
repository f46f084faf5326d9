import type { Alert, FrozenPolicy } from '../schemas/alert.ts';

/**
 * When the engine must look at an unresolved alert again. Every function here gives a time in the future, so that an
 * alert can always be found by the sweeper (I6). Milliseconds.
 */
export const VERIFY_WINDOW_MS = 20_000;
/** An acknowledged emergency with no order, note or command for so long is taken back. */
export const STALE_ACKNOWLEDGEMENT_MS = 5 * 60_000;
/** The same for priority 3 and 4: a work list, not an emergency. */
export const STALE_WORK_LIST_MS = 8 * 3_600_000;
/** Priority 3 and 4 call nobody by themselves; they are looked at again all the same. */
export const RELOOK_MS = 4 * 3_600_000;
export const TEST_RELOOK_MS = 3_600_000;
/** A canary that nobody resolved makes way for the next one. */
export const SYNTHETIC_LIFE_MS = 60_000;

type Look = Pick<Alert, 'priority' | 'test' | 'synthetic'>;

/** Whether the escalation policy acts on this alert by itself: for priority 3 and 4 only if it says so. */
export const escalates = (alert: Look, policy: Pick<FrozenPolicy, 'priorities'>): boolean =>
  (alert.priority <= 2 || policy.priorities?.includes(alert.priority) === true) &&
  !alert.test &&
  !alert.synthetic;

export function openDeadlineMs(alert: Look, policy: FrozenPolicy, now: number): number {
  if (alert.synthetic) return now + SYNTHETIC_LIFE_MS;
  if (alert.test) return now + TEST_RELOOK_MS;
  if (!escalates(alert, policy)) return now + RELOOK_MS;
  return now + (policy.steps[0]?.afterS ?? 0) * 1000;
}

export const staleDeadlineMs = (alert: Look, now: number): number =>
  now + (alert.priority <= 2 ? STALE_ACKNOWLEDGEMENT_MS : STALE_WORK_LIST_MS);
