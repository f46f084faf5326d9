import type { Queryable } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import { localMinutes } from '../recommendation/local-minute.ts';
import { readRoster } from '../recommendation/roster.ts';
import { momentOf } from '../reports/period.ts';
import { ruleOn } from '../rules/rules.ts';
import { dutySpans } from './duty-spans.ts';
import { entriesAround } from './plan-store.ts';
import { travelMin } from './plan-visit.ts';

export interface DayVisit {
  orderId: string;
  homeId: string;
  service: string;
  state: string;
  /** Asked and not yet answered. */
  tentative: boolean;
  from: string;
  to: string;
  minutes: number;
  /** By telephone: no way to it. */
  means: 'visit' | 'call';
  /** What the regular visit is called. */
  title: string | null;
  /** From the visit before, or from where the day begins. */
  travelMinutes: number;
  /** Time left after that way; negative: it cannot be made. */
  slackMinutes: number | null;
}
export interface CaregiverDay {
  caregiverId: string;
  date: string;
  shifts: { from: string; to: string }[];
  visits: DayVisit[];
  visitMinutes: number;
}

const MIN_MS = 60_000;

/** Somebody's local day: when they are on duty, and every visit of it in order, with the ways between. */
export async function caregiverDay(
  db: Queryable,
  caregiverId: string,
  date: string,
  { nowMs, timeZone }: { nowMs: number; timeZone: string },
): Promise<CaregiverDay | undefined> {
  const begin = momentOf(date, 'from', timeZone);
  const end = momentOf(date, 'to', timeZone);
  const { people } = await readRoster(db, nowMs);
  const person = people.find((one) => one.caregiverId === caregiverId);
  if (person === undefined || begin === undefined || end === undefined) return undefined;
  const [beginMs, endMs] = [Date.parse(begin), Date.parse(end)];
  const planning = await ruleOn(db, 'planning', date);
  const local = localMinutes(timeZone);
  const middleMs = (beginMs + endMs) / 2;
  const entries = (await entriesAround(db, { fromMs: middleMs, nowMs, planning, caregiverId }))
    .filter((entry) => entry.fromMs < endMs && entry.toMs > beginMs)
    .sort((a, b) => a.fromMs - b.fromMs);
  let before: { toMs: number | null; place: (typeof entries)[number]['place'] } = {
    toMs: null,
    place: person.place,
  };
  const visits = entries.map((entry): DayVisit => {
    const way = travelMin(before.place, entry.place);
    const gap = before.toMs === null ? null : (entry.fromMs - before.toMs) / MIN_MS;
    before = { toMs: entry.toMs, place: entry.place ?? before.place };
    return {
      orderId: entry.orderId,
      homeId: entry.homeId,
      service: entry.service,
      state: entry.state,
      tentative: entry.tentative,
      means: entry.means,
      title: entry.title,
      from: toIso(entry.fromMs),
      to: toIso(entry.toMs),
      minutes: Math.round((entry.toMs - entry.fromMs) / MIN_MS),
      travelMinutes: way,
      slackMinutes: gap === null ? null : Math.round(gap - way),
    };
  });
  return {
    caregiverId,
    date,
    shifts: (dutySpans([person], beginMs, endMs, local).get(person) ?? []).map(({ fromMs, toMs }) => ({
      from: toIso(fromMs),
      to: toIso(toMs),
    })),
    visits,
    visitMinutes: visits.reduce((sum, visit) => sum + visit.minutes, 0),
  };
}
