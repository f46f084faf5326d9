import { changed, type OrderDecision, type OrderRecord, refuse } from './order-record.ts';

/** Stands before the reason of an offer that was accepted and given back. */
export const HANDED_OVER = 'handed_over: ';

/**
 * Whoever has it gives it back before they are there, or is relieved of it: it is looked for another at once, and they
 * are not asked about it again. On scene nobody is relieved: that visit ends, and another order is made.
 */
export function handOver(record: OrderRecord, why: { by: string; reason: string }): OrderDecision {
  const { order, work } = record;
  if (order.state !== 'accepted' && order.state !== 'en_route')
    return refuse('conflict', `the order is ${order.state}`);
  const holder = order.caregiverId;
  const offers = order.offers.map((offer) =>
    offer.caregiverId === holder && offer.outcome === 'accepted'
      ? { ...offer, reason: HANDED_OVER + why.reason }
      : offer,
  );
  // From now on a person has decided on it: it goes on by itself also after an acknowledgement.
  const origin = work.origin === 'escalation' ? 'operator' : work.origin;
  return changed(
    { order, work: { ...work, origin, overdue: 0 } },
    { state: 'requested', caregiverId: null, acceptedAt: null, departedAt: null, overdue: null, offers },
    { what: 'handed_over', by: why.by, note: `${holder}: ${why.reason}` },
  );
}
