import type { SeenAlert } from '../people/board.ts';
import type { OperatorStep } from '../people/habits.ts';

/** How a run's time is shared out, and how hurried its people are. */
export interface Timetable {
  openingMs: number;
  meanGapMs: number;
  /** Later than this nothing happens any more, so that people can finish. */
  lastHappeningMs: number;
  /** Multiplies human delays. */
  pace: number;
  /** What a person logged in as the reserved caregiver has for each step. */
  reservedMs: number;
  /** Least time to leave an alert alone before a step. `unanswered`: the one that shows the escalation. */
  patienceMs(alert: SeenAlert, step: OperatorStep['do'], unanswered: boolean): number;
}

const OPENING_MS = 30_000;
/** An alarm takes about this long from opening to its end, at pace 1. */
const ALARM_MS = 14_000;
/** Unanswered for 30 s the service offers by itself (budgets.md, *dispatch*); then somebody must still answer. */
const ESCALATION_SEEN_MS = 38_000;
const LONG_ENOUGH_FOR_IT_MS = 60_000;
const MINUTE_MS = 60_000;

export const timetable = (forMs: number | undefined): Timetable =>
  forMs === undefined ? watched() : timed(forMs);

/** Ends by itself: an operator who answers everything, but for one alarm that shows the escalation. */
function timed(forMs: number): Timetable {
  const pace = Math.min(1, Math.max(0.2, forMs / 40_000));
  return {
    openingMs: Math.min(OPENING_MS, forMs / 2),
    meanGapMs: Math.max(1_500, Math.min(5_000, forMs / 12)),
    lastHappeningMs: Math.max(forMs / 2, forMs - ALARM_MS * pace),
    pace,
    reservedMs: 0,
    patienceMs: (_alert, step, unanswered) =>
      unanswered && step === 'acknowledge' && forMs >= LONG_ENOUGH_FOR_IT_MS ? ESCALATION_SEEN_MS : 0,
  };
}

/** A person watches: alarms are theirs, and what they leave lying a colleague takes after minutes. */
function watched(): Timetable {
  const byStep: Record<OperatorStep['do'], number> = {
    acknowledge: 4 * MINUTE_MS,
    dispatch: 2 * MINUTE_MS,
    rate: MINUTE_MS / 3,
    resolve: 2.5 * MINUTE_MS,
  };
  return {
    openingMs: OPENING_MS,
    meanGapMs: 25_000,
    lastHappeningMs: Infinity,
    pace: 3,
    reservedMs: 20_000,
    patienceMs: (alert, step) => (alert.priority >= 4 ? byStep[step] / 3 : byStep[step]),
  };
}
