import type { NewId } from '../../platform/ids.ts';
import type { Queryable } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Alert, AlertKind } from '../../schemas/alert.ts';
import type { Order } from '../../schemas/order.ts';
import type { Service } from '../../schemas/channels.ts';
import { HANDED_OVER } from '../lifecycle/hand-over.ts';
import { offer } from '../lifecycle/offers.ts';
import { type OrderRecord, type OrderWork, openOffers, waitsForSomebody } from '../lifecycle/order-record.ts';
import { caregiverFacts, claimOffers, hasEmergencyOrder } from '../orders/order-store.ts';
import { bookedOf } from '../planning/planner.ts';
import type { Choice } from '../recommendation/rank.ts';
import type { Errand } from '../recommendation/recommender.ts';
import { serviceOfKind } from '../recommendation/role-fit.ts';
import type { Travel } from '../recommendation/travel.ts';
import type { Among } from '../escalation/escalation.ts';
import type { LocalMinute } from '../recommendation/shift.ts';
import type { CaseFile } from './case-file.ts';
import { takeBackFor } from './take-back.ts';

export interface OfferDeps {
  recommender: { choose(db: Queryable, errand: Errand, nowMs: number): Promise<Choice> };
  newId: NewId;
  /** Names of the channels by which people outside the pages are told. */
  channels: readonly string[];
  /** Those of them by which an offer goes out. */
  offerChannels: readonly string[];
  /** Whether somebody at a desk could answer for that street. */
  attended(street: string): boolean;
  /** A call has waited for an answer since then, in vain. */
  unanswered(street: string, sinceMs: number): void;
  /** Civil time: shifts and quiet hours are in it. */
  local(ms: number): LocalMinute;
  /** Of a burst: what was decided and claimed for all of it together, by alert. */
  planned?: ReadonlyMap<string, Planned>;
}

/** Somebody has been found and claimed for the alert's next offer, or there is nobody. */
export type Planned =
  { orderId: string; offerId: string; caregiverId: string; note: string | null } | { shortfalls: string[] };

/** Somebody who let an offer run out is not asked about the same thing again for so long. */
const ASK_AGAIN_MS = 5 * 60_000;
/** So many of the ranking may have been taken by others in the meantime before it is done anew. */
const TRIES = 20;

export type Offered = { to: string[] } | { to: []; shortfalls: string[] };

/** Offers the order to the next best, or the `breadth` next best at the same time. */
export async function offerNext(
  file: CaseFile,
  orderId: string,
  how: { by: string; breadth: number; among?: Among | undefined },
  deps: OfferDeps,
): Promise<Offered> {
  const record = file.order(orderId);
  if (record === undefined || !waitsForSomebody(record.order)) return { to: [], shortfalls: ['order_taken'] };
  const planned = deps.planned?.get(file.record?.alert.id ?? '');
  if (planned !== undefined && how.breadth === 1 && how.among === undefined) {
    if ('shortfalls' in planned) return { to: [], shortfalls: planned.shortfalls };
    if (planned.orderId === orderId && !record.order.offers.some((offer) => offer.id === planned.offerId)) {
      file.apply(offer(record, { ...planned, by: how.by }, file.now));
      tellOffered(file, planned, deps);
      return { to: [planned.caregiverId] };
    }
  }
  const errand = errandOf(file.record?.alert.kind ?? null, record.order, file.now);
  if (how.among !== undefined && 'caregiverId' in how.among)
    return offerToPerson(file, record.order, { ...how, caregiverId: how.among.caregiverId }, errand, deps);
  const ranking = await deps.recommender.choose(file.tx, { ...errand, among: how.among }, file.now);
  const wanted = how.among === undefined && deps.planned === undefined;
  const taken = wanted ? await takeBackFor(file, errand, ranking, deps.recommender) : undefined;
  if (
    taken !== undefined &&
    (await offerTo(file, orderId, { caregiverId: taken, by: how.by, note: null }, deps))
  )
    return { to: [taken] };
  const to: string[] = [];
  for (const candidate of ranking.candidates.slice(0, TRIES)) {
    if (to.length === how.breadth) break;
    const { caregiverId } = candidate.person;
    const note = wayOf(candidate.travel);
    if (await offerTo(file, orderId, { caregiverId, by: how.by, note }, deps)) to.push(caregiverId);
  }
  if (to.length > 0) return { to };
  return { to: [], shortfalls: ranking.shortfalls.length > 0 ? ranking.shortfalls : ['all_busy'] };
}

/** To the one whom the policy names, on shift or not; not twice about the same thing, nor about two emergencies (I11). */
async function offerToPerson(
  file: CaseFile,
  order: Order,
  to: { caregiverId: string; by: string },
  { asked }: Errand,
  deps: OfferDeps,
): Promise<Offered> {
  const { caregiverId, by } = to;
  const before = asked.get(caregiverId);
  if (before === 'declined_this_order') return { to: [], shortfalls: ['all_asked'] };
  if ((await caregiverFacts(file.tx, caregiverId)) === undefined)
    return { to: [], shortfalls: ['no_such_person'] };
  const busy = order.emergency && (await hasEmergencyOrder(file.tx, caregiverId, order.id));
  const had = !busy && (await offerTo(file, order.id, { caregiverId, by, note: null }, deps));
  return had ? { to: [caregiverId] } : { to: [], shortfalls: ['all_busy'] };
}

