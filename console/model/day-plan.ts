import type { AnswerOf } from '../wire/api.ts';

export type CaregiverDay = AnswerOf<'GET /caregivers/{id}/day'>;
export type DayVisit = CaregiverDay['visits'][number];
export type DayMove = AnswerOf<'POST /planning/replan'>['moves'][number];

const DAY_MIN = 1440;
const MINUTE_MS = 60_000;
const SHENZHEN_MS = 8 * 3_600_000;

/** The hours worth drawing, in whole ones: what is worked and visited, with an hour to either side. */
export interface DayStrip {
  fromMin: number;
  toMin: number;
  hours: number[];
  /** Minutes of the local day, cut to it. */
  shifts: [number, number][];
  visits: { visit: DayVisit; fromMin: number; toMin: number }[];
}
const MORNING_MIN = 8 * 60;
const EVENING_MIN = 18 * 60;

export function dayStrip(day: CaregiverDay): DayStrip {
  const beginMs = Date.parse(`${day.date}T00:00:00.000Z`) - SHENZHEN_MS;
  const minuteOf = (at: string): number =>
    Math.min(DAY_MIN, Math.max(0, (Date.parse(at) - beginMs) / MINUTE_MS));
  const shifts = day.shifts.map(({ from, to }): [number, number] => [minuteOf(from), minuteOf(to)]);
  const visits = day.visits.map((visit) => ({
    visit,
    fromMin: minuteOf(visit.from),
    toMin: minuteOf(visit.to),
  }));
  const begins = [...shifts.map(([from]) => from), ...visits.map((v) => v.fromMin), MORNING_MIN];
  const ends = [...shifts.map(([, to]) => to), ...visits.map((v) => v.toMin), EVENING_MIN];
  const fromMin = Math.max(0, Math.floor(Math.min(...begins) / 60 - 1) * 60);
  const toMin = Math.min(DAY_MIN, Math.ceil(Math.max(...ends) / 60 + 1) * 60);
  const hours = Array.from({ length: (toMin - fromMin) / 60 + 1 }, (_, i) => fromMin / 60 + i);
  return { fromMin, toMin, hours, shifts, visits };
}

/** Where each visit of the day stands, in their order: the first one still to come is the next. */
export type Standing = 'past' | 'now' | 'next' | 'later';
export function standingsIn(day: CaregiverDay, nowMs: number): Standing[] {
  let begun = false;
  return day.visits.map((visit) => {
    if (visit.state === 'completed' || Date.parse(visit.to) <= nowMs) return 'past';
    if (visit.tentative) return 'later';
    const first = !begun;
    begun = true;
    if (Date.parse(visit.from) <= nowMs) return 'now';
    return first ? 'next' : 'later';
  });
}

/** Visits still to be made that cannot be made as planned: no time for the way. What is over was made or was not. */
export function tooTight(day: CaregiverDay, nowMs: number): DayVisit[] {
  const standings = standingsIn(day, nowMs);
  return day.visits.filter(
    (visit, i) => visit.slackMinutes !== null && visit.slackMinutes < 0 && standings[i] !== 'past',
  );
}

/** `2026-11-23` so many days on. */
export const dateAfter = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00.000Z`) + days * DAY_MIN * MINUTE_MS).toISOString().slice(0, 10);
export const localDateOf = (atMs: number): string => new Date(atMs + SHENZHEN_MS).toISOString().slice(0, 10);
