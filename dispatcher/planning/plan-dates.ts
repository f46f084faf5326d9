/** When a plan's visits are. */
export interface Repeat {
  /** 1 to 7, Monday first. */
  days: readonly number[];
  everyWeeks: number;
  since: string;
  until: string | null;
  except: readonly string[];
}

const DAY_MS = 86_400_000;
const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY_MS;
/** 1 January 1970 was a Thursday. */
const weekdayOf = (day: number): number => ((day + 3) % 7) + 1;
/** Counted from a Monday. */
const weekOf = (day: number): number => Math.floor((day + 3) / 7);

/** Its local dates from `from`, `days` of them looked through. Every second week counts from the week of `since`. Pure. */
export function datesOf(repeat: Repeat, from: string, days: number): string[] {
  const first = dayOf(from);
  return Array.from({ length: days }, (_, i) => first + i)
    .filter(
      (day) =>
        repeat.days.includes(weekdayOf(day)) &&
        (weekOf(day) - weekOf(dayOf(repeat.since))) % repeat.everyWeeks === 0,
    )
    .map((day) => new Date(day * DAY_MS).toISOString().slice(0, 10))
    .filter(
      (date) =>
        date >= repeat.since &&
        (repeat.until === null || date <= repeat.until) &&
        !repeat.except.includes(date),
    );
}
