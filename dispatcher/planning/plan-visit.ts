import type { PlanningRule, RatingRule, RestRule } from '../../schemas/rules.ts';
import type { Place } from '../lifecycle/place.ts';
import { standing, standingMinutes, type Scores } from '../rating/standing.ts';
import type { Choice, Person, Ranked } from '../recommendation/rank.ts';
import type { RoleFit } from '../recommendation/role-fit.ts';
import { type LocalMinute, onDuty } from '../recommendation/shift.ts';
import { straightLine, type Travel } from '../recommendation/travel.ts';
import { restObstacle, type Work } from './rest.ts';

/** One entry of somebody's diary. */
export interface Entry extends Work {
  orderId: string;
  place: Place | null;
}
/** A visit that somebody is looked for. */
export interface Booking extends Work {
  orderId: string;
  place: Place | null;
  fit: RoleFit;
  skill: string;
  languages: readonly string[];
  /** Of the residents. */
  wishes: { gender: string | null; preferred: readonly string[]; avoided: readonly string[] };
  familiar: ReadonlySet<string>;
  /** Why somebody must not be asked (again). */
  asked: ReadonlyMap<string, string>;
}
export interface PlanFacts {
  diaries: ReadonlyMap<string, readonly Entry[]>;
  genders: ReadonlyMap<string, string | null>;
  scores: ReadonlyMap<string, Scores>;
  rest: RestRule;
  planning: PlanningRule;
  rating: RatingRule;
  local(ms: number): LocalMinute;
}

const MIN_MS = 60_000;
/** Shifts begin and end on quarters of an hour. */
const STEP_MS = 15 * MIN_MS;
/** Further than this nobody is sent for an ordinary visit. */
const REACH_MIN = 60;
const MOST = 50;
/** In minutes of travel, as in `rank.ts`. */
const COST = {
  second: 10,
  star: 1,
  skill: -2,
  familiar: -6,
  preferred: -15,
  language: -1,
  unknownPlace: 20,
  load: 1,
};

/** Everything that keeps somebody from this visit. */
export function obstaclesTo(person: Person, booking: Booking, facts: PlanFacts): string[] {
  const { caregiverId, role } = person;
  const diary = (facts.diaries.get(caregiverId) ?? []).filter((entry) => entry.orderId !== booking.orderId);
  const found: (string | undefined)[] = [
    booking.fit.first.includes(role) || booking.fit.second.includes(role) ? undefined : 'role',
    booking.wishes.avoided.includes(caregiverId) ? 'avoided_by_resident' : undefined,
    wrongGender(facts.genders.get(caregiverId) ?? null, booking.wishes.gender),
    onShiftThroughout(person, booking, facts) ? undefined : 'off_shift',
    clashOf(booking, diary, facts.planning),
    restObstacle(booking, diary, facts.rest),
    booking.asked.get(caregiverId),
  ];
  return found.filter((reason) => reason !== undefined);
}

const wrongGender = (gender: string | null, wished: string | null): string | undefined =>
  wished === null || gender === wished ? undefined : `wished_gender:${wished}`;

function onShiftThroughout({ shifts }: Person, { fromMs, toMs }: Work, { local }: PlanFacts): boolean {
  for (let at = fromMs; at < toMs; at += STEP_MS) if (!onDuty(shifts, at, local(at))) return false;
  return onDuty(shifts, toMs - 1, local(toMs - 1));
}

/** Two visits clash if there is no time for the way from one to the other. */
function clashOf(booking: Booking, diary: readonly Entry[], planning: PlanningRule): string | undefined {
  const clash = diary.find((entry) => {
    const gapMs = (travelMin(entry.place, booking.place) + planning.bufferMin) * MIN_MS;
    return entry.fromMs < booking.toMs + gapMs && booking.fromMs < entry.toMs + gapMs;
  });
  return clash && `clash:${clash.orderId}`;
}

