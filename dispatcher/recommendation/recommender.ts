import type { Queryable } from '../../platform/database.ts';
import type { AlertKind } from '../../schemas/alert.ts';
import type { Service } from '../../schemas/channels.ts';
import type { Recommendation } from '../ports.ts';
import { type Doing, type Need, rank, type Ranking } from './rank.ts';
import { roleFit } from './role-fit.ts';
import { readRoster, type Roster, ROSTER_STAMPS } from './roster.ts';
import type { LocalMinute } from './shift.ts';

/** What somebody is wanted for. */
export interface Errand {
  homeId: string;
  /** Of the alert that it is for; null: asked for without one. */
  kind: AlertKind | null;
  service: Service;
  emergency: boolean;
  /** Who must not be asked (again), with the reason. */
  asked: ReadonlyMap<string, string>;
}

export interface RecommenderDeps {
  local(ms: number): LocalMinute;
  /** The name out of a caregiver's sealed personal fields. */
  nameOf(personal: Uint8Array): string;
}

/** Orders of so long count as load. */
const LOAD_MS = 12 * 3_600_000;
const HURRIED_MS = 2_000;

interface Facts {
  stamp: string;
  detail: string;
  lat: number | null;
  lon: number | null;
  languages: string[];
  familiar: string[];
  emergency: string[];
  asked: string[];
  visiting: string[];
  load: Record<string, number>;
}

/** Who could go, from the database as it is now: one round trip, and the roster only when it has changed. */
export class Recommender {
  readonly #deps: RecommenderDeps;
  #roster: Roster | undefined;

  constructor(deps: RecommenderDeps) {
    this.#deps = deps;
  }

  /** Ranked, without names: enough to offer. `hurried`: in a burst, with places of up to 2 s ago. */
  async rank(db: Queryable, errand: Errand, nowMs: number, hurried = false): Promise<Ranking> {
    const facts = await readFacts(db, errand, nowMs);
    const roster = await this.#rosterOf(db, facts, nowMs, hurried);
    const need: Need = {
      fit: roleFit(errand.kind, errand.service),
      skill: errand.service,
      emergency: errand.emergency,
      place: facts.lat === null || facts.lon === null ? null : { lat: facts.lat, lon: facts.lon },
      languages: facts.languages,
      familiar: new Set(facts.familiar),
      asked: errand.asked,
    };
    const doing: Doing = {
      emergency: new Set(facts.emergency),
      askedEmergency: new Set(facts.asked),
      visiting: new Set(facts.visiting),
      load: new Map(Object.entries(facts.load)),
    };
    return rank(roster.people, need, doing, nowMs, this.#deps.local(nowMs));
  }

  async recommend(db: Queryable, errand: Errand, nowMs: number): Promise<Recommendation> {
    const ranking = await this.rank(db, errand, nowMs);
    const personal = this.#roster?.personal;
    const named = ({ person, travel }: Ranking['rejected'][number] | Ranking['candidates'][number]) => ({
      caregiverId: person.caregiverId,
      name: this.#name(personal?.get(person.caregiverId)),
      role: person.role,
      stars: person.stars,
      distanceM: travel?.distanceM ?? null,
      travelMinutes: travel?.minutes ?? null,
    });
    return {
      candidates: ranking.candidates
        .slice(0, MOST_CANDIDATES)
        .map((item) => ({ ...named(item), cost: item.cost, reasons: item.reasons })),
      rejected: ranking.rejected.map((item) => {
        const { caregiverId, name, role } = named(item);
        return { caregiverId, name, role, reasons: item.reasons };
      }),
      shortfalls: ranking.shortfalls,
    };
  }

  async #rosterOf(db: Queryable, facts: Facts, nowMs: number, hurried: boolean): Promise<Roster> {
    const held = this.#roster;
    if (held?.stamp === facts.stamp) {
      if (held.detail === facts.detail) return held;
      if (hurried && Math.abs(nowMs - held.readAtMs) < HURRIED_MS) return held;
    }
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

const MOST_CANDIDATES = 50;

async function readFacts(db: Queryable, errand: Errand, nowMs: number): Promise<Facts> {
  const { rows } = await db.query<Facts>({
    name: 'recommendation_facts',
    text: `
      select ${ROSTER_STAMPS}, h.lat, h.lon,
        array(select distinct l from residents r, unnest(r.languages) l
              where r.home_id = $1 and r.retired_at is null) as languages,
        array(select distinct caregiver_id from orders
              where home_id = $1 and state = 'completed' and caregiver_id is not null) as familiar,
        array(select caregiver_id from orders
              where emergency and state in ('accepted', 'en_route', 'on_scene') and caregiver_id is not null) as emergency,
        array(select caregiver_id from offers where emergency and outcome is null) as asked,
        array(select caregiver_id from orders
              where not emergency and state in ('accepted', 'en_route', 'on_scene')
                and caregiver_id is not null and (scheduled_at is null or scheduled_at <= $3)) as visiting,
        (select coalesce(jsonb_object_agg(caregiver_id, n), '{}') from
          (select caregiver_id, count(*) as n from orders
           where created_at > $2 and caregiver_id is not null group by 1) recent) as load
      from (values (1)) one (one) left join homes h on h.id = $1`,
    values: [errand.homeId, new Date(nowMs - LOAD_MS), new Date(nowMs + 3_600_000)],
  });
  const [facts] = rows;
  if (facts === undefined) throw new Error('no facts for a recommendation');
  return facts;
}
