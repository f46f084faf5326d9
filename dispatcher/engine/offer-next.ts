import type { NewId } from '../../platform/ids.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Order } from '../../schemas/order.ts';
import type { Service } from '../../schemas/channels.ts';
import { offer } from '../lifecycle/offers.ts';
import { type OrderRecord, type OrderWork, openOffers, waitsForSomebody } from '../lifecycle/order-record.ts';
import { claimOffer } from '../orders/order-store.ts';
import type { Errand, Recommender } from '../recommendation/recommender.ts';
import { serviceOfKind } from '../recommendation/role-fit.ts';
import type { CaseFile } from './case-file.ts';

export interface OfferDeps {
  recommender: Recommender;
  newId: NewId;
  /** In a burst: see `Recommender.choose`. */
  hurried?: boolean;
}

/** Somebody who let an offer run out is not asked about the same thing again for so long. */
const ASK_AGAIN_MS = 5 * 60_000;
/** So many of the ranking may have been taken by others in the meantime before it is done anew. */
const TRIES = 20;

export type Offered = { to: string[] } | { to: []; shortfalls: string[] };

/** Offers the order to the next best, or the `breadth` next best at the same time. */
export async function offerNext(
  file: CaseFile,
  orderId: string,
  how: { by: string; breadth: number },
  deps: OfferDeps,
): Promise<Offered> {
  const record = file.order(orderId);
  if (record === undefined || !waitsForSomebody(record.order)) return { to: [], shortfalls: ['order_taken'] };
  const errand = errandOf(file, record.order);
  const ranking = await deps.recommender.choose(file.tx, errand, file.now, deps.hurried);
  const to: string[] = [];
  for (const candidate of ranking.candidates.slice(0, TRIES)) {
    if (to.length === how.breadth) break;
    const { caregiverId } = candidate.person;
    const way = candidate.travel === null ? null : `${candidate.travel.minutes} min`;
    if (await offerTo(file, orderId, { caregiverId, by: how.by, note: way }, deps)) to.push(caregiverId);
  }
  if (to.length > 0) return { to };
  return { to: [], shortfalls: ranking.shortfalls.length > 0 ? ranking.shortfalls : ['all_busy'] };
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
  const claimed = await claimOffer(
    file.tx,
    {
      id: offerId,
      orderId,
      caregiverId: to.caregiverId,
      emergency: order.emergency,
      expiresAtMs: file.now + work.acceptWithinMs,
    },
    file.now,
  );
  if (order.emergency) deps.recommender.unavailable(to.caregiverId);
  if (claimed) file.apply(offer(record, { ...to, offerId }, file.now));
  return claimed;
}

export function errandOf(file: CaseFile, order: Order): Errand {
  return {
    homeId: order.homeId,
    kind: file.record?.alert.kind ?? null,
    service: order.service,
    emergency: order.emergency,
    asked: askedAlready(order, file.now),
  };
}

function askedAlready(order: Order, now: number): Map<string, string> {
  const asked = new Map<string, string>();
  for (const { caregiverId, outcome, endedAt } of order.offers) {
    if (outcome === 'declined') asked.set(caregiverId, 'declined_this_order');
    else if (endedAt === null || Date.parse(endedAt) > now - ASK_AGAIN_MS)
      if (!asked.has(caregiverId)) asked.set(caregiverId, 'asked_this_order');
  }
  return asked;
}

/** Makes an order for the alert of the case. */
export async function makeOrder(
  file: CaseFile,
  made: {
    by: string;
    origin: OrderWork['origin'];
    service?: Service | undefined;
    acceptWithinMs: number;
    note: string | null;
  },
  deps: OfferDeps,
): Promise<OrderRecord> {
  const alert = file.record?.alert;
  if (alert === undefined) throw new Error('the case has no alert');
  const service = made.service ?? alert.service ?? serviceOfKind(alert.kind);
  const record: OrderRecord = {
    order: newOrder({
      id: deps.newId('o'),
      alertId: alert.id,
      homeId: alert.homeId,
      residentId: alert.residentId,
      street: alert.street,
      service,
      emergency: alert.priority <= 2,
      createdAt: toIso(file.now),
      note: made.note,
      scheduledAt: null,
    }),
    work: { origin: made.origin, by: made.by, acceptWithinMs: made.acceptWithinMs, overdue: 0 },
  };
  await file.addOrder(record, { what: 'requested', by: made.by, note: service });
  return record;
}

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