export const travelMin = (from: Place | null, to: Place | null): number =>
  from === null || to === null ? 0 : straightLine(from, to).minutes;

/** From where somebody comes: the visit before this one, if there is one that day, else where they are at home. */
function wayTo(person: Person, booking: Booking, diary: readonly Entry[]): Travel | null {
  const before = diary
    .filter((entry) => entry.toMs <= booking.fromMs && booking.fromMs - entry.toMs < 4 * 3_600_000)
    .sort((a, b) => b.toMs - a.toMs)[0];
  const from = before?.place ?? person.place;
  return from === null || booking.place === null ? null : straightLine(from, booking.place, person.vehicle);
}

/** Who could make the visit, the best first. Pure. */
export function planVisit(people: readonly Person[], booking: Booking, facts: PlanFacts): Choice {
  const candidates: Ranked[] = [];
  const firsts = new Set<string>();
  for (const person of people) {
    const [first] = obstaclesTo(person, booking, facts);
    if (first !== undefined) {
      firsts.add(first.replace(/:.*/, ''));
      continue;
    }
    const diary = facts.diaries.get(person.caregiverId) ?? [];
    const travel = wayTo(person, booking, diary);
    if (travel !== null && travel.minutes > REACH_MIN) firsts.add('too_far');
    else candidates.push({ person, travel, ...weigh(person, booking, travel, diary, facts) });
  }
  candidates.sort((a, b) => a.cost - b.cost || (a.person.caregiverId < b.person.caregiverId ? -1 : 1));
  const best = candidates.slice(0, MOST);
  return { candidates: best, shortfalls: best.length > 0 ? [] : [whyNobody(firsts)] };
}

function weigh(
  person: Person,
  booking: Booking,
  travel: Travel | null,
  diary: readonly Entry[],
  { scores, rating }: PlanFacts,
): { cost: number; reasons: string[] } {
  const { caregiverId } = person;
  const value = standing(scores.get(caregiverId) ?? { count: 0, sum: 0 }, rating);
  const sameDay = diary.filter((entry) => Math.abs(entry.fromMs - booking.fromMs) < 12 * 3_600_000).length;
  const parts: [boolean, number, string][] = [
    [!booking.fit.first.includes(person.role), COST.second, 'second_choice_role'],
    [person.skills.includes(booking.skill), COST.skill, `skill:${booking.skill}`],
    [booking.familiar.has(caregiverId), COST.familiar, 'familiar'],
    [booking.wishes.preferred.includes(caregiverId), COST.preferred, 'preferred_by_resident'],
    [person.languages.some((item) => booking.languages.includes(item)), COST.language, 'language'],
    [sameDay > 0, sameDay * COST.load, `visits_that_day:${sameDay}`],
  ];
  const said = parts.filter(([holds]) => holds);
  const cost =
    (travel?.minutes ?? COST.unknownPlace) +
    (5 - person.stars) * COST.star +
    standingMinutes(value, rating) +
    said.reduce((sum, [, part]) => sum + part, 0);
  return {
    cost: Math.round(cost * 10) / 10,
    reasons: ['on_shift', 'rested', `standing:${value.toFixed(1)}`, ...said.map(([, , reason]) => reason)],
  };
}

/** The reason that would have to go first. */
function whyNobody(firsts: ReadonlySet<string>): string {
  const order: [string, string][] = [
    ['too_far', 'outside_circle'],
    ['declined_this_order', 'all_asked'],
    ['asked_this_order', 'all_asked'],
    ['resting', 'all_resting'],
    ['no_break', 'all_resting'],
    ['day_full', 'all_resting'],
    ['clash', 'all_busy'],
    ['off_shift', 'nobody_on_shift'],
    ['wished_gender', 'nobody_as_wished'],
    ['avoided_by_resident', 'nobody_as_wished'],
    ['role', 'no_such_role'],
  ];
  return order.find(([first]) => firsts.has(first))?.[1] ?? 'no_caregivers';
}
