import type { Queryable, Transaction } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Order } from '../../schemas/order.ts';
import { orderDeadlineMs } from '../lifecycle/order-deadline.ts';
import type { OrderRecord, OrderWork } from '../lifecycle/order-record.ts';
import type { Place } from '../lifecycle/place.ts';
import { OrderWriteConflict } from '../transact.ts';
import { depositVisit } from '../ledger/ledger.ts';

interface Row {
  doc: Order;
  work: OrderWork;
}

/** Writes the orders, their offers and their outbox rows. Gives when the engine must look at each of them again. */
export async function writeOrders(
  tx: Transaction,
  records: readonly OrderRecord[],
  now: number,
): Promise<(number | null)[]> {
  if (records.length === 0) return [];
  const deadlinesMs = records.map((record) => orderDeadlineMs(record, now));
  const changes = records.map(({ order, work }, i) => {
    const deadlineMs = deadlinesMs[i] ?? null;
    return { doc: withoutComment(order), work, deadlineAt: deadlineMs === null ? null : toIso(deadlineMs) };
  });
  const { rows } = await tx.query<{ written: number }>({
    name: 'orders_write',
    text: 'select orders_write($1, $2) as written',
    values: [JSON.stringify(changes), new Date(now)],
  });
  if (rows[0]?.written !== records.length)
    throw new OrderWriteConflict('an order was changed without its lock');
  return deadlinesMs;
}

/** What is said with a score is kept sealed, beside it; see `writeRating`. */
const withoutComment = (order: Order): Order =>
  order.rating === null ? order : { ...order, rating: { ...order.rating, comment: null } };

/** Only when the engine must look again: no change of the order. */
export async function moveOrderDeadline(
  tx: Transaction,
  record: OrderRecord,
  now: number,
): Promise<number | null> {
  const deadlineMs = orderDeadlineMs(record, now);
  await tx.query({
    name: 'order_deadline',
    text: 'update orders set deadline_at = $2 where id = $1',
    values: [record.order.id, deadlineMs === null ? null : new Date(deadlineMs)],
  });
  return deadlineMs;
}

/** Locks the order's row; its alert, if it has one, must be locked before. */
export async function lockOrder(tx: Transaction, id: string, wait = true): Promise<OrderRecord | undefined> {
  const { rows } = await tx.query<Row>({
    name: wait ? 'order_lock' : 'order_lock_skip',
    text: `select doc, work from orders where id = $1 for update${wait ? '' : ' skip locked'}`,
    values: [id],
  });
  const [row] = rows;
  return row && { order: row.doc, work: row.work };
}

/** undefined: no such order; null: it has no alert. Never changes, so it needs no lock. */
export async function alertOfOrder(db: Queryable, id: string): Promise<string | null | undefined> {
  const { rows } = await db.query<{ alert_id: string | null }>({
    name: 'order_alert',
    text: 'select alert_id from orders where id = $1',
    values: [id],
  });
  return rows[0] && rows[0].alert_id;
}

export interface Claim {
  id: string;
  orderId: string;
  caregiverId: string;
  emergency: boolean;
  /** ISO 8601. */
  expiresAt: string;
}

/**
 * Takes people for offers, before anything else is decided on them: whoever has just been asked about another
 * emergency is not had (I11; the unique index decides, under any concurrency). Gives the ids of the offers that were.
 */
export async function claimOffers(
  tx: Transaction,
  claims: readonly Claim[],
  now: number,
): Promise<Set<string>> {
  if (claims.length === 0) return new Set();
  const { rows } = await tx.query<{ id: string }>({
    name: 'offers_claim',
    text: 'select offers_claim($1, $2) as id',
    values: [JSON.stringify(claims), new Date(now)],
  });
  return new Set(rows.map((row) => row.id));
}

export interface OpenOffer {
  offerId: string;
  orderId: string;
  /** null: the order has no alert. */
  alertId: string | null;
}

/** The emergency that somebody is being asked about, if any: there is at most one (I11). */
export async function openEmergencyOffer(db: Queryable, caregiverId: string): Promise<OpenOffer | undefined> {
  const { rows } = await db.query<{ id: string; order_id: string; alert_id: string | null }>({
    name: 'open_emergency_offer',
    text: `select f.id, f.order_id, o.alert_id from offers f join orders o on o.id = f.order_id
           where f.caregiver_id = $1 and f.emergency and f.outcome is null`,
    values: [caregiverId],
  });
  const [row] = rows;
  return row && { offerId: row.id, orderId: row.order_id, alertId: row.alert_id };
}

