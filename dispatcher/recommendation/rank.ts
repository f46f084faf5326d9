import type { CaregiverRole, Vehicle } from '../../schemas/registry.ts';
import type { Place } from '../lifecycle/place.ts';
import { NETWORK_RINGS } from '../../schemas/alert.ts';
import { type Household, householdCost, type NetworkPlace } from './household.ts';
import type { RoleFit } from './role-fit.ts';
import { type LocalMinute, onDuty, type Shift } from './shift.ts';
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
  gender?: string | null;
  vehicle?: Vehicle | null;
  /** Where in the service network the post lies. */
  post?: NetworkPlace | null;
  /** What the ratings, with their prior, cost or save; minutes of travel. */
  standingMin?: number;
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
  /** Have worked their day, by the rules of rest. */
  resting?: ReadonlySet<string>;
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
  household?: Household;
  /** Minutes from where people are, by caregiver, of those whom a routing service knows the way of. */
  routed?: ReadonlyMap<string, number>;
  /** Why somebody must not be asked (again): `declined_this_order`, `asked_this_order`. */
  asked: ReadonlyMap<string, string>;
}

export interface Ranked {
  person: Person;
  travel: Travel | null;
  /** In minutes of travel. */
  cost: number;
  reasons: string[];
}
export interface Ranking {
  /** The best, at most 50. */
  candidates: Ranked[];
  /** The 200 nearest of those who could not go. */
  rejected: { person: Person; travel: Travel | null; reasons: string[] }[];
  shortfalls: string[];
}
export type Choice = Pick<Ranking, 'candidates' | 'shortfalls'>;

/** The service circle, then the wider rings of the network: street, district. Minutes of travel. */
export const RINGS_MIN = [15, 30, 60] as const;
const ORDINARY_RINGS_MIN = [60] as const;
/** A reported place is trusted so long. */
const STALE_PLACE_MS = 1_800_000;
const MOST_CANDIDATES = 50;
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

export interface Situation {
  need: Need;
  doing: Doing;
  nowMs: number;
  local: LocalMinute;
}
interface Looked {
  person: Person;
  travel: Travel | null;
}

/** Everything: who could go and why, who could not and why not. */
export function rank(
  people: readonly Person[],
  need: Need,
  doing: Doing,
  nowMs: number,
  local: LocalMinute,
): Ranking {
  const situation = { need, doing, nowMs, local };
  const choice = choose(people, need, doing, nowMs, local);
  const chosen = new Set(choice.candidates.map((item) => item.person));
  const rejected: (Looked & { reasons: string[] })[] = [];
  for (const person of people) {
    if (chosen.has(person)) continue;
    const reasons = obstacles(person, situation);
    const travel = travelOf(person, need);
    if (!within(travel, choice.reachMin)) reasons.push('too_far');
    if (reasons.length > 0) rejected.push({ person, travel, reasons });
  }
  rejected.sort((a, b) => (a.travel?.distanceM ?? Infinity) - (b.travel?.distanceM ?? Infinity) || 0);
  return {
    candidates: choice.candidates,
    rejected: rejected.slice(0, MOST_REJECTED),
    shortfalls: choice.shortfalls,
  };
}

/** Only who could go. Quick enough for the whole district on every alert of a burst. */
export function choose(
  people: readonly Person[],
  need: Need,
  doing: Doing,
  nowMs: number,
  local: LocalMinute,
): Choice & { reachMin: number } {
  const situation = { need, doing, nowMs, local };
  const fit: Looked[] = [];
  for (const person of people)
    if (firstObstacle(person, situation) === undefined) fit.push({ person, travel: travelOf(person, need) });
  const rings = need.emergency ? RINGS_MIN : ORDINARY_RINGS_MIN;
  const ring = rings.findIndex((minutes) => fit.some((item) => within(item.travel, minutes)));
  const reachMin = rings[Math.max(0, ring)] ?? rings[0];
  const candidates = fit
    .filter((item) => within(item.travel, reachMin))
    .map((item) => ({ ...item, cost: weigh(item, situation), reasons: [] as string[] }))
    .sort(byCost)
    .slice(0, MOST_CANDIDATES);
  for (const item of candidates) weigh(item, situation, item.reasons);
  nameNearest(candidates);
  return { candidates, shortfalls: shortfalls(people, situation, ring, candidates), reachMin };
}

