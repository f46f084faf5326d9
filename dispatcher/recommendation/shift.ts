/** One row of `shifts`: a span, or a weekly pattern in local time. */
export interface Shift {
  fromMs: number | null;
  toMs: number | null;
  weekly: { days: readonly number[]; startMin: number; endMin: number } | null;
}

/** Local civil time: minutes since midnight, and the weekday with Monday = 1. */
export interface LocalMinute {
  minuteOfDay: number;
  weekday: number;
}

/** Ends are exclusive. A weekly shift whose end is not after its start crosses midnight and belongs to the day it began. */
export function onShift(shift: Shift, nowMs: number, local: LocalMinute): boolean {
  if (shift.weekly === null) return (shift.fromMs ?? -Infinity) <= nowMs && nowMs < (shift.toMs ?? Infinity);
  const { days, startMin, endMin } = shift.weekly;
  const { minuteOfDay, weekday } = local;
  if (startMin < endMin) return days.includes(weekday) && startMin <= minuteOfDay && minuteOfDay < endMin;
  const yesterday = weekday === 1 ? 7 : weekday - 1;
  return (
    (days.includes(weekday) && minuteOfDay >= startMin) || (days.includes(yesterday) && minuteOfDay < endMin)
  );
}

/** `HH:MM` → minutes since midnight. */
export function minuteOf(hhmm: string): number {
  const [hours, minutes] = hhmm.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}
