import { toIso } from '../../schemas/ids.ts';
import type { Offer, OfferOutcome } from '../../schemas/order.ts';
import {
  changed,
  isTaken,
  openOffers,
  type OrderDecision,
  type OrderRecord,
  refuse,
  unchanged,
  waitsForSomebody,
} from './order-record.ts';

/**
 * Offers of an order. I11: each ends in exactly one of accepted, declined, expired, withdrawn, and only once; the
 * unique indexes hold the same for one caregiver over all orders.
 */
export function offer(
  record: OrderRecord,
  to: { offerId: string; caregiverId: string; by: string; note: string | null },
  now: number,
): OrderDecision {
  const { order, work } = record;
  if (!waitsForSomebody(order)) return refuse('conflict', `the order is ${order.state}`);
  if (openOffers(order).some((item) => item.caregiverId === to.caregiverId)) return unchanged(record);
  const made: Offer = {
    id: to.offerId,
    caregiverId: to.caregiverId,
    offeredAt: toIso(now),
    expiresAt: toIso(now + work.acceptWithinMs),
    outcome: null,
    endedAt: null,
    reason: null,
  };
  return changed(
    record,
    { state: 'offered', offers: [...order.offers, made] },
    { what: 'offered', by: to.by, note: to.note === null ? to.caregiverId : `${to.caregiverId}: ${to.note}` },
  );
}

/** Ends the open offers that `which` picks. */
function end(
  offers: readonly Offer[],
  which: (offer: Offer) => boolean,
  outcome: OfferOutcome,
  now: number,
  reason: string | null = null,
): Offer[] {
  return offers.map((item) =>
    item.outcome === null && which(item) ? { ...item, outcome, endedAt: toIso(now), reason } : item,
  );
}

/** Takes one open offer back: somebody else needs that person, or the word has been taken back. */
export function withdraw(
  record: OrderRecord,
  which: { offerId: string; by: string; reason: string },
  now: number,
): OrderDecision {
  const { order } = record;
  const open = openOffers(order).find((item) => item.id === which.offerId);
  if (open === undefined) return unchanged(record);
  const offers = end(order.offers, (item) => item === open, 'withdrawn', now, which.reason);
  return changed(
    record,
    { offers, ...backToRequested(record, offers) },
    { what: 'offer_withdrawn', by: which.by, note: `${open.caregiverId}: ${which.reason}` },
  );
}

/** Offers whose time has run out end as expired. */
export function expire(record: OrderRecord, now: number): OrderDecision {
  const { order } = record;
  const due = openOffers(order).filter((item) => Date.parse(item.expiresAt) <= now);
  if (due.length === 0) return unchanged(record);
  const offers = end(order.offers, (item) => due.includes(item), 'expired', now);
  return changed(
    record,
    { offers, ...backToRequested(record, offers) },
    ...due.map((item) => ({ what: 'offer_expired', by: 'system', note: item.caregiverId })),
  );
}

const backToRequested = ({ order }: OrderRecord, offers: readonly Offer[]): { state?: 'requested' } =>
  order.state === 'offered' && !offers.some((item) => item.outcome === null) ? { state: 'requested' } : {};

/**
 * `assigned`: by telephone, by an operator, to somebody who was not asked. A repeat by the one who has it changes
 * nothing; an offer that has run out is refused even if nobody has marked it yet.
 */
export function accept(
  record: OrderRecord,
  who: { caregiverId: string; by: string; assigned?: { offerId: string } },
  now: number,
): OrderDecision {
  const { order } = record;
  if (order.caregiverId === who.caregiverId && (isTaken(order) || order.state === 'completed'))
    return unchanged(record);
  if (!waitsForSomebody(order)) return refuse('conflict', `the order is ${order.state}`);
  const mine = order.offers.filter((item) => item.caregiverId === who.caregiverId);
  const open = mine.find((item) => item.outcome === null);
  const accepted = open === undefined ? assigned(mine, who, now) : open;
  if (accepted === undefined) {
    const last = mine.at(-1);
    return refuse(
      'conflict',
      last === undefined
        ? `the order was not offered to ${who.caregiverId}`
        : `the offer to ${who.caregiverId} was ${last.outcome}`,
    );
  }
  if (Date.parse(accepted.expiresAt) <= now)
    return refuse('conflict', `the offer to ${who.caregiverId} expired at ${accepted.expiresAt}`);
  const all = open === undefined ? [...order.offers, accepted] : order.offers;
  const offers = end(
    end(all, (item) => item.id === accepted.id, 'accepted', now),
    () => true,
    'withdrawn',
    now,
    `accepted by ${who.caregiverId}`,
  );
  return changed(
    record,
    { state: 'accepted', caregiverId: who.caregiverId, acceptedAt: toIso(now), offers },
    { what: 'accepted', by: who.by, note: who.caregiverId },
  );
}

function assigned(
  mine: readonly Offer[],
  who: { caregiverId: string; assigned?: { offerId: string } },
  now: number,
): Offer | undefined {
  if (who.assigned === undefined || mine.length > 0) return undefined;
  return {
    id: who.assigned.offerId,
    caregiverId: who.caregiverId,
    offeredAt: toIso(now),
    expiresAt: toIso(now + 1),
    outcome: null,
    endedAt: null,
    reason: null,
  };
}

export function decline(
  record: OrderRecord,
  who: { caregiverId: string; by: string; reason: string },
  now: number,
): OrderDecision {
  const { order } = record;
  const mine = order.offers.filter((item) => item.caregiverId === who.caregiverId);
  const open = mine.find((item) => item.outcome === null);
  if (open === undefined) {
    const last = mine.at(-1);
    if (last?.outcome === 'declined') return unchanged(record);
    return refuse(
      'conflict',
      last === undefined
        ? `the order was not offered to ${who.caregiverId}`
        : `the offer to ${who.caregiverId} was ${last.outcome}`,
    );
  }
  const offers = end(order.offers, (item) => item.id === open.id, 'declined', now, who.reason);
  return changed(
    record,
    { offers, ...backToRequested(record, offers) },
    { what: 'declined', by: who.by, note: `${who.caregiverId}: ${who.reason}` },
  );
}

/** Ends the order before anybody is on the way or there; whoever was asked is told no longer. */
export function cancel(record: OrderRecord, why: { by: string; reason: string }, now: number): OrderDecision {
  const { order } = record;
  if (order.state === 'on_scene' || order.state === 'completed' || order.state === 'cancelled')
    return refuse('conflict', `the order is ${order.state}`);
  return changed(
    record,
    {
      state: 'cancelled',
      cancelledAt: toIso(now),
      cancelReason: why.reason,
      ...(order.overdue != null && { overdue: null }),
      offers: end(order.offers, () => true, 'withdrawn', now, why.reason),
    },
    { what: 'cancelled', by: why.by, note: why.reason },
  );
}
