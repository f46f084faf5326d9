import type { StepContext } from './detector.ts';
import { longestFrom, withTime, type Longest } from './longest.ts';
import { isWaking } from './waking-time.ts';
import type { Whereabouts } from './whereabouts.ts';

/** What a home has shown of its resident's ways; learnt only while nothing is wrong. */
export interface Habits {
  /** Local day on which learning began; null: not yet. */
  learntFrom: number | null;
  bathroomDay: Longest | null;
  bathroomNight: Longest | null;
  bedroom: Longest | null;
  /** Minute of the local day at which the resident was first up and about, of the last days, oldest first. */
  risings: readonly number[];
  lastRiseDay: number;
  /** Last return of a day, in minutes since midnight of the day of leaving. */
  returns: readonly number[];
  lastReturnDay: number;
  /** Lengths of outings. */
  outings: Longest | null;
}

export const noHabits: Habits = {
  learntFrom: null,
  bathroomDay: null,
  bathroomNight: null,
  bedroom: null,
  risings: [],
  lastRiseDay: 0,
  returns: [],
  lastReturnDay: 0,
  outings: null,
};

export const LEARNING_DAYS = 7;
const DAYS_KEPT = 21;
const MINUTE_MS = 60_000;
const DAY_MIN = 1440;
/** Up before this is a visit to the kitchen, not rising. */
export const EARLIEST_RISING_MIN = 4 * 60;
/** Out for less is a look at the letter box. */
const LEAST_OUTING_MIN = 10;

/** What the step from one whereabouts to the next teaches. `isOdd`: a rule has spoken of what ends here. */
export function learn(
  habits: Habits,
  before: Whereabouts,
  after: Whereabouts,
  isOdd: boolean,
  context: StepContext,
): Habits {
  const at = after.lastAt;
  const { day, minuteOfDay } = context.local(at);
  let next = habits.learntFrom === null ? { ...habits, learntFrom: day } : habits;
  if (isUpAndAbout(after) && minuteOfDay >= EARLIEST_RISING_MIN && next.lastRiseDay !== day)
    next = { ...next, risings: [...next.risings, minuteOfDay].slice(-DAYS_KEPT), lastRiseDay: day };
  if (isOdd) return next;
  if (before.outSince !== null && after.outSince === null)
    return withReturn(next, before.outSince, at, context);
  if (before.outSince !== null || after.since === before.since || before.lastAt === 0) return next;
  const stayMin = (at - before.since) / MINUTE_MS;
  if (before.zone === 'bedroom') return withStay(next, 'bedroom', stayMin, day);
  if (before.zone !== 'bathroom') return next;
  const kind = isWaking(before.since, context) ? 'bathroomDay' : 'bathroomNight';
  return withStay(next, kind, stayMin, day);
}

/** Nearly every stay is shorter than those that are remembered, and changes nothing. */
function withStay(
  habits: Habits,
  kind: 'bedroom' | 'bathroomDay' | 'bathroomNight',
  minutes: number,
  day: number,
): Habits {
  const known = habits[kind];
  const learnt = withTime(known ?? longestFrom(day), minutes, day);
  return learnt === known ? habits : { ...habits, [kind]: learnt };
}

export const isUpAndAbout = ({ zone }: Whereabouts): boolean => zone !== 'bedroom' && zone !== 'bathroom';

function withReturn(habits: Habits, leftAt: number, at: number, context: StepContext): Habits {
  const outMin = (at - leftAt) / MINUTE_MS;
  if (outMin < LEAST_OUTING_MIN) return habits;
  const leaving = context.local(leftAt);
  const minute = Math.round(leaving.minuteOfDay + outMin);
  const isSameDay = habits.lastReturnDay === leaving.day;
  const former = isSameDay ? habits.returns.slice(0, -1) : habits.returns;
  const latest = isSameDay ? Math.max(minute, habits.returns.at(-1) ?? 0) : minute;
  return {
    ...habits,
    returns: [...former, latest].slice(-DAYS_KEPT),
    lastReturnDay: leaving.day,
    outings: withTime(habits.outings ?? longestFrom(leaving.day), Math.min(outMin, DAY_MIN), leaving.day),
  };
}

/** The second latest of the days known: one odd day does not make a habit. NaN before there are enough days. */
export function usuallyBy(minutes: readonly number[]): number {
  if (minutes.length < LEARNING_DAYS) return NaN;
  let [latest, second] = [-Infinity, -Infinity];
  for (const minute of minutes)
    if (minute > latest) [latest, second] = [minute, latest];
    else if (minute > second) second = minute;
  return second;
}

/** The second earliest. */
export function usuallyFrom(minutes: readonly number[]): number {
  if (minutes.length < LEARNING_DAYS) return NaN;
  let [earliest, second] = [Infinity, Infinity];
  for (const minute of minutes)
    if (minute < earliest) [earliest, second] = [minute, earliest];
    else if (minute < second) second = minute;
  return second;
}

export function medianOf(minutes: readonly number[]): number {
  return minutes.toSorted((a, b) => a - b)[Math.floor(minutes.length / 2)] ?? NaN;
}
