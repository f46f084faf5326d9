import type { StepContext } from './detector.ts';

const MINUTE_MS = 60_000;
const DAY_MIN = 1440;
/** No limit reaches further; ends a search over days without waking time. */
const MOST_STRETCHES = 40;

const ZERO = 48;
/** `HH:MM`, as settings are checked to be; asked for at every step. */
export const minuteOf = (hhmm: string): number =>
  ((hhmm.charCodeAt(0) - ZERO) * 10 + hhmm.charCodeAt(1) - ZERO) * 60 +
  (hhmm.charCodeAt(3) - ZERO) * 10 +
  hhmm.charCodeAt(4) -
  ZERO;

/** Nearly every home has the same, which is one and the same object. */
let read: { hours: readonly [string, string]; minutes: readonly [wakes: number, sleeps: number] } | undefined;

export function wakingMinutes(context: StepContext): readonly [wakes: number, sleeps: number] {
  const hours = context.home.settings.wakingHours;
  if (read === undefined || read.hours !== hours)
    read = { hours, minutes: [minuteOf(hours[0]), minuteOf(hours[1])] };
  return read.minutes;
}

/** [from, to) in minutes of the day; it may cross midnight (a rule's hours that do are wrong in 智慧养老 platforms), and equal ends mean the whole day. */
export function isWithin(minute: number, from: number, to: number): boolean {
  if (from === to) return true;
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

export function isWaking(ms: number, context: StepContext): boolean {
  const minutes = wakingMinutes(context);
  return isWithin(context.local(ms).minuteOfDay, minutes[0], minutes[1]);
}

/** The next time, after `ms`, at which the local clock shows `minute` of the day. */
export function nextMinute(ms: number, minute: number, context: StepContext): number {
  const ahead = (minute - context.local(ms).minuteOfDay + DAY_MIN - 1) % DAY_MIN;
  return ms - (ms % MINUTE_MS) + (ahead + 1) * MINUTE_MS;
}

/**
 * When `neededMs` of time that counts have passed since `from`. Our own outages never count (I13); with `wakingOnly`
 * neither does the night. Exact to the millisecond; Infinity if it is never reached.
 */
export function countedUntil(
  from: number,
  neededMs: number,
  wakingOnly: boolean,
  context: StepContext,
): number {
  if (!wakingOnly && context.outages.length === 0) return from + neededMs;
  const [wakes, sleeps] = wakingMinutes(context);
  const always = !wakingOnly || wakes === sleeps;
  let at = from;
  let left = neededMs;
  for (let stretch = 0; stretch < MOST_STRETCHES; stretch++) {
    if (!always && !isWithin(context.local(at).minuteOfDay, wakes, sleeps))
      at = nextMinute(at, wakes, context);
    const stop = always ? Infinity : nextMinute(at, sleeps, context);
    const reached = awakeUntil(at, left, stop, context);
    if (reached.left <= 0) return reached.at;
    left = reached.left;
    at = stop;
  }
  return Infinity;
}

/** Passes time from `from` to `stop` at most, our outages left out. */
function awakeUntil(
  from: number,
  neededMs: number,
  stop: number,
  context: StepContext,
): { at: number; left: number } {
  let at = from;
  let left = neededMs;
  for (const [begin, end] of context.outages) {
    if (end <= at) continue;
    if (begin >= Math.min(stop, at + left)) break;
    left -= Math.max(0, begin - at);
    at = Math.max(at, end);
  }
  if (at >= stop) return { at: stop, left };
  return at + left <= stop ? { at: at + left, left: 0 } : { at: stop, left: left - (stop - at) };
}
