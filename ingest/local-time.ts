import type { LocalTime } from './detectors/detector.ts';

const QUARTER_MS = 15 * 60_000;
const MINUTE_MS = 60_000;
const DAY_MIN = 1440;
/** Some three weeks of quarters of an hour. */
const MOST_CACHED = 2_000;

/** Civil time of a zone. Offsets change on quarters of an hour at most, so each quarter is asked for once. */
export function localTimeOf(timeZone: string): (ms: number) => LocalTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const offsets = new Map<number, number>();
  let [lastQuarter, lastOffset] = [NaN, 0];
  const offsetOf = (ms: number): number => {
    const quarter = Math.floor(ms / QUARTER_MS);
    if (quarter !== lastQuarter) [lastQuarter, lastOffset] = [quarter, offsetAt(quarter)];
    return lastOffset;
  };
  const offsetAt = (quarter: number): number => {
    const known = offsets.get(quarter);
    if (known !== undefined) return known;
    const at = quarter * QUARTER_MS;
    const parts = Object.fromEntries(
      format.formatToParts(at).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 1970, month = 1, day = 1, hour = 0, minute = 0 } = parts;
    const offset = Date.UTC(year, month - 1, day, hour, minute) - Math.floor(at / MINUTE_MS) * MINUTE_MS;
    if (offsets.size >= MOST_CACHED) offsets.clear();
    offsets.set(quarter, offset);
    return offset;
  };
  // One event is looked at by several detectors, all of which ask for the same time.
  let lastMs = NaN;
  let last: LocalTime = { minuteOfDay: 0, weekday: 4, day: 0 };
  return (ms) => {
    if (ms === lastMs) return last;
    const minutes = Math.floor((ms + offsetOf(ms)) / MINUTE_MS);
    const day = Math.floor(minutes / DAY_MIN);
    // 1970-01-01 was a Thursday
    last = { minuteOfDay: minutes - day * DAY_MIN, weekday: ((((day + 3) % 7) + 7) % 7) + 1, day };
    lastMs = ms;
    return last;
  };
}
