import type { Queryable } from '../../platform/database.ts';
import type { AlertKind, NetworkRing } from '../../schemas/alert.ts';
import type { Service } from '../../schemas/channels.ts';
import type { Wishes } from '../../schemas/registry.ts';
import { STANDARD_RULES } from '../../schemas/rules.ts';
import { assignErrands, type Given } from '../assignment/assign-errands.ts';
import { type Booked, readBooking, readPlanFacts } from '../planning/plan-store.ts';
import { planVisit } from '../planning/plan-visit.ts';
import { bookingObstacles } from '../planning/planner.ts';
import type { Recommendation } from '../ports.ts';
import { isWithinRing } from './household.ts';
import {
  type Choice,
  choose,
  type Doing,
  nearestFit,
  type Need,
  type Person,
  rank,
  type Ranking,
  type Situation,
} from './rank.ts';
import { roleFit } from './role-fit.ts';
import { readRoster, type Roster, ROSTER_STAMPS } from './roster.ts';
import type { LocalMinute } from './shift.ts';
import { modeOf, onceMin } from './travel.ts';
import type { TravelTimes } from './travel-times.ts';

/** What somebody is wanted for. */
export interface Errand {
  homeId: string;
  /** Of the alert that it is for; null: asked for without one. */
  kind: AlertKind | null;
  service: Service;
  emergency: boolean;
  /** Who must not be asked (again), with the reason. */
  asked: ReadonlyMap<string, string>;
  /** Only from among these. */
  among?: { role: string; ring: NetworkRing } | undefined;
  /** Being asked about another emergency does not count for these: that offer can be taken back. */
  takeable?: ReadonlySet<string>;
  /** It is for a time, not for now: diaries decide. */
  booked?: Booked | undefined;
}

export interface RecommenderDeps {
  local: (ms: number) => LocalMinute;
  /** The name out of a caregiver's sealed personal fields. */
  nameOf(personal: Uint8Array): string;
  /** A routing service; absent: straight lines with detour. */
  travelTimes?: TravelTimes | undefined;
}

/** Orders of so long count as load. */
const LOAD_MS = 12 * 3_600_000;
const DAY_MS = 24 * 3_600_000;
/** For one need the ways of so many are asked for, the nearest by straight line; the others stay with that. */
const MOST_ROUTED = 90;
/** Of a burst: of so many needs, the gravest first, of so many people each. Beyond, nobody waits for a router. */
const ROUTED_NEEDS = 30;
const ROUTED_EACH = 30;
const FREE: Doing = {
  emergency: new Set(),
  askedEmergency: new Set(),
  visiting: new Set(),
  load: new Map(),
};
/** Ratings and posts have no stamp of their own: read again after so long. */
const ROSTER_MS = 10 * 60_000;

interface Facts {
  stamp: string;
  detail: string;
  emergency: string[];
  asked: string[];
  visiting: string[];
  resting: string[];
  load: Record<string, number>;
}

/** Who could go, from the database as it is now: one round trip, and the roster only when it has changed. */
export class Recommender {
  readonly #deps: RecommenderDeps;
  #roster: Roster | undefined;

  constructor(deps: RecommenderDeps) {
    this.#deps = deps;
  }

  /** The best, without names: enough to offer. */
  async choose(db: Queryable, errand: Errand, nowMs: number): Promise<Choice> {
    if (errand.booked !== undefined) return this.#plan(db, errand, errand.booked, nowMs);
    const [need] = await readNeeds(db, [errand]);
    const { roster, doing } = await this.#read(db, nowMs);
    if (need === undefined) throw new Error('no answer about a home');
    const { people, wanted } = narrowed(roster.people, need, errand);
    const { takeable } = errand;
    const askedEmergency = new Set(
      [...doing.askedEmergency].filter((caregiverId) => takeable?.has(caregiverId) !== true),
    );
    const situation = {
      need: wanted,
      doing: { ...doing, askedEmergency },
      nowMs,
      local: this.#deps.local(nowMs),
    };
    const routed = await this.#routed(people, situation, MOST_ROUTED);
    return choose(people, { ...wanted, ...routed }, situation.doing, nowMs, situation.local);
  }