const within = (travel: Travel | null, minutes: number): boolean =>
  travel === null || travel.minutes <= minutes;

export function travelOf(person: Person, { place, routed }: Pick<Need, 'place' | 'routed'>): Travel | null {
  if (person.place === null || place === null) return null;
  const straight = straightLine(person.place, place, person.vehicle);
  const minutes = routed?.get(person.caregiverId);
  return minutes === undefined ? straight : { ...straight, minutes, way: 'routed' };
}

/** Those who could go, the nearest by straight line: whose way is worth asking for. At most `most`. */
export function nearestFit(people: readonly Person[], situation: Situation, most: number): Person[] {
  const { place } = situation.need;
  const near: { person: Person; minutes: number }[] = [];
  for (const person of people) {
    if (place === null || person.place === null) continue;
    if (firstObstacle(person, situation) !== undefined) continue;
    near.push({ person, minutes: straightLine(person.place, place, person.vehicle).minutes });
  }
  near.sort((a, b) => a.minutes - b.minutes || (a.person.caregiverId < b.person.caregiverId ? -1 : 1));
  return near.slice(0, most).map(({ person }) => person);
}

/** The hard constraints, place apart; each gives its reason if somebody fails it. */
const CONSTRAINTS: ((person: Person, situation: Situation) => string | undefined)[] = [
  ({ role }, { need }) =>
    need.fit.first.includes(role) || need.fit.second.includes(role) ? undefined : 'role',
  ({ shifts }, { nowMs, local }) => (onDuty(shifts, nowMs, local) ? undefined : 'off_shift'),
  ({ caregiverId }, { doing }) => (doing.resting?.has(caregiverId) === true ? 'resting' : undefined),
  // Whoever comes in an emergency comes; for anything else the wish is kept.
  ({ caregiverId }, { need }) =>
    !need.emergency && need.household?.avoided.has(caregiverId) === true ? 'avoided' : undefined,
  ({ caregiverId }, { doing }) => (doing.emergency.has(caregiverId) ? 'busy_emergency' : undefined),
  ({ caregiverId }, { doing }) => (doing.askedEmergency.has(caregiverId) ? 'asked_emergency' : undefined),
  ({ caregiverId }, { doing, need }) =>
    !need.emergency && doing.visiting.has(caregiverId) ? 'busy_visit' : undefined,
  ({ caregiverId }, { need }) => need.asked.get(caregiverId),
];

