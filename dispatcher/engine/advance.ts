import {
  escalates,
  openDeadlineMs,
  RELOOK_MS,
  staleDeadlineMs,
  TEST_RELOOK_MS,
} from '../../alerts/deadlines.ts';
import { toIso } from '../../schemas/ids.ts';
import { cancel, expire } from '../lifecycle/offers.ts';
import { OFFER_AHEAD_MS } from '../lifecycle/order-deadline.ts';
import { changed, isTaken, openOffers, waitsForSomebody } from '../lifecycle/order-record.ts';
import type { CaseFile } from './case-file.ts';
import { escalate } from './escalate.ts';
import { type OfferDeps, offerNext } from './offer-next.ts';
import { tellOverdue } from './tell-overdue.ts';
import { verifyFall } from './verification.ts';

/**
 * Brings a case to where it should be now: whatever fell due is done, whatever is due next has its deadline. The one
 * routine behind wake-ups, the sweeper and every command; it reads nothing but the locked case, so that calling it
 * late, twice or for nothing does no harm (Grafana OnCall #1206, #3111).
 */
export async function advance(file: CaseFile, deps: OfferDeps): Promise<void> {
  expireOffers(file);
  tellOverdue(file, deps.channels);
  const state = file.record?.alert.state;
  if (state === 'resolved') {
    withdrawOrders(file, 'system');
    return;
  }
  if (state === 'pending') await verifyFall(file, deps.newId);
  if (state === 'acknowledged') lapse(file);
  await offerOn(file, deps);
  if (file.record?.alert.state === 'open') await escalateOrRelook(file, deps);
}

function expireOffers(file: CaseFile): void {
  for (const record of file.liveOrders) file.apply(expire(record, file.now));
}

/** Orders of a resolved alert that nobody has set out for are withdrawn; whoever is under way goes on. */
export function withdrawOrders(file: CaseFile, by: string): void {
  for (const record of file.liveOrders)
    if (waitsForSomebody(record.order) || record.order.state === 'accepted')
      file.apply(cancel(record, { by, reason: 'alert_resolved' }, file.now));
}

/** An order that a person made goes on to the next best by itself, as that person wished; also after an acknowledgement. */
async function offerOn(file: CaseFile, deps: OfferDeps): Promise<void> {
  for (const { order, work } of file.liveOrders) {
    if (work.origin === 'escalation' || !waitsForSomebody(order) || openOffers(order).length > 0) continue;
    if (file.record?.alert.test === true && work.by === 'system') continue;
    // A visit booked for later is offered a day before.
    if (order.scheduledAt !== null && Date.parse(order.scheduledAt) - file.now > OFFER_AHEAD_MS) {
      file.lookAgain(order.id);
      continue;
    }
    const result = await offerNext(file, order.id, { by: 'system', breadth: 1 }, deps);
    if ('shortfalls' in result) stillUnfilled(file, order.id, result.shortfalls);
  }
}

function stillUnfilled(file: CaseFile, orderId: string, shortfalls: readonly string[]): void {
  const record = file.order(orderId);
  if (record === undefined) return;
  // Said when an offer has just ended; when there was nobody all along, the order is only looked at again later.
  if (file.hasChanged(orderId))
    file.apply(changed(record, {}, { what: 'unfilled', by: 'system', note: shortfalls.join(', ') }));
  else file.lookAgain(orderId);
}

/** An acknowledgement with no order and no act of a person for too long is taken back (I8, GoAlert #1919). */
function lapse(file: CaseFile): void {
  const { record, now } = file;
  if (record === undefined) return;
  const { alert, work } = record;
  if (alert.deadlineAt !== null && Date.parse(alert.deadlineAt) > now) return;
  const at = toIso(now);
  // Somebody is asked, on the way or there: the acknowledgement is being worked on.
  if (file.liveOrders.some(({ order }) => isTaken(order) || openOffers(order).length > 0)) {
    file.add({ type: 'deadline', at, deadlineAt: toIso(staleDeadlineMs(alert, now)) });
    return;
  }
  // A suspected fall that was acknowledged and then left alone was never answered: silence is a yes.
  const unanswered = alert.kind === 'fall' && alert.priority === 2;
  const policy = unanswered ? file.policyFor('fall') : work.policy;
  const look = unanswered ? { ...alert, priority: 1 as const } : alert;
  const deadlineAt = toIso(openDeadlineMs(look, policy, now));
  if (unanswered) file.add({ type: 'raised', at, kind: 'fall', priority: 1, policy, deadlineAt });
  file.add({
    type: 'acknowledgement_lapsed',
    at,
    by: 'system',
    was: alert.acknowledgedBy ?? '',
    deadlineAt,
  });
}

async function escalateOrRelook(file: CaseFile, deps: OfferDeps): Promise<void> {
  const { record, now } = file;
  if (record === undefined) return;
  const { alert, work } = record;
  if (escalates(alert, work.policy)) return escalate(file, deps);
  if (alert.deadlineAt !== null && Date.parse(alert.deadlineAt) > now) return;
  const at = toIso(now);
  if (alert.synthetic)
    file.add({ type: 'resolved', at, by: 'system', disposition: 'test', note: 'canary is over' });
  else
    file.add({
      type: 'deadline',
      at,
      deadlineAt: toIso(now + (alert.test ? TEST_RELOOK_MS : RELOOK_MS)),
    });
}
