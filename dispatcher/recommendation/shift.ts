/** One row of `shifts`: a span, or a weekly pattern in local time; `off`: a span of leave, which takes away from them. */
export interface Shift {
  fromMs: number | null;
  toMs: number | null;
  weekly: Weekly | null;
  off?: boolean;
}
export interface Weekly {
  days: readonly number[];
  startMin: number;
  endMin: number;
  /** Local dates on which it does not begin. */
  except?: readonly string[];
  /** First and last local date on which it begins. */
  since?: string;
  until?: string;
}

/** Local civil time: minutes since midnight, the weekday with Monday = 1, and the date as `YYYY-MM-DD`. */
export interface LocalMinute {
  minuteOfDay: number;
  weekday: number;
  date?: string;
}

/** On one of the shifts, and not on leave. */
export const onDuty = (shifts: readonly Shift[], nowMs: number, local: LocalMinute): boolean =>
  shifts.some((shift) => shift.off !== true && onShift(shift, nowMs, local)) &&
  !shifts.some((shift) => shift.off === true && onShift(shift, nowMs, local));

/** Ends are exclusive. A weekly shift whose end is not after its start crosses midnight and belongs to the day it began. */
export function onShift(shift: Shift, nowMs: number, local: LocalMinute): boolean {
  if (shift.weekly === null) return (shift.fromMs ?? -Infinity) <= nowMs && nowMs < (shift.toMs ?? Infinity);
  const { startMin, endMin } = shift.weekly;
  const { minuteOfDay, weekday, date } = local;
  const today = (): boolean => beginsOn(shift.weekly, weekday, date);
  const yesterday = (): boolean =>
    beginsOn(shift.weekly, weekday === 1 ? 7 : weekday - 1, date === undefined ? undefined : dayBefore(date));
  if (startMin < endMin) return startMin <= minuteOfDay && minuteOfDay < endMin && today();
  return (minuteOfDay >= startMin && today()) || (minuteOfDay < endMin && yesterday());
}

function beginsOn(weekly: Weekly | null, weekday: number, date: string | undefined): boolean {
  if (weekly?.days.includes(weekday) !== true) return false;
  if (date === undefined) return true;
  const { except, since, until } = weekly;
  return (
    (since === undefined || date >= since) &&
    (until === undefined || date <= until) &&
    except?.includes(date) !== true
  );
}

const dayBefore = (date: string): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);

/** `HH:MM` → minutes since midnight. */
export function minuteOf(hhmm: string): number {
  const [hours, minutes] = hhmm.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}
