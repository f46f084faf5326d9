import type { z } from 'zod';
import { holdAlerts } from '../../alerts/store.ts';
import type { Transaction } from '../../platform/database.ts';
import type { dispatchBody } from '../../schemas/commands.ts';
import type { Order } from '../../schemas/order.ts';
import { ACCEPT_WITHIN_MS } from '../escalation/escalation.ts';
import { withdraw } from '../lifecycle/offers.ts';
import { changed, openOffers, type OrderRecord, waitsForSomebody } from '../lifecycle/order-record.ts';
import {
  caregiverFacts,
  endOfferNow,
  hasEmergencyOrder,
  type OpenOffer,
  openEmergencyOffer,
} from '../orders/order-store.ts';
import type { Actor } from '../ports.ts';
import { OrderWriteConflict } from '../transact.ts';
import { CaseFile } from './case-file.ts';
import { Refused, storableOrNull } from './command.ts';
import { makeOrder, type OfferDeps, offerNext, offerTo } from './offer-next.ts';

/**
 * A person sends somebody: the one named, or the best. Where an order of that service waits for somebody already, it
 * is that one which is offered (asking twice, or a click too many, makes no second order); else a new one.
 */
export async function dispatchOrder(
  file: CaseFile,
  actor: Actor,
  asked: z.infer<typeof dispatchBody>,
  deps: OfferDeps,
  rival?: Rival,
): Promise<{ orderId: string; changed: boolean }> {
  const { caregiverId, service } = asked;
  const by = actor.username;
  if (caregiverId !== undefined) await mustExist(file, caregiverId);
  const waiting = file.liveOrders.find(
    ({ order }) => waitsForSomebody(order) && (service === undefined || order.service === service),
  );
  if (waiting !== undefined && isOutAlready(waiting.order, caregiverId))
    return { orderId: waiting.order.id, changed: false };
  const record =
    waiting === undefined
      ? makeOrder(
          file,
          {
            by,
            origin: 'operator',
            service,
            acceptWithinMs: ACCEPT_WITHIN_MS,
            note: storableOrNull(asked.note),
          },
          deps,
        )
      : takenOver(file, waiting, by);
  const orderId = record.order.id;
  if (caregiverId === undefined) {
    const offered = await offerNext(file, orderId, { by, breadth: 1 }, deps);
    if ('shortfalls' in offered) tellUnfilled(file, orderId, offered.shortfalls);
  } else await offerToNamed(file, record.order, { caregiverId, by }, deps, rival);
  return { orderId, changed: true };
}

async function mustExist(file: CaseFile, caregiverId: string): Promise<void> {
  if ((await caregiverFacts(file.tx, caregiverId)) === undefined)
    throw new Refused<Order>({
      ok: false,
      code: 'invalid',
      detail: `caregiverId: there is no caregiver ${caregiverId}`,
    });
}

const isOutAlready = (order: Order, caregiverId: string | undefined): boolean =>
  openOffers(order).some((offer) => caregiverId === undefined || offer.caregiverId === caregiverId);

/** From now on a person's order: it goes on to the next best also after an acknowledgement. */
function takenOver(file: CaseFile, record: OrderRecord, by: string): OrderRecord {
  if (record.work.origin === 'operator') return record;
  const work = { ...record.work, origin: 'operator' as const, by };
  return file.apply(changed({ ...record, work }, {}));
}

/** The case in which somebody is being asked about an emergency, locked. */
export interface Rival {
  file: CaseFile;
  offer: OpenOffer;
}

/**
 * Opens the case that a named dispatch is about, and with it the one in which that person is being asked already, if
 * any. Both are locked in the one order in which everybody locks, so that two operators never wait for each other.
 */
export async function openWithRival(
  tx: Transaction,
  alertId: string,
  caregiverId: string | undefined,
  now: number,
): Promise<Rival | undefined> {
  const offer = caregiverId === undefined ? undefined : await openEmergencyOffer(tx, caregiverId);
  if (offer === undefined || offer.alertId === alertId) return undefined;
  await holdAlerts(tx, offer.alertId === null ? [alertId] : [alertId, offer.alertId]);
  const file = await CaseFile.ofOrder(tx, offer.orderId, now);
  return file && { file, offer };
}

async function offerToNamed(
  file: CaseFile,
  order: Order,
  who: { caregiverId: string; by: string },
  deps: OfferDeps,
  rival: Rival | undefined,
): Promise<void> {
  const { caregiverId, by } = who;
  // Whoever is named is asked whatever the recommendation says; only never about two emergencies at once (I11).
  const busy = order.emergency && (await hasEmergencyOrder(file.tx, caregiverId, order.id));
  if (!busy && order.emergency && rival !== undefined) await takeBack(rival, by, file);
  if (busy || !(await offerTo(file, order.id, { caregiverId, by, note: null }, deps))) {
    const now = busy ? undefined : await openEmergencyOffer(file.tx, caregiverId);
    // Asked by the machine since we looked: once more, with that case locked too.
    if (now !== undefined && now.offerId !== rival?.offer.offerId)
      throw new OrderWriteConflict(`${caregiverId} has been asked in between`);
    throw new Refused<Order>({
      ok: false,
      code: 'conflict',
      detail: `${caregiverId} ${busy ? 'is on' : 'is being asked about'} another emergency`,
    });
  }
  const record = file.order(order.id);
  const offerId = record && openOffers(record.order).find((item) => item.caregiverId === caregiverId)?.id;
  if (record === undefined || offerId === undefined) return;
  const work = { ...record.work, named: [...(record.work.named ?? []), offerId] };
  file.apply(changed({ ...record, work }, {}));
}

/** A person's word wins over what the machine has asked by itself; not over another person's. */
async function takeBack({ file, offer }: Rival, by: string, wanting: CaseFile): Promise<void> {
  const record = file.order(offer.orderId);
  if (record === undefined || record.work.named?.includes(offer.offerId) === true) return;
  const reason = `wanted for alert ${wanting.record?.alert.id ?? ''}`;
  const decision = withdraw(record, { offerId: offer.offerId, by, reason }, file.now);
  if (!decision.ok || !decision.changed) return;
  file.apply(decision);
  await endOfferNow(file.tx, offer.offerId, reason, file.now);
}

function tellUnfilled(file: CaseFile, orderId: string, shortfalls: readonly string[]): void {
  const record = file.order(orderId);
  if (record !== undefined)
    file.apply(changed(record, {}, { what: 'unfilled', by: 'system', note: shortfalls.join(', ') }));
}