/** False if the caregiver is being asked about another emergency. */
export async function offerTo(
  file: CaseFile,
  orderId: string,
  to: { caregiverId: string; by: string; note: string | null },
  deps: OfferDeps,
): Promise<boolean> {
  const record = file.order(orderId);
  if (record === undefined) throw new Error(`order ${orderId} is not of this case`);
  const { order, work } = record;
  if (openOffers(order).some((item) => item.caregiverId === to.caregiverId)) return true;
  const offerId = deps.newId('of');
  const claim = {
    id: offerId,
    orderId,
    caregiverId: to.caregiverId,
    emergency: order.emergency,
    expiresAt: toIso(file.now + work.acceptWithinMs),
  };
  const claimed = (await claimOffers(file.tx, [claim], file.now)).has(offerId);
  if (!claimed) return false;
  file.apply(offer(record, { ...to, offerId }, file.now));
  tellOffered(file, { orderId, offerId, caregiverId: to.caregiverId }, deps);
  return true;
}

/** By every way to the one who is asked; the offer itself is on the stream in any case. */
export function tellOffered(
  file: CaseFile,
  { orderId, offerId, caregiverId }: { orderId: string; offerId: string; caregiverId: string },
  { offerChannels }: Pick<OfferDeps, 'offerChannels'>,
): void {
  file.notify({
    alertId: file.record?.alert.id ?? null,
    opening: file.record?.work.opening ?? 0,
    step: `offer-${offerId}`,
    target: 'caregiver',
    attempt: 1,
    byHand: false,
    channels: offerChannels,
    offer: { orderId, offerId, caregiverId },
  });
}

/** For the offer's line in the timeline. */
export const wayOf = (travel: Travel | null): string | null =>
  travel === null ? null : `${travel.minutes} min`;

export const errandOf = (kind: AlertKind | null, order: Order, now: number): Errand => ({
  homeId: order.homeId,
  kind,
  service: order.service,
  emergency: order.emergency,
  asked: askedAlready(order, now),
  booked: bookedOf(order, now),
});

function askedAlready(order: Order, now: number): Map<string, string> {
  const asked = new Map<string, string>();
  for (const { caregiverId, outcome, endedAt, reason } of order.offers) {
    if (outcome === 'declined' || reason?.startsWith(HANDED_OVER) === true)
      asked.set(caregiverId, 'declined_this_order');
    else if (endedAt === null || Date.parse(endedAt) > now - ASK_AGAIN_MS)
      if (!asked.has(caregiverId)) asked.set(caregiverId, 'asked_this_order');
  }
  return asked;
}

/** Makes an order for the alert of the case. */
export function makeOrder(
  file: CaseFile,
  made: {
    by: string;
    origin: OrderWork['origin'];
    service?: Service | undefined;
    acceptWithinMs: number;
    note: string | null;
  },
  deps: OfferDeps,
): OrderRecord {
  const alert = file.record?.alert;
  if (alert === undefined) throw new Error('the case has no alert');
  const planned = deps.planned?.get(alert.id);
  const id = planned !== undefined && 'orderId' in planned ? planned.orderId : deps.newId('o');
  const order = orderFor(alert, { id, service: made.service, note: made.note }, file.now);
  const record: OrderRecord = {
    order,
    work: { origin: made.origin, by: made.by, acceptWithinMs: made.acceptWithinMs, overdue: 0 },
  };
  file.addOrder(record, { what: 'requested', by: made.by, note: order.service });
  return record;
}

/** What the alert calls for. */
export const orderFor = (
  alert: Alert,
  asked: { id: string; service?: Service | undefined; note?: string | null },
  now: number,
): Order =>
  newOrder({
    id: asked.id,
    alertId: alert.id,
    homeId: alert.homeId,
    residentId: alert.residentId,
    street: alert.street,
    service: asked.service ?? alert.service ?? serviceOfKind(alert.kind),
    emergency: alert.priority <= 2,
    createdAt: toIso(now),
    note: asked.note ?? null,
    scheduledAt: null,
  });

type Asked = Pick<
  Order,
  | 'id'
  | 'alertId'
  | 'homeId'
  | 'residentId'
  | 'street'
  | 'service'
  | 'emergency'
  | 'createdAt'
  | 'note'
  | 'scheduledAt'
  | 'durationMin'
  | 'role'
  | 'means'
  | 'planId'
>;

export const newOrder = (asked: Asked): Order => ({
  ...asked,
  state: 'requested',
  caregiverId: null,
  offers: [],
  acceptedAt: null,
  departedAt: null,
  arrivedAt: null,
  completedAt: null,
  cancelledAt: null,
  cancelReason: null,
  visit: null,
  rating: null,
  version: 1,
});
