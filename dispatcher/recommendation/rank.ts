import type { CaregiverRole } from '../../schemas/registry.ts';
import type { Place } from '../lifecycle/place.ts';
import type { RoleFit } from './role-fit.ts';
import { type LocalMinute, onShift, type Shift } from './shift.ts';
import { straightLine, type Travel } from './travel.ts';

/** A caregiver without a name: ranking needs none. */
export interface Person {
  caregiverId: string;
  role: CaregiverRole;
  skills: readonly string[];
  stars: number;
  languages: readonly string[];
  place: Place | null;
  /** When the place was last reported; null: the place of the post, always true. */
  locatedAtMs: number | null;
  shifts: readonly Shift[];
}

/** What the people are doing now. */
export interface Doing {
  /** On an emergency order. */
  emergency: ReadonlySet<string>;
  /** Being asked about an emergency. */
  askedEmergency: ReadonlySet<string>;
  /** On another order. */
  visiting: ReadonlySet<string>;
  /** Orders of the last hours. */
  load: ReadonlyMap<string, number>;
}

export interface Need {
  fit: RoleFit;
  skill: string;
  emergency: boolean;
  place: Place | null;
  /** Languages of the residents. */
  languages: readonly string[];
  /** Have been to this home. */
  familiar: ReadonlySet<string>;
  /** Why somebody must not be asked (again): `declined_this_order`, `asked_this_order`. */
  asked: ReadonlyMap<string, string>;
}

export interface Ranked {
  person: Person;
  travel: Travel | null;
  cost: number;
  reasons: string[];
}
export interface Ranking {
  candidates: Ranked[];
  rejected: { person: Person; travel: Travel | null; reasons: string[] }[];
  shortfalls: string[];
}

/** The service circle, then the wider rings of the network: street, district. Minutes of travel. */
export const RINGS_MIN = [15, 30, 60] as const;
const ORDINARY_RINGS_MIN = [60] as const;
/** A reported place is trusted so long. */
const STALE_PLACE_MS = 1_800_000;
const MOST_REJECTED = 200;

/** Costs in minutes of travel. */
const COST = {
  unknownPlace: 20,
  second: 10,
  star: 1,
  load: 1.5,
  stale: 5,
  visiting: 8,
  familiar: -2,
  language: -1,
  skill: -2,
};

/** Hard constraints first, then cost. Pure; quick enough for the whole district on every alert. */
export function rank(
  people: readonly Person[],
  need: Need,
  doing: Doing,
  nowMs: number,
  local: LocalMinute,
): Ranking {
  const looked = people.map((person) => {
    const travel =
      person.place === null || need.place === null ? null : straightLine(person.place, need.place);
    return { person, travel, no: obstacles(person, need, doing, nowMs, local) };
  });
  const fit = looked.filter((item) => item.no.length === 0);
  const rings = need.emergency ? RINGS_MIN : ORDINARY_RINGS_MIN;
  const ring = rings.findIndex((minutes) => fit.some((item) => within(item.travel, minutes)));
  const reachMin = rings[Math.max(0, ring)] ?? rings[0];
  const candidates = fit
    .filter((item) => within(item.travel, reachMin))
    .map((item) => ranked(item, need, doing, nowMs, ring))
    .sort(byCost);
  nameNearest(candidates);
  const rejected = looked
    .flatMap(({ person, travel, no }) => {
      const reasons = within(travel, reachMin) ? no : [...no, 'too_far'];
      return reasons.length === 0 ? [] : [{ person, travel, reasons }];
    })
    .sort((a, b) => (a.travel?.distanceM ?? Infinity) - (b.travel?.distanceM ?? Infinity) || 0)
    .slice(0, MOST_REJECTED);
  return { candidates, rejected, shortfalls: shortfalls(looked, need, ring, candidates) };
}

const within = (travel: Travel | null, minutes: number): boolean =>
  travel === null || travel.minutes <= minutes;

