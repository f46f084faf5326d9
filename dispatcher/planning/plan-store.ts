import type { Queryable } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Service } from '../../schemas/channels.ts';
import type { CaregiverRole } from '../../schemas/registry.ts';
import type { PlanningRule } from '../../schemas/rules.ts';
import type { Place } from '../lifecycle/place.ts';
import type { Scores } from '../rating/standing.ts';
import type { Errand } from '../recommendation/recommender.ts';
import { roleFit } from '../recommendation/role-fit.ts';
import type { LocalMinute } from '../recommendation/shift.ts';
import { ruleOn } from '../rules/rules.ts';
import type { Booking, Entry, PlanFacts } from './plan-visit.ts';

/** That an order is for a time, and not for now. */
export interface Booked {
  orderId: string;
  fromMs: number;
  /** null: as the rule has it for the service. */
  durationMin: number | null;
  /** Only this role; null: whoever is fit for the service. */
  role: CaregiverRole | null;
  /** By telephone: nobody goes anywhere. */
  byCall?: boolean;
}

/** What is further from a visit than this does not bear on it. */
const NEAR_MS = 36 * 3_600_000;
const MIN_MS = 60_000;

export const durationOf = (service: Service, said: number | null, rule: PlanningRule): number =>
  said ?? rule.durationMin[service] ?? rule.otherwiseMin;

/** The rules of the day, and what the people have in their diaries around it. */
export async function readPlanFacts(
  db: Queryable,
  fromMs: number,
  nowMs: number,
  local: (ms: number) => LocalMinute,
  caregiverId: string | null = null,
): Promise<PlanFacts> {
  const date = local(fromMs).date ?? toIso(fromMs).slice(0, 10);
  const planning = await ruleOn(db, 'planning', date);
  return {
    planning,
    rest: await ruleOn(db, 'rest', date),
    rating: await ruleOn(db, 'rating', date),
    local,
    diaries: Map.groupBy(
      await entriesAround(db, { fromMs, nowMs, planning, caregiverId }),
      (entry) => entry.caregiverId,
    ),
    ...(await readPeople(db, caregiverId)),
  };
}

async function readPeople(
  db: Queryable,
  caregiverId: string | null,
): Promise<Pick<PlanFacts, 'genders' | 'scores'>> {
  const { rows } = await db.query<{ id: string; gender: string | null } & Scores>({
    name: 'plan_people',
    text: `select c.id, c.gender, coalesce(s.count, 0)::int as count, coalesce(s.sum, 0)::float8 as sum
           from caregivers c left join (
             select v.caregiver_id, count(*) as count, sum(r.score) as sum
             from visits v join ratings r on r.order_id = v.order_id group by 1
           ) s on s.caregiver_id = c.id
           where c.retired_at is null and ($1::text is null or c.id = $1)`,
    values: [caregiverId],
  });
  return {
    genders: new Map(rows.map((row) => [row.id, row.gender])),
    scores: new Map(rows.map(({ id, count, sum }) => [id, { count, sum }])),
  };
}

export interface DiaryEntry extends Entry {
  caregiverId: string;
  homeId: string;
  service: Service;
  state: string;
  /** Asked and not answered. */
  tentative: boolean;
  means: 'visit' | 'call';
  /** What the regular visit is called. */
  title: string | null;
}

interface EntryRow {
  means: 'visit' | 'call' | null;
  title: string | null;
  id: string;
  caregiver_id: string;
  home_id: string;
  service: Service;
  state: string;
  tentative: boolean;
  begins: Date | null;
  arrived: string | null;
  ended: Date | null;
  minutes: number | null;
  lat: number | null;
  lon: number | null;
}

