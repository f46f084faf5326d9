import type { LocalMinute } from './shift.ts';

const WEEKDAYS: Record<string, number> = { Mon: 1, Tue: 2, Wed: 3, Thu: 4, Fri: 5, Sat: 6, Sun: 7 };

/** Civil time in an IANA zone, by wall clock: a shift from 22:00 begins at 22:00 also on the day the clocks change. */
export function localMinutes(timeZone: string): (ms: number) => LocalMinute {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  let last: { minute: number; local: LocalMinute } | undefined;
  return (ms) => {
    const minute = Math.floor(ms / 60_000);
    if (last?.minute === minute) return last.local;
    const parts = new Map(format.formatToParts(ms).map((part) => [part.type, part.value]));
    const local = {
      minuteOfDay: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
      weekday: WEEKDAYS[parts.get('weekday') ?? ''] ?? 1,
      date: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
    };
    last = { minute, local };
    return local;
  };
}
