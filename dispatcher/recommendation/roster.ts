import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';
import { CAREGIVER_ROLES, VEHICLES, weeklySchema } from '../../schemas/registry.ts';
import { toIso } from '../../schemas/ids.ts';
import { standing, standingMinutes } from '../rating/standing.ts';
import { ruleOn } from '../rules/rules.ts';
import type { Person } from './rank.ts';
import { minuteOf, type Shift } from './shift.ts';

/** Everybody who could be sent, held in memory between alerts: a burst must not read 4,000 people for each of them. */
export interface Roster {
  /** Who there is, and when on shift: another one, and the roster is read again. */
  stamp: string;
  /** What else may have changed about them, most of all where they are: in a burst read again only now and then. */
  detail: string;
  readAtMs: number;
  people: readonly Person[];
  /** Sealed name and phone, by caregiver. */
  personal: ReadonlyMap<string, Uint8Array>;
}

/**
 * Change with every insert, update and retirement, for every registry row counts its version up. Read in the same
 * statement as the rest of what a recommendation needs.
 */
export const ROSTER_STAMPS = `
  concat_ws('/', (select concat_ws(',', count(*), count(retired_at)) from caregivers),
                 (select concat_ws(',', count(*), sum(version), count(retired_at)) from shifts)) as stamp,
  (select concat_ws(',', sum(version), max(located_at)) from caregivers) as detail`;

/** Ratings of so long count. */
const RATINGS_MS = 365 * 86_400_000;

const rowSchema = z.object({
  id: z.string(),
  role: z.enum(CAREGIVER_ROLES),
  skills: z.array(z.string()),
  stars: z.number(),
  languages: z.array(z.string()),
  lat: z.number().nullable(),
  lon: z.number().nullable(),
  located_at: z.date().nullable(),
  personal: z.instanceof(Uint8Array),
  gender: z.string().nullable(),
  vehicle: z.enum(VEHICLES).nullable(),
  post_id: z.string().nullable(),
  post_street: z.string().nullable(),
  post_community: z.string().nullable(),
  rated: z.number(),
  score_sum: z.number(),
  shifts: z.array(
    z.object({
      from: z.number().nullable(),
      to: z.number().nullable(),
      weekly: weeklySchema.nullable(),
      off: z.boolean(),
    }),
  ),
});

export async function readRoster(db: Queryable, nowMs: number): Promise<Roster> {
  const { rows } = await db.query<{ stamp: string; detail: string }>(
    `
    select ${ROSTER_STAMPS}, c.id, c.role, c.skills, c.stars, c.languages, c.lat, c.lon, c.located_at, c.personal,
      c.gender, c.vehicle, o.id as post_id, o.street as post_street, o.community as post_community,
      coalesce(r.n, 0)::int as rated, coalesce(r.sum, 0)::float8 as score_sum,
      coalesce(s.shifts, '[]') as shifts
    from (values (1)) one (one)
    left join caregivers c on c.retired_at is null
    left join lateral (
      select jsonb_agg(jsonb_build_object('from', extract(epoch from from_at) * 1000,
                                          'to', extract(epoch from to_at) * 1000, 'weekly', weekly, 'off', off)) as shifts
      from shifts where caregiver_id = c.id and retired_at is null
    ) s on true
    left join organisations o on o.id = c.post_id and o.retired_at is null
    left join (
      select v.caregiver_id, count(*) as n, sum(r.score) as sum
      from ratings r join visits v on v.order_id = r.order_id where r.rated_at > $1 group by 1
    ) r on r.caregiver_id = c.id`,
    [new Date(nowMs - RATINGS_MS)],
  );
  const rule = await ruleOn(db, 'rating', toIso(nowMs).slice(0, 10));
  const personal = new Map<string, Uint8Array>();
  const people = rows.flatMap((row): Person[] => {
    const read = rowSchema.safeParse(row);
    if (!read.success) return [];
    const { id, lat, lon, located_at, shifts, ...rest } = read.data;
    personal.set(id, rest.personal);
    return [
      {
        caregiverId: id,
        role: rest.role,
        skills: rest.skills,
        stars: rest.stars,
        languages: rest.languages,
        place: lat === null || lon === null ? null : { lat, lon },
        locatedAtMs: located_at?.getTime() ?? null,
        gender: rest.gender,
        vehicle: rest.vehicle,
        post:
          rest.post_street === null
            ? null
            : {
                street: rest.post_street,
                community: rest.post_community ?? '',
                postId: rest.post_id,
              },
        standingMin: standingMinutes(standing({ count: rest.rated, sum: rest.score_sum }, rule), rule),
        shifts: shifts.map(shiftOf),
      },
    ];
  });
  return { stamp: rows[0]?.stamp ?? '', detail: rows[0]?.detail ?? '', readAtMs: nowMs, people, personal };
}

type StoredShift = z.infer<typeof rowSchema>['shifts'][number];

/** A row of `shifts` as deciding wants it. */
export function shiftOf({ from, to, weekly, off }: StoredShift): Shift {
  if (weekly === null) return { fromMs: from, toMs: to, weekly, off };
  const { days, start, end, except, since, until } = weekly;
  const bounds = {
    ...(except !== undefined && { except }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
  return {
    fromMs: from,
    toMs: to,
    off,
    weekly: { days, startMin: minuteOf(start), endMin: minuteOf(end), ...bounds },
  };
}
