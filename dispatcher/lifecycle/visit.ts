import type { Service } from '../../schemas/channels.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Visit } from '../../schemas/order.ts';
import { CHECK_IN_AFTER_MS, checkInEveryMs } from './order-deadline.ts';
import { changed, type OrderDecision, type OrderRecord, refuse, unchanged } from './order-record.ts';
import { distanceM, type Place } from './place.ts';

/**
 * From the way to the door until the hours stand. What was done offline is told later with its own time, never in the
 * future. A caregiver's own word reaches back to the acceptance, for minutes are banked on it; a person at the desk may
 * write down a visit that was never told before. A repeat of what has been told already changes nothing.
 */

/** A telephone's clock may be ahead so much; it counts as now. */
const CLOCK_TOLERANCE_MS = 60_000;

/** The time that is told, bounded: not before `notBefore`, not after now. A string is the reason why not. */
function timeOf(at: string | undefined, notBefore: string | null, now: number): number | string {
  if (at === undefined) return now;
  const told = Date.parse(at);
  if (told > now + CLOCK_TOLERANCE_MS) return `${at} is in the future`;
  if (notBefore !== null && told < Date.parse(notBefore)) return `${at} is before ${notBefore}`;
  return Math.min(told, now);
}

/** By whom and when: `desk` is a person who acts for the caregiver. */
interface Told {
  by: string;
  at?: string | undefined;
  desk?: boolean | undefined;
}

export function depart(record: OrderRecord, told: Told, now: number): OrderDecision {
  const { order } = record;
  if (order.departedAt !== null || order.arrivedAt !== null)
    return order.state === 'cancelled' ? refuse('conflict', 'the order is cancelled') : unchanged(record);
  if (order.state !== 'accepted') return refuse('conflict', `the order is ${order.state}`);
  const at = timeOf(told.at, told.desk === true ? null : order.acceptedAt, now);
  if (typeof at === 'string') return refuse('invalid', at);
  return changed(
    record,
    { state: 'en_route', departedAt: toIso(at) },
    { what: 'en_route', by: told.by, note: order.caregiverId },
  );
}

export interface Arrival extends Told {
  /** How often a word from the scene is expected; absent: each hour. */
  checkInEveryMs?: number;
  place?: { lat: number; lon: number; accuracyM: number | null } | undefined;
  home: Place | null;
}

/** Leaving need not have been told. The place is checked against the home, told, and not enforced. */
export function arrive(record: OrderRecord, told: Arrival, now: number): OrderDecision {
  const { order } = record;
  if (order.arrivedAt !== null && order.state !== 'cancelled') return unchanged(record);
  if (order.state !== 'accepted' && order.state !== 'en_route')
    return refuse('conflict', `the order is ${order.state}`);
  const at = timeOf(told.at, told.desk === true ? null : order.acceptedAt, now);
  if (typeof at === 'string') return refuse('invalid', at);
  // A departure is often told late and without a time of its own: whoever is there has left.
  const departedAt = order.departedAt === null ? null : toIso(Math.min(at, Date.parse(order.departedAt)));
  const place = placeOf(told);
  const visit: Visit = { beganAt: toIso(at), endedAt: null, minutes: null, place };
  const off = place?.offByM ?? 0;
  const checkInEveryMs = told.checkInEveryMs ?? CHECK_IN_AFTER_MS;
  return changed(
    { ...record, work: { ...record.work, overdue: 0, checkInEveryMs } },
    {
      state: 'on_scene',
      departedAt,
      arrivedAt: toIso(at),
      visit,
      checkInDueAt: toIso(at + checkInEveryMs),
      overdue: null,
    },
    {
      what: 'on_scene',
      by: told.by,
      note: off > 0 ? `${order.caregiverId}, ${Math.round(off)} m off` : order.caregiverId,
    },
  );
}

/** Whoever is on scene alone says that all is well. What comes late from a telephone without a network changes nothing. */
export function checkIn(record: OrderRecord, told: Told, now: number): OrderDecision {
  const { order, work } = record;
  if (order.state === 'completed') return unchanged(record);
  if (order.state !== 'on_scene') return refuse('conflict', `the order is ${order.state}`);
  const at = timeOf(told.at, order.arrivedAt, now);
  if (typeof at === 'string') return refuse('invalid', at);
  const heardAt = toIso(at);
  if (heardAt <= (work.heardAt ?? order.arrivedAt ?? '')) return unchanged(record);
  const next = { ...record, work: { ...work, heardAt, overdue: 0 } };
  return changed(
    next,
    { checkInDueAt: toIso(at + checkInEveryMs(next)), overdue: null },
    { what: 'checked_in', by: told.by, note: order.caregiverId },
  );
}

function placeOf({ place, home }: Arrival): Visit['place'] {
  if (place === undefined) return null;
  const offByM =
    home === null ? null : Math.max(0, Math.round(distanceM(place, home) - (place.accuracyM ?? 0)));
  return { ...place, offByM };
}

export function complete(
  record: OrderRecord,
  told: { by: string; at?: string | undefined; service?: Service | undefined },
  now: number,
): OrderDecision {
  const { order } = record;
  if (order.state === 'completed') return unchanged(record);
  if (order.state !== 'on_scene' || order.visit === null)
    return refuse('conflict', `the order is ${order.state}`);
  const at = timeOf(told.at, order.visit.beganAt, now);
  if (typeof at === 'string') return refuse('invalid', at);
  const minutes = visitMinutes(Date.parse(order.visit.beganAt), at);
  return changed(
    record,
    {
      state: 'completed',
      completedAt: toIso(at),
      service: told.service ?? order.service,
      checkInDueAt: null,
      overdue: null,
      visit: { ...order.visit, endedAt: toIso(at), minutes },
    },
    { what: 'completed', by: told.by, note: `${order.caregiverId}, ${minutes} min` },
  );
}

/** Whole minutes, rounded half up, at least 1. */
export const visitMinutes = (beganMs: number, endedMs: number): number =>
  Math.max(1, Math.floor((endedMs - beganMs) / 60_000 + 0.5));

/** The last score counts; the earlier one stays in the audit log. */
export function rate(
  record: OrderRecord,
  told: { by: string; score: number; comment: string | null },
  now: number,
): OrderDecision {
  const { order } = record;
  if (order.state !== 'completed') return refuse('conflict', `the order is ${order.state}`);
  if (order.rating?.score === told.score && order.rating.comment === told.comment) return unchanged(record);
  return changed(
    record,
    { rating: { score: told.score, comment: told.comment, at: toIso(now) } },
    { what: 'rated', by: told.by, note: String(told.score) },
  );
}