export function firstObstacle(person: Person, situation: Situation): string | undefined {
  for (const constraint of CONSTRAINTS) {
    const reason = constraint(person, situation);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

const obstacles = (person: Person, situation: Situation): string[] =>
  CONSTRAINTS.map((constraint) => constraint(person, situation)).filter((reason) => reason !== undefined);

/** What sending somebody costs whatever for, beside the way; in minutes of travel. */
export function standingCost(person: Person, doing: Doing, nowMs: number): number {
  const load = doing.load.get(person.caregiverId) ?? 0;
  return (
    (5 - person.stars) * COST.star +
    load * COST.load +
    (person.standingMin ?? 0) +
    (doing.visiting.has(person.caregiverId) ? COST.visiting : 0) +
    (placeAgeMs(person, nowMs) > STALE_PLACE_MS ? COST.stale : 0)
  );
}

/** How well somebody suits the need by what they are, not by whom they know; in minutes of travel. */
export const suitCost = (person: Person, need: Need): number =>
  (need.fit.first.includes(person.role) ? 0 : COST.second) +
  (person.skills.includes(need.skill) ? COST.skill : 0) +
  (person.languages.some((item) => need.languages.includes(item)) ? COST.language : 0);

export const FAMILIAR_COST = COST.familiar;
/** Somebody whose place, or a home whose place, is not known. */
export const UNKNOWN_PLACE_COST = COST.unknownPlace;

const placeAgeMs = ({ locatedAtMs }: Person, nowMs: number): number =>
  locatedAtMs === null ? 0 : nowMs - locatedAtMs;

/** The cost of sending somebody, in minutes of travel; tells its reasons to whoever wants them. */
function weigh({ person, travel }: Looked, { need, doing, nowMs }: Situation, reasons?: string[]): number {
  const familiar = need.familiar.has(person.caregiverId);
  const cost =
    (travel?.minutes ?? UNKNOWN_PLACE_COST) +
    standingCost(person, doing, nowMs) +
    suitCost(person, need) +
    (familiar ? FAMILIAR_COST : 0) +
    (need.household === undefined ? 0 : householdCost(person, need.household, reasons));
  reasons?.push('on_shift', `role:${person.role}`, `stars:${person.stars}`);
  if (travel === null) reasons?.push(person.place === null ? 'place_unknown' : 'home_place_unknown');
  else {
    const ring = RINGS_MIN.findIndex((minutes) => travel.minutes <= minutes);
    reasons?.push(`travel:${travel.minutes}min`, `way:${travel.way}`);
    reasons?.push(ring === 0 ? 'within_15_min' : `ring:${ring + 1}`);
  }
  if (reasons !== undefined) {
    if (!need.fit.first.includes(person.role)) reasons.push('second_choice_role');
    if (person.skills.includes(need.skill)) reasons.push(`skill:${need.skill}`);
    if (familiar) reasons.push('familiar');
    const language = person.languages.find((item) => need.languages.includes(item));
    if (language !== undefined) reasons.push(`language:${language}`);
    const load = doing.load.get(person.caregiverId) ?? 0;
    if (load > 0) reasons.push(`load:${load}`);
    if (doing.visiting.has(person.caregiverId)) reasons.push('on_a_visit');
    const ageMs = placeAgeMs(person, nowMs);
    if (ageMs > STALE_PLACE_MS) reasons.push(`stale_place:${Math.round(ageMs / 60_000)}min`);
  }
  return Math.round(cost * 10) / 10;
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
  people: readonly Person[],
  situation: Situation,
  ring: number,
  candidates: readonly Ranked[],
): string[] {
  const { need } = situation;
  const found: string[] = [];
  if (need.place === null) found.push('home_place_unknown');
  if (candidates.length > 0) {
    if (ring > 0) found.push('outside_circle');
    if (need.household !== undefined) found.push(...beyond(candidates));
    if (candidates.every((item) => item.reasons.some((reason) => reason.startsWith('stale_place'))))
      found.push('places_stale');
    return found;
  }
  return shortfallsWithout(people, situation);
}

/** Nobody of the home's own community, or street: the network had to be asked further out. */
function beyond(candidates: readonly Ranked[]): string[] {
  const rings = NETWORK_RINGS.filter((ring) =>
    candidates.some((item) => item.reasons.includes(`network:${ring}`)),
  );
  if (rings.length === 0 || rings[0] === 'post' || rings[0] === 'community') return [];
  return [rings[0] === 'street' ? 'nobody_of_community' : 'nobody_of_street'];
}

/** Of a need for which there is nobody. */
export function shortfallsWithout(people: readonly Person[], situation: Situation): string[] {
  const { place, emergency } = situation.need;
  return [
    ...(place === null ? ['home_place_unknown'] : []),
    whyNobody(people, situation),
    ...(emergency ? ['hand_over_120'] : []),
  ];
}

/** The widest ring in which somebody is looked for, minutes of travel. */
export const reachOf = (need: Need): number => (need.emergency ? RINGS_MIN : ORDINARY_RINGS_MIN).at(-1) ?? 0;

/** In the order of the constraints: how far did the one come who came furthest? */
function whyNobody(people: readonly Person[], situation: Situation): string {
  if (people.length === 0) return 'no_caregivers';
  const first = new Set(people.map((person) => firstObstacle(person, situation)));
  if (first.has(undefined)) return 'outside_circle';
  if (first.has('declined_this_order') || first.has('asked_this_order')) return 'all_asked';
  if (first.has('busy_emergency') || first.has('asked_emergency') || first.has('busy_visit'))
    return 'all_busy';
  if (first.has('resting')) return 'all_resting';
  if (first.has('avoided')) return 'all_avoided';
  return first.has('off_shift') ? 'nobody_on_shift' : 'no_such_role';
}
