import {
  type Doing,
  FAMILIAR_COST,
  firstObstacle,
  type Need,
  type Person,
  reachOf,
  shortfallsWithout,
  type Situation,
  standingCost,
  suitCost,
  travelOf,
  UNKNOWN_PLACE_COST,
} from '../recommendation/rank.ts';
import { householdCost } from '../recommendation/household.ts';
import type { LocalMinute } from '../recommendation/shift.ts';
import { minutesBetween, pointsOf, type Travel } from '../recommendation/travel.ts';
import { minCostAssignment } from './min-cost-assignment.ts';

export interface Wanted {
  need: Need;
  /** 1 is the gravest. */
  priority: number;
}
export type Given = { person: Person; travel: Travel | null } | { shortfalls: string[] };

interface Moment {
  doing: Doing;
  nowMs: number;
  local: LocalMinute;
}

/**
 * Open orders and free people solved together: the gravest priority first, and within a priority as many as can be
 * served, at the least cost over all of them. Nobody is given twice; whoever is on an emergency or being asked about
 * one is not given at all. The answers are in the order of `wanted`. Pure.
 */
export function assignErrands(
  people: readonly Person[],
  wanted: readonly Wanted[],
  { doing, nowMs, local }: Moment,
): Given[] {
  const given: (Given | undefined)[] = wanted.map(() => undefined);
  const moment = { doing: { ...doing, askedEmergency: new Set(doing.askedEmergency) }, nowMs, local };
  const byPriority = Map.groupBy(wanted.keys(), (index) => wanted[index]?.priority ?? 4);
  for (const priority of [...byPriority.keys()].toSorted((a, b) => a - b))
    for (const [index, person] of assignAlike(people, wanted, byPriority.get(priority) ?? [], moment)) {
      moment.doing.askedEmergency.add(person.caregiverId);
      const need = wanted[index]?.need;
      given[index] = { person, travel: need === undefined ? null : travelOf(person, need) };
    }
  const why = new Map<string, string[]>();
  return given.map((item, index) => item ?? { shortfalls: shortfallsOf(people, wanted[index], moment, why) });
}

/** Those of one priority: pairs of index and person. */
function assignAlike(
  people: readonly Person[],
  wanted: readonly Wanted[],
  indexes: readonly number[],
  moment: Moment,
): [number, Person][] {
  const needs = indexes.flatMap((index) => wanted[index]?.need ?? []);
  // One look at each person for each kind of need; what a need has of its own is looked at in its row.
  const kinds = new Map<string, { need: Need; rows: number[] }>();
  for (const [row, need] of needs.entries()) {
    const key = kindOf(need);
    const kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, { need, rows: [row] });
    else kind.rows.push(row);
  }
  const common = [...kinds.values()].map(({ need, rows }) => {
    const { household: _, ...general } = need;
    const situation = { ...moment, need: { ...general, asked: new Map<string, string>() } };
    return { rows, fits: people.map((person) => firstObstacle(person, situation) === undefined) };
  });
  const columns = [...people.keys()].filter((column) => common.some(({ fits }) => fits[column] === true));
  if (columns.length === 0 || needs.length === 0) return [];
  const free = columns.flatMap((column) => people[column] ?? []);
  const cost = new Float64Array(needs.length * free.length).fill(Infinity);
  const from = pointsOf(free.map((person) => person.place));
  const to = pointsOf(needs.map((need) => need.place));
  const standing = free.map((person) => standingCost(person, moment.doing, moment.nowMs));
  for (const { rows, fits } of common) {
    const first = needs[rows[0] ?? 0];
    if (first === undefined) continue;
    const suits = free.map((person, at) =>
      fits[columns[at] ?? -1] === true ? (standing[at] ?? 0) + suitCost(person, first) : Infinity,
    );
    const reachMin = reachOf(first);
    for (const row of rows) {
      const need = needs[row];
      if (need === undefined) continue;
      const personal = need.familiar.size > 0 || need.asked.size > 0 || need.household !== undefined;
      for (let at = 0; at < free.length; at += 1) {
        const base = suits[at] ?? Infinity;
        if (base === Infinity) continue;
        const minutes =
          need.routed?.get(free[at]?.caregiverId ?? '') ??
          minutesBetween(from, at, to, row, free[at]?.vehicle);
        if (minutes > reachMin) continue;
        cost[row * free.length + at] =
          base +
          (Number.isNaN(minutes) ? UNKNOWN_PLACE_COST : minutes) +
          (personal ? personalCost(free[at], need) : 0);
      }
    }
  }
  const { columnOf } = minCostAssignment({ rows: needs.length, columns: free.length, cost });
  return indexes.flatMap((index, row): [number, Person][] => {
    const person = free[columnOf[row] ?? -1];
    return person === undefined ? [] : [[index, person]];
  });
}

/** Needs of one kind differ only in place, in who knows the home, and in who has been asked. */
const kindOf = ({ fit, skill, emergency, languages }: Need): string =>
  [fit.first.join(), fit.second.join(), skill, emergency, languages.toSorted().join()].join('|');

function personalCost(person: Person | undefined, { asked, familiar, household, emergency }: Need): number {
  if (person === undefined || asked.has(person.caregiverId)) return Infinity;
  if (!emergency && household?.avoided.has(person.caregiverId) === true) return Infinity;
  return (
    (familiar.has(person.caregiverId) ? FAMILIAR_COST : 0) +
    (household === undefined ? 0 : householdCost(person, household))
  );
}

/** For most of a burst the reason is the same: found once for each kind of need. */
function shortfallsOf(
  people: readonly Person[],
  wanted: Wanted | undefined,
  moment: Moment,
  found: Map<string, string[]>,
): string[] {
  if (wanted === undefined) return [];
  const { need } = wanted;
  const situation: Situation = { ...moment, need };
  if (need.asked.size > 0) return shortfallsWithout(people, situation);
  const key = `${kindOf(need)}|${need.place === null}`;
  const shortfalls = found.get(key) ?? shortfallsWithout(people, situation);
  found.set(key, shortfalls);
  return shortfalls;
}
