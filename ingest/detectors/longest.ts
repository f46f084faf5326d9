/**
 * The longest of a person's own times (pauses, stays), learnt over two periods of two weeks. Of each period the three
 * longest are kept and the second is what counts: one odd day teaches nothing, and what has not come again for a month is
 * forgotten. Whole minutes.
 */
export interface Longest {
  /** Day on which the present period began. */
  since: number;
  now: readonly number[];
  before: readonly number[];
}

const PERIOD_DAYS = 14;
const KEPT = 3;

export const longestFrom = (day: number): Longest => ({ since: day, now: [], before: [] });

export function withTime(longest: Longest, minutes: number, day: number): Longest {
  const kept = rolled(longest, day);
  const whole = Math.round(minutes);
  if (kept.now.length >= KEPT && whole <= (kept.now.at(-1) ?? 0)) return kept;
  return { ...kept, now: [...kept.now, whole].sort((a, b) => b - a).slice(0, KEPT) };
}

function rolled(longest: Longest, day: number): Longest {
  if (day - longest.since < PERIOD_DAYS) return longest;
  const former = day - longest.since < 2 * PERIOD_DAYS ? longest.now : [];
  return { since: day, now: [], before: former };
}

/** What this person may well do again, min; 0: nothing known. */
export const usualLongest = ({ now, before }: Longest): number =>
  Math.max(now[1] ?? now[0] ?? 0, before[1] ?? before[0] ?? 0);

/** How far habits may move a limit. Longer: so little that whoever waits for the set limit does not wait much longer. */
export const LENGTHEN = 1.15;
export const SHORTEN = 0.75;
/** What has not happened yet may be twice the usual longest. */
const HEADROOM = 2;

/** A set limit, moved towards what this person does, within bounds. Same unit as `set`, min. */
export const learntLimit = (set: number, usual: number, lengthen = LENGTHEN): number =>
  Math.min(set * lengthen, Math.max(set * SHORTEN, usual * HEADROOM));
