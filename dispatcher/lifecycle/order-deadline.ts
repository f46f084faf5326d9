import { toIso } from '../../schemas/ids.ts';
import { openOffers, type OrderRecord } from './order-record.ts';

/** Arrival within the service circle, and how long somebody may be on scene before a word is expected. */
export const ARRIVE_WITHIN_MS = 15 * 60_000;
export const CHECK_IN_AFTER_MS = 60 * 60_000;
/** An order that found nobody looks again. */
export const RETRY_MS = 60_000;
/** A booked service is offered from so long before its time. */
export const OFFER_AHEAD_MS = 24 * 3_600_000;

export const checkInEveryMs = ({ work }: Pick<OrderRecord, 'work'>): number =>
  work.checkInEveryMs ?? CHECK_IN_AFTER_MS;

/** When the engine must look at an order again, ms since the epoch; null: when somebody does something. */
export function orderDeadlineMs({ order, work }: OrderRecord, now: number): number | null {
  switch (order.state) {
    case 'offered':
      return Math.min(...openOffers(order).map((offer) => Date.parse(offer.expiresAt)));
    case 'requested': {
      // The alert's policy decides on the offers of its own orders.
      if (work.origin === 'escalation') return null;
      const fromMs = order.scheduledAt === null ? 0 : Date.parse(order.scheduledAt) - OFFER_AHEAD_MS;
      return Math.max(fromMs, now + RETRY_MS);
    }
    case 'accepted':
    case 'en_route': {
      const from = order.scheduledAt ?? order.acceptedAt ?? order.createdAt;
      return (
        Math.max(Date.parse(from), Date.parse(order.acceptedAt ?? from)) +
        ARRIVE_WITHIN_MS * (work.overdue + 1)
      );
    }
    case 'on_scene':
      return (
        Date.parse(work.heardAt ?? order.arrivedAt ?? order.createdAt) +
        checkInEveryMs({ work }) * (work.overdue + 1)
      );
    case 'completed':
    case 'cancelled':
      return null;
  }
}

/** Missed so often, a word from the scene is not waited for any longer: the call is opened again. */
export const CALL_AFTER_MISSES = 2;

/** An arrival or a check-in is overdue: said once for each time it is missed. Arriving or a word starts the count anew. */
export function overdue(
  record: OrderRecord,
  now: number,
): { record: OrderRecord; what: 'arrival_overdue' | 'check_in_due' | 'check_in_missed' } | undefined {
  const { order, work } = record;
  if (order.state !== 'accepted' && order.state !== 'en_route' && order.state !== 'on_scene')
    return undefined;
  const dueMs = orderDeadlineMs(record, now);
  if (dueMs === null || dueMs > now) return undefined;
  let next = { order, work: { ...work, overdue: work.overdue + 1 } };
  // After an outage of our own one word is enough.
  for (let due = orderDeadlineMs(next, now); due !== null && due <= now; due = orderDeadlineMs(next, now))
    next = { order, work: { ...next.work, overdue: next.work.overdue + 1 } };
  const times = next.work.overdue;
  const what = order.state === 'on_scene' ? 'check_in' : 'arrival';
  const since = order.overdue?.what === what ? order.overdue.since : toIso(dueMs);
  return {
    record: { ...next, order: { ...order, overdue: { what, since, times } } },
    what:
      what === 'arrival' ? 'arrival_overdue' : times < CALL_AFTER_MISSES ? 'check_in_due' : 'check_in_missed',
  };
}
