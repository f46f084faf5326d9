import { z } from 'zod';
import type { Queryable, Transaction } from '../../platform/database.ts';
import { serviceSchema } from '../../schemas/channels.ts';
import { idSchema, toIso } from '../../schemas/ids.ts';
import type { Order } from '../../schemas/order.ts';
import { visitMinutes } from '../lifecycle/visit.ts';
import type { RegistryScope } from '../registry/kind.ts';
import { Refused, refuseField } from '../registry/refused.ts';
import { momentIn } from '../reports/period.ts';
import { type Column, number, text } from './columns.ts';
import { SERVICE_WORDS } from './words.ts';

/** Visits of the time before this system, or from another one: they count in reports, and move nothing in the time bank. */
export const visitBody = (timeZone: string) => {
  const moment = z.string().transform((given, ctx): number => {
    const at = momentIn(given, timeZone);
    if (at !== undefined) return at;
    ctx.addIssue({ code: 'custom', message: 'must be a time, as 2024-09-03 08:30 or 2024-09-03T00:30:00Z' });
    return z.NEVER;
  });
  return z.strictObject({
    id: idSchema,
    homeId: idSchema,
    residentId: idSchema.optional(),
    service: serviceSchema,
    caregiverId: idSchema,
    provider: z.string().min(1).max(128).optional(),
    beganAt: moment,
    endedAt: moment,
    score: z.number().min(0).max(10).optional(),
    comment: z.string().max(2000).optional(),
  });
};
export type VisitBody = z.output<ReturnType<typeof visitBody>>;

export const VISIT_COLUMNS: readonly Column[] = [
  text('id', { also: '工单编号|编号' }),
  text('homeId', { also: '住户编号|家庭编号' }),
  text('residentId', { also: '老人编号' }),
  text('service', { also: '服务类型|服务', words: SERVICE_WORDS }),
  text('caregiverId', { also: '人员编号' }),
  text('provider', { also: '服务机构' }),
  text('beganAt', { also: '开始时间' }),
  text('endedAt', { also: '结束时间' }),
  number('score', { also: '满意度|评分' }),
  text('comment', { also: '评价' }),
];

/** Longer is a forgotten sign-out, not a visit. */
const LONGEST_MS = 24 * 3_600_000;

/** Who and where, read once for the whole file. */
export interface KnownPlaces {
  homes: ReadonlyMap<string, { street: string; residents: readonly string[] }>;
  /** Also those who have left; their provider. */
  caregivers: ReadonlyMap<string, string | null>;
}

export async function knownPlaces(db: Queryable, visits: readonly VisitBody[]): Promise<KnownPlaces> {
  const homes = await db.query<{ id: string; street: string; residents: string[] }>(
    `select h.id, h.street, array(select p.id from residents p where p.home_id = h.id) as residents
     from homes h where h.id = any($1)`,
    [[...new Set(visits.map((visit) => visit.homeId))]],
  );
  const caregivers = await db.query<{ id: string; provider: string | null }>(
    'select id, provider from caregivers where id = any($1)',
    [[...new Set(visits.map((visit) => visit.caregiverId))]],
  );
  return {
    homes: new Map(homes.rows.map(({ id, ...home }) => [id, home])),
    caregivers: new Map(caregivers.rows.map(({ id, provider }) => [id, provider])),
  };
}

export async function writePastVisit(
  tx: Transaction,
  visit: VisitBody,
  { homes, caregivers }: KnownPlaces,
  {
    scope,
    by,
    nowAt,
    seal,
  }: { scope: RegistryScope; by: string; nowAt: number; seal(comment: string): Uint8Array },
): Promise<void> {
  const home = homes.get(visit.homeId);
  if (home === undefined || (scope.streets !== null && !scope.streets.includes(home.street)))
    throw refuseField('homeId', `there is no home ${visit.homeId}`);
  const own = caregivers.get(visit.caregiverId);
  if (own === undefined) throw refuseField('caregiverId', `there is no caregiver ${visit.caregiverId}`);
  if (visit.residentId !== undefined && !home.residents.includes(visit.residentId))
    throw refuseField('residentId', `${visit.residentId} does not live in ${visit.homeId}`);
  const { beganAt, endedAt } = visit;
  if (endedAt <= beganAt) throw refuseField('endedAt', 'must be after beganAt');
  if (endedAt - beganAt > LONGEST_MS) throw refuseField('endedAt', 'is more than a day after beganAt');
  if (endedAt > nowAt) throw refuseField('endedAt', 'lies in the future');
  const order = orderOf(visit, home.street);
  // One round trip: thousands of visits are one file.
  const { rowCount } = await tx.query({
    name: 'past_visit',
    text: `with made as (
        insert into orders (id, home_id, resident_id, street, service, emergency, state, caregiver_id, created_at, version, doc, work)
        values ($1, $2, $3, $4, $5, false, 'completed', $6, $7, 1, $8, $9) on conflict (id) do nothing returning id
      ), visited as (
        insert into visits (order_id, service, home_id, resident_id, caregiver_id, provider, street, began_at, ended_at, minutes)
        select id, $5, $2, $3, $6, $10, $4, $7, $11, $12 from made returning order_id
      ), rated as (
        insert into ratings (order_id, score, sealed_comment, rated_at, rated_by)
        select order_id, $13::numeric, $14::bytea, $11, $15 from visited where $13::numeric is not null
      ) select from visited`,
    values: [
      order.id,
      order.homeId,
      order.residentId,
      order.street,
      order.service,
      order.caregiverId,
      toIso(beganAt),
      JSON.stringify(order),
      JSON.stringify({ origin: 'request', by, acceptWithinMs: 0, overdue: 0 }),
      visit.provider ?? own,
      toIso(endedAt),
      order.visit?.minutes,
      visit.score ?? null,
      visit.comment === undefined ? null : seal(visit.comment),
      by,
    ],
  });
  if (rowCount !== 1) throw new Refused('exists', `the id ${visit.id} is taken`);
}

function orderOf(visit: VisitBody, street: string): Order {
  const [begin, end] = [toIso(visit.beganAt), toIso(visit.endedAt)];
  return {
    id: visit.id,
    alertId: null,
    homeId: visit.homeId,
    residentId: visit.residentId ?? null,
    service: visit.service,
    state: 'completed',
    caregiverId: visit.caregiverId,
    offers: [],
    scheduledAt: null,
    createdAt: begin,
    acceptedAt: begin,
    departedAt: null,
    arrivedAt: begin,
    completedAt: end,
    cancelledAt: null,
    cancelReason: null,
    note: null,
    visit: {
      beganAt: begin,
      endedAt: end,
      minutes: visitMinutes(visit.beganAt, visit.endedAt),
      place: null,
    },
    rating: visit.score === undefined ? null : { score: visit.score, comment: null, at: end },
    emergency: false,
    street,
    version: 1,
  };
}