/** Every hard constraint that somebody fails, place apart. */
function obstacles(person: Person, need: Need, doing: Doing, nowMs: number, local: LocalMinute): string[] {
  const { caregiverId, role } = person;
  const no: string[] = [];
  if (!need.fit.first.includes(role) && !need.fit.second.includes(role)) no.push('role');
  if (!person.shifts.some((shift) => onShift(shift, nowMs, local))) no.push('off_shift');
  if (doing.emergency.has(caregiverId)) no.push('busy_emergency');
  if (doing.askedEmergency.has(caregiverId)) no.push('asked_emergency');
  if (!need.emergency && doing.visiting.has(caregiverId)) no.push('busy_visit');
  const asked = need.asked.get(caregiverId);
  if (asked !== undefined) no.push(asked);
  return no;
}

function ranked(
  { person, travel }: { person: Person; travel: Travel | null },
  need: Need,
  doing: Doing,
  nowMs: number,
  ring: number,
): Ranked {
  const reasons = ['on_shift', `role:${person.role}`, `stars:${person.stars}`];
  let cost = travel?.minutes ?? COST.unknownPlace;
  const add = (when: boolean, price: number, reason: string): void => {
    if (!when) return;
    cost += price;
    reasons.push(reason);
  };
  if (travel !== null) {
    reasons.push(`travel:${travel.minutes}min`);
    if (travel.minutes <= RINGS_MIN[0]) reasons.push('within_15_min');
    else if (ring > 0) reasons.push(`ring:${ring + 1}`);
  } else reasons.push(person.place === null ? 'place_unknown' : 'home_place_unknown');
  cost += (5 - person.stars) * COST.star;
  add(!need.fit.first.includes(person.role), COST.second, 'second_choice_role');
  add(person.skills.includes(need.skill), COST.skill, `skill:${need.skill}`);
  add(need.familiar.has(person.caregiverId), COST.familiar, 'familiar');
  const language = person.languages.find((item) => need.languages.includes(item));
  add(language !== undefined, COST.language, `language:${language ?? ''}`);
  const load = doing.load.get(person.caregiverId) ?? 0;
  add(load > 0, load * COST.load, `load:${load}`);
  add(doing.visiting.has(person.caregiverId), COST.visiting, 'on_a_visit');
  const age = person.locatedAtMs === null ? 0 : nowMs - person.locatedAtMs;
  add(age > STALE_PLACE_MS, COST.stale, `stale_place:${Math.round(age / 60_000)}min`);
  return { person, travel, cost: Math.round(cost * 10) / 10, reasons };
}

/** Equal costs are decided by id, so that the same state always gives the same order. */
const byCost = (a: Ranked, b: Ranked): number =>
  a.cost - b.cost || (a.person.caregiverId < b.person.caregiverId ? -1 : 1);

function nameNearest(candidates: readonly Ranked[]): void {
  let nearest: Ranked | undefined;
  for (const item of candidates)
    if (item.travel !== null && item.travel.minutes < (nearest?.travel?.minutes ?? Infinity)) nearest = item;
  nearest?.reasons.push('nearest');
}

/** Why there is nobody, or nobody near: the first constraint that leaves nobody is the reason. */
function shortfalls(
  looked: readonly { person: Person; travel: Travel | null; no: readonly string[] }[],
  need: Need,
  ring: number,
  candidates: readonly Ranked[],
): string[] {
  const found: string[] = [];
  if (need.place === null) found.push('home_place_unknown');
  if (candidates.length > 0) {
    if (ring > 0) found.push('outside_circle');
    if (candidates.every((item) => item.reasons.some((reason) => reason.startsWith('stale_place'))))
      found.push('places_stale');
    return found;
  }
  const left = (...reasons: string[]) =>
    looked.filter((item) => !item.no.some((reason) => reasons.includes(reason)));
  const asked = ['declined_this_order', 'asked_this_order'];
  const busy = ['busy_emergency', 'asked_emergency', 'busy_visit'];
  if (looked.length === 0) found.push('no_caregivers');
  else if (left('role').length === 0) found.push('no_such_role');
  else if (left('role', 'off_shift').length === 0) found.push('nobody_on_shift');
  else if (left('role', 'off_shift', ...busy).length === 0) found.push('all_busy');
  else if (left('role', 'off_shift', ...busy, ...asked).length === 0) found.push('all_asked');
  else found.push('outside_circle');
  if (need.emergency) found.push('hand_over_120');
  return found;
}