/** The person is free for another offer at once: the order's own row is written at the end of the transaction. */
export async function endOfferNow(
  tx: Transaction,
  offerId: string,
  reason: string,
  now: number,
): Promise<void> {
  await tx.query({
    name: 'offer_end',
    text: `update offers set outcome = 'withdrawn', ended_at = $2, reason = $3 where id = $1 and outcome is null`,
    values: [offerId, new Date(now), reason],
  });
}

/** Somebody has another emergency order in hand. */
export async function hasEmergencyOrder(
  tx: Transaction,
  caregiverId: string,
  butOrderId: string,
): Promise<boolean> {
  const { rows } = await tx.query({
    name: 'emergency_order',
    text: `select 1 from orders where caregiver_id = $1 and id <> $2 and emergency
           and state in ('accepted', 'en_route', 'on_scene')`,
    values: [caregiverId, butOrderId],
  });
  return rows.length > 0;
}

export interface CaregiverFacts {
  role: string;
  provider: string | null;
}

/** undefined: no such caregiver, or retired. */
export async function caregiverFacts(db: Queryable, id: string): Promise<CaregiverFacts | undefined> {
  const { rows } = await db.query<CaregiverFacts>({
    name: 'caregiver_facts',
    text: 'select role, provider from caregivers where id = $1 and retired_at is null',
    values: [id],
  });
  return rows[0];
}

/** For whom a caregiver worked, also one who has left since. */
export async function providerOf(db: Queryable, caregiverId: string): Promise<string | null> {
  const { rows } = await db.query<{ provider: string | null }>({
    name: 'provider_of',
    text: 'select provider from caregivers where id = $1',
    values: [caregiverId],
  });
  return rows[0]?.provider ?? null;
}

export interface HomeFactsRow {
  street: string;
  place: Place | null;
  /** Of the one resident; null if there are several, or none. */
  residentId: string | null;
  residentIds: string[];
}

export async function homeFacts(db: Queryable, homeId: string): Promise<HomeFactsRow | undefined> {
  const { rows } = await db.query<{
    street: string;
    lat: number | null;
    lon: number | null;
    residents: string[];
  }>({
    name: 'home_facts',
    text: `select street, lat, lon,
             array(select id from residents where home_id = $1 and retired_at is null order by id) as residents
           from homes where id = $1 and retired_at is null`,
    values: [homeId],
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  const { street, lat, lon, residents } = row;
  return {
    street,
    place: lat === null || lon === null ? null : { lat, lon },
    residentId: residents.length === 1 ? (residents[0] ?? null) : null,
    residentIds: residents,
  };
}

/**
 * The visit's row, with its six elements: service, recipient, provider, date, place, begin and end; and a volunteer's
 * minutes in the time bank. Both once.
 */
export async function writeVisit(
  tx: Transaction,
  order: Order,
  provider: string | null,
  /** Sealed. */
  notes: Uint8Array | null,
): Promise<void> {
  const { visit, caregiverId } = order;
  if (visit === null || visit.endedAt === null || caregiverId === null)
    throw new Error(`order ${order.id} has no visit that has ended`);
  await tx.query({
    name: 'visit_write',
    text: `insert into visits (order_id, service, home_id, resident_id, caregiver_id, provider, street, began_at,
             ended_at, minutes, place, notes)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (order_id) do nothing`,
    values: [
      order.id,
      order.service,
      order.homeId,
      order.residentId,
      caregiverId,
      provider,
      order.street,
      visit.beganAt,
      visit.endedAt,
      visit.minutes,
      visit.place === null ? null : JSON.stringify(visit.place),
      notes,
    ],
  });
  await depositVisit(tx, {
    orderId: order.id,
    caregiverId,
    minutes: visit.minutes ?? 1,
    completedAt: Date.parse(visit.endedAt),
  });
}

export async function writeRating(
  tx: Transaction,
  order: Order,
  by: string,
  /** Sealed. */
  comment: Uint8Array | null,
): Promise<void> {
  if (order.rating === null) throw new Error(`order ${order.id} has no rating`);
  const { score, at } = order.rating;
  await tx.query({
    name: 'rating_write',
    text: `insert into ratings (order_id, score, sealed_comment, rated_at, rated_by) values ($1, $2, $3, $4, $5)
           on conflict (order_id) do update set score = excluded.score, comment = null,
             sealed_comment = excluded.sealed_comment, rated_at = excluded.rated_at, rated_by = excluded.rated_by`,
    values: [order.id, score, comment, at, by],
  });
}

/** What was said with the score, sealed; null: nothing. */
export async function sealedComment(db: Queryable, orderId: string): Promise<Uint8Array | null> {
  const { rows } = await db.query<{ sealed_comment: Uint8Array | null }>({
    name: 'rating_comment',
    text: 'select sealed_comment from ratings where order_id = $1',
    values: [orderId],
  });
  return rows[0]?.sealed_comment ?? null;
}
