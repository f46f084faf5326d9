import type { z } from 'zod';
import type { dispatchBody } from '../../schemas/commands.ts';
import type { Order } from '../../schemas/order.ts';
import { ACCEPT_WITHIN_MS } from '../escalation/escalation.ts';
import { changed, openOffers, type OrderRecord, waitsForSomebody } from '../lifecycle/order-record.ts';
import { caregiverFacts, hasEmergencyOrder } from '../orders/order-store.ts';
import type { Actor } from '../ports.ts';
import type { CaseFile } from './case-file.ts';
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
  } else await offerToNamed(file, record.order, caregiverId, by, deps);
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

async function offerToNamed(
  file: CaseFile,
  order: Order,
  caregiverId: string,
  by: string,
  deps: OfferDeps,
): Promise<void> {
  // Whoever is named is asked whatever the recommendation says; only never about two emergencies at once (I11).
  const busy = order.emergency && (await hasEmergencyOrder(file.tx, caregiverId, order.id));
  if (busy || !(await offerTo(file, order.id, { caregiverId, by, note: null }, deps)))
    throw new Refused<Order>({
      ok: false,
      code: 'conflict',
      detail: `${caregiverId} ${busy ? 'is on' : 'is being asked about'} another emergency`,
    });
}

function tellUnfilled(file: CaseFile, orderId: string, shortfalls: readonly string[]): void {
  const record = file.order(orderId);
  if (record !== undefined)
    file.apply(changed(record, {}, { what: 'unfilled', by: 'system', note: shortfalls.join(', ') }));
}