/** What people have to do, have done and are asked for, within 36 hours of the moment. */
export async function entriesAround(
  db: Queryable,
  q: { fromMs: number; nowMs: number; planning: PlanningRule; caregiverId: string | null },
): Promise<DiaryEntry[]> {
  const { rows } = await db.query<EntryRow>({
    name: 'plan_diary',
    text: `select w.id, w.caregiver_id, o.home_id, o.service, o.state, w.tentative,
        coalesce(o.scheduled_at, (o.doc ->> 'acceptedAt')::timestamptz, o.created_at) as begins,
        o.doc ->> 'arrivedAt' as arrived, w.ended, (o.doc ->> 'durationMin')::int as minutes, h.lat, h.lon,
        o.doc ->> 'means' as means, case when o.doc ? 'planId' then o.doc ->> 'note' end as title
      from (
        select id, caregiver_id, false as tentative, null::timestamptz as ended
        from orders where state in ('accepted', 'en_route', 'on_scene') and caregiver_id is not null
        union all
        select order_id, caregiver_id, false, ended_at from visits where ended_at > $1 and began_at < $2
        union all
        select f.order_id, f.caregiver_id, true, null from offers f where f.outcome is null
      ) w
      join orders o on o.id = w.id left join homes h on h.id = o.home_id
      where $3::text is null or w.caregiver_id = $3`,
    values: [toIso(q.fromMs - NEAR_MS), toIso(q.fromMs + NEAR_MS), q.caregiverId],
  });
  return rows
    .map((row) => entryOf(row, q))
    .filter((entry) => entry.toMs > q.fromMs - NEAR_MS && entry.fromMs < q.fromMs + NEAR_MS);
}

function entryOf(row: EntryRow, q: { nowMs: number; planning: PlanningRule }): DiaryEntry {
  const fromMs = row.arrived === null ? (row.begins?.getTime() ?? q.nowMs) : Date.parse(row.arrived);
  const plannedMs = fromMs + durationOf(row.service, row.minutes, q.planning) * MIN_MS;
  // Whoever is still there is busy at least until now.
  const toMs = row.ended?.getTime() ?? (row.state === 'on_scene' ? Math.max(plannedMs, q.nowMs) : plannedMs);
  return {
    orderId: row.id,
    caregiverId: row.caregiver_id,
    homeId: row.home_id,
    service: row.service,
    state: row.state,
    tentative: row.tentative,
    fromMs,
    toMs,
    means: row.means ?? 'visit',
    title: row.title,
    place: row.means === 'call' ? null : placeOf(row),
  };
}

const placeOf = ({ lat, lon }: { lat: number | null; lon: number | null }): Place | null =>
  lat === null || lon === null ? null : { lat, lon };

export async function readBooking(
  db: Queryable,
  errand: Errand,
  booked: Booked,
  { planning }: PlanFacts,
): Promise<Booking> {
  const { rows } = await db.query<{
    lat: number | null;
    lon: number | null;
    languages: string[];
    genders: string[];
    preferred: string[];
    avoided: string[];
    familiar: string[];
  }>({
    name: 'plan_home',
    text: `select h.lat, h.lon,
        array(select distinct l from residents r, unnest(r.languages) l
              where r.home_id = h.id and r.retired_at is null) as languages,
        array(select distinct r.wishes ->> 'gender' from residents r
              where r.home_id = h.id and r.retired_at is null and r.wishes ? 'gender') as genders,
        array(select distinct x from residents r, jsonb_array_elements_text(r.wishes -> 'preferred') x
              where r.home_id = h.id and r.retired_at is null) as preferred,
        array(select distinct x from residents r, jsonb_array_elements_text(r.wishes -> 'avoided') x
              where r.home_id = h.id and r.retired_at is null) as avoided,
        array(select distinct caregiver_id from visits where home_id = h.id) as familiar
      from homes h where h.id = $1`,
    values: [errand.homeId],
  });
  const home = rows[0];
  return {
    orderId: booked.orderId,
    fromMs: booked.fromMs,
    toMs: booked.fromMs + durationOf(errand.service, booked.durationMin, planning) * MIN_MS,
    place: home === undefined || booked.byCall === true ? null : placeOf(home),
    fit: booked.role === null ? roleFit(errand.kind, errand.service) : { first: [booked.role], second: [] },
    skill: errand.service,
    languages: home?.languages ?? [],
    // Two residents who wish differently wish nothing together.
    wishes: {
      gender: home?.genders.length === 1 ? (home.genders[0] ?? null) : null,
      preferred: home?.preferred ?? [],
      avoided: home?.avoided ?? [],
    },
    familiar: new Set(home?.familiar ?? []),
    asked: errand.asked,
  };
}

/** Nobody is put into two places at once by two people at the same moment: who writes into a diary holds it. */
export async function holdDiary(tx: Queryable, caregiverId: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('diary ' || $1, 0))`, [caregiverId]);
}