  /** The ways of those who could go, where there is somebody to ask for them. */
  async #routed(
    people: readonly Person[],
    situation: Situation,
    most: number,
  ): Promise<Pick<Need, 'routed'>> {
    const { travelTimes } = this.#deps;
    const { place } = situation.need;
    if (travelTimes === undefined || place === null) return {};
    const near = nearestFit(people, situation, most);
    const minutes = await travelTimes.to(
      place,
      near.flatMap(({ caregiverId, place: at, vehicle }) =>
        at === null ? [] : [{ id: caregiverId, place: at, vehicle: modeOf(vehicle) }],
      ),
    );
    return {
      routed: new Map(
        near.flatMap(({ caregiverId, vehicle }) => {
          const way = minutes.get(caregiverId);
          return way === undefined ? [] : [[caregiverId, Math.round((way + onceMin(vehicle)) * 10) / 10]];
        }),
      ),
    };
  }

  /** What keeps a caregiver from a booked visit; see `bookingObstacles`. */
  obstacles(
    tx: Queryable,
    caregiverId: string,
    errand: Errand,
    booked: Booked,
    nowMs: number,
  ): Promise<string[] | undefined> {
    return bookingObstacles(tx, caregiverId, errand, booked, { nowMs, local: this.#deps.local });
  }

  async #plan(db: Queryable, errand: Errand, booked: Booked, nowMs: number): Promise<Choice> {
    const { roster } = await this.#read(db, nowMs);
    const facts = await readPlanFacts(db, booked.fromMs, nowMs, this.#deps.local);
    return planVisit(roster.people, await readBooking(db, errand, booked, facts), facts);
  }

  /** Who goes where, for many errands solved together; answers in their order. */
  async assign(
    db: Queryable,
    errands: readonly (Errand & { priority: number })[],
    nowMs: number,
  ): Promise<Given[]> {
    const needs = await readNeeds(db, errands);
    const { roster, doing } = await this.#read(db, nowMs);
    const moment = { doing, nowMs, local: this.#deps.local(nowMs) };
    const wanted = needs.map((need, i) => ({ need, priority: errands[i]?.priority ?? 4 }));
    if (this.#deps.travelTimes !== undefined)
      await Promise.all(
        wanted
          .toSorted((a, b) => a.priority - b.priority)
          .slice(0, ROUTED_NEEDS)
          .map(async (item) => {
            const routed = await this.#routed(roster.people, { ...moment, need: item.need }, ROUTED_EACH);
            item.need = { ...item.need, ...routed };
          }),
      );
    return assignErrands(roster.people, wanted, moment);
  }

  async #read(db: Queryable, nowMs: number): Promise<{ doing: Doing; roster: Roster }> {
    const facts = await readFacts(db, nowMs);
    return {
      roster: await this.#rosterOf(db, facts, nowMs),
      doing: {
        emergency: new Set(facts.emergency),
        askedEmergency: new Set(facts.asked),
        visiting: new Set(facts.visiting),
        resting: new Set(facts.resting),
        load: new Map(Object.entries(facts.load)),
      },
    };
  }

  /** `atMs`: at another time than now, with everybody free for all that is known. */
  async recommend(db: Queryable, errand: Errand, nowMs: number, atMs?: number): Promise<Recommendation> {
    const [need] = await readNeeds(db, [errand]);
    if (need === undefined) throw new Error('no answer about a home');
    const { doing, roster } = await this.#read(db, nowMs);
    const { people, wanted } = narrowed(roster.people, need, errand);
    const then = atMs ?? nowMs;
    const free = atMs === undefined ? doing : FREE;
    const situation = { need: wanted, doing: free, nowMs: then, local: this.#deps.local(then) };
    const routed = await this.#routed(people, situation, MOST_ROUTED);
    const ranking = rank(people, { ...wanted, ...routed }, free, then, situation.local);
    const { personal } = roster;
    const named = ({ person, travel }: Ranking['rejected'][number] | Ranking['candidates'][number]) => ({
      caregiverId: person.caregiverId,
      name: this.#name(personal.get(person.caregiverId)),
      role: person.role,
      stars: person.stars,
      distanceM: travel?.distanceM ?? null,
      travelMinutes: travel?.minutes ?? null,
    });
    return {
      candidates: ranking.candidates.map((item) => ({
        ...named(item),
        cost: item.cost,
        reasons: item.reasons,
      })),
      rejected: ranking.rejected.map((item) => {
        const { caregiverId, name, role } = named(item);
        return { caregiverId, name, role, reasons: item.reasons };
      }),
      shortfalls: ranking.shortfalls,
    };
  }

  async #rosterOf(db: Queryable, facts: Facts, nowMs: number): Promise<Roster> {
    const held = this.#roster;
    const fresh = held !== undefined && Math.abs(nowMs - held.readAtMs) < ROSTER_MS;
    if (fresh && held.stamp === facts.stamp && held.detail === facts.detail) return held;
    return (this.#roster = await readRoster(db, nowMs));
  }

  #name(personal: Uint8Array | undefined): string {
    try {
      return personal === undefined ? '' : this.#deps.nameOf(personal);
    } catch {
      // A name that cannot be opened must not keep anybody from being sent.
      return '';
    }
  }
}

/** A policy that names a role and a ring means these, whatever the kind of alarm would call for. */
function narrowed(
  people: readonly Person[],
  need: Need,
  { among }: Errand,
): { people: readonly Person[]; wanted: Need } {
  if (among === undefined) return { people, wanted: need };
  const network = need.household?.network ?? { street: '', community: '' };
  const those = people.filter(
    ({ role, post }) => role === among.role && isWithinRing(post, network, among.ring),
  );
  return {
    people: those,
    wanted: { ...need, fit: { first: those.slice(0, 1).map(({ role }) => role), second: [] } },
  };
}

/** In the order of the errands. */
async function readNeeds(db: Queryable, errands: readonly Errand[]): Promise<Need[]> {
  const { rows } = await db.query<{
    lat: number | null;
    lon: number | null;
    languages: string[];
    familiar: string[];
    street: string | null;
    community: string | null;
    post_id: string | null;
    key_holders: string[] | null;
    wishes: Partial<Wishes>[];
  }>({
    name: 'recommendation_needs',
    text: `
      select h.lat, h.lon, h.street, h.community, h.key_holders,
        (select o.id from organisations o
         where o.level = 'post' and o.retired_at is null and o.street = h.street and o.community = h.community
           and h.community <> ''
         order by (o.lat - h.lat) ^ 2 + ((o.lon - h.lon) * cos(radians(h.lat))) ^ 2, o.id limit 1) as post_id,
        array(select r.wishes from residents r where r.home_id = w.id and r.retired_at is null) as wishes,
        array(select distinct l from residents r, unnest(r.languages) l
              where r.home_id = w.id and r.retired_at is null) as languages,
        array(select distinct caregiver_id from orders
              where home_id = w.id and state = 'completed' and caregiver_id is not null) as familiar
      from unnest($1::text[]) with ordinality w (id, no) left join homes h on h.id = w.id order by w.no`,
    values: [errands.map((errand) => errand.homeId)],
  });
  return errands.map((errand, i): Need => {
    const row = rows[i];
    if (row === undefined) throw new Error('no answer about a home');
    const { lat, lon } = row;
    return {
      fit: roleFit(errand.kind, errand.service),
      skill: errand.service,
      emergency: errand.emergency,
      place: lat === null || lon === null ? null : { lat, lon },
      languages: row.languages,
      familiar: new Set(row.familiar),
      asked: errand.asked,
      household: {
        keyHolders: new Set(row.key_holders),
        preferred: new Set(row.wishes.flatMap((wishes) => wishes.preferred ?? [])),
        avoided: new Set(row.wishes.flatMap((wishes) => wishes.avoided ?? [])),
        gender: row.wishes.find((wishes) => wishes.gender !== undefined)?.gender ?? null,
        network: { street: row.street ?? '', community: row.community ?? '', postId: row.post_id },
      },
    };
  });
}

async function readFacts(db: Queryable, nowMs: number): Promise<Facts> {
  const { rows } = await db.query<Facts>({
    name: 'recommendation_facts',
    text: `
      select ${ROSTER_STAMPS},
        array(select caregiver_id from orders
              where emergency and state in ('accepted', 'en_route', 'on_scene') and caregiver_id is not null) as emergency,
        array(select caregiver_id from offers where emergency and outcome is null) as asked,
        array(select caregiver_id from orders
              where not emergency and state in ('accepted', 'en_route', 'on_scene')
                and caregiver_id is not null and (scheduled_at is null or scheduled_at <= $2)) as visiting,
        (select coalesce(jsonb_object_agg(caregiver_id, n), '{}') from
          (select caregiver_id, count(*) as n from orders
           where created_at > $1 and caregiver_id is not null group by 1) recent) as load,
        array(select caregiver_id from visits where ended_at > $3 group by 1
              having sum(minutes) >= coalesce(
                (select (body ->> 'maxMinutesPerDay')::int from rules where name = 'rest' and from_date <= $4
                 order by from_date desc limit 1), $5)) as resting`,
    values: [
      new Date(nowMs - LOAD_MS),
      new Date(nowMs + 3_600_000),
      new Date(nowMs - DAY_MS),
      new Date(nowMs),
      STANDARD_RULES.rest.maxMinutesPerDay,
    ],
  });
  const [facts] = rows;
  if (facts === undefined) throw new Error('no facts for a recommendation');
  return facts;
}
