import type { Queryable } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import { withdraw } from '../lifecycle/offers.ts';
import { endOfferNow, type OpenOffer } from '../orders/order-store.ts';
import type { Choice } from '../recommendation/rank.ts';
import type { Errand } from '../recommendation/recommender.ts';
import { CaseFile } from './case-file.ts';

export interface Takeable extends OpenOffer {
  caregiverId: string;
}

/** Offers that are out for less grave alerts than that, and that no person has made by name. */
export async function takeableOffers(db: Queryable, priority: number): Promise<Takeable[]> {
  const { rows } = await db.query<Takeable>({
    name: 'takeable_offers',
    text: `select f.id as "offerId", f.caregiver_id as "caregiverId", f.order_id as "orderId", o.alert_id as "alertId"
           from offers f join orders o on o.id = f.order_id join alerts a on a.id = o.alert_id
           where f.emergency and f.outcome is null and a.priority > $1
             and not coalesce(o.work -> 'named' ? f.id, false)`,
    values: [priority],
  });
  return rows;
}

/**
 * A priority-1 alert for which there is nobody near: whoever near is only being asked about something less grave, and
 * has not accepted, is asked about this instead. That other case is looked at again at once. Its lock is not waited
 * for, so that two who take from each other never do. Undefined: nobody was had.
 */
export async function takeBackFor(
  file: CaseFile,
  errand: Errand,
  without: Choice,
  recommender: { choose(db: Queryable, errand: Errand, nowMs: number): Promise<Choice> },
): Promise<string | undefined> {
  const alert = file.record?.alert;
  const near = without.candidates.length > 0 && !without.shortfalls.includes('outside_circle');
  if (alert?.priority !== 1 || !errand.emergency || near) return undefined;
  const offers = new Map((await takeableOffers(file.tx, 1)).map((offer) => [offer.caregiverId, offer]));
  if (offers.size === 0) return undefined;
  const taken = { ...errand, takeable: new Set(offers.keys()) };
  const { candidates, shortfalls } = await recommender.choose(file.tx, taken, file.now);
  // Further away than somebody free: left to what they are being asked about.
  if (without.candidates.length > 0 && shortfalls.includes('outside_circle')) return undefined;
  for (const { person } of candidates) {
    const offer = offers.get(person.caregiverId);
    if (offer !== undefined && (await takeBack(file, offer, `wanted for alert ${alert.id}`)))
      return person.caregiverId;
  }
  return undefined;
}

async function takeBack(file: CaseFile, { offerId, orderId }: Takeable, reason: string): Promise<boolean> {
  const { now, tx } = file;
  const rival = await CaseFile.ofOrder(tx, orderId, now, false);
  const record = rival?.order(orderId);
  if (rival === undefined || record === undefined) return false;
  const decision = withdraw(record, { offerId, by: 'system', reason }, now);
  if (!decision.ok || !decision.changed) return false;
  rival.apply(decision);
  if (rival.record?.alert.state === 'open')
    rival.add({ type: 'deadline', at: toIso(now), deadlineAt: toIso(now) });
  await endOfferNow(tx, offerId, reason, now);
  file.writeBeside(rival);
  return true;
}
