import type { z } from 'zod';
import type { orderBody } from '../../schemas/commands.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Order } from '../../schemas/order.ts';
import { mayOnOrder } from '../authority.ts';
import { CaseFile } from '../engine/case-file.ts';
import { runCommand, storableOrNull } from '../engine/command.ts';
import type { EngineDeps } from '../engine/engine.ts';
import { newOrder, offerNext } from '../engine/offer-next.ts';
import { ACCEPT_WITHIN_MS } from '../escalation/escalation.ts';
import { OFFER_AHEAD_MS } from '../lifecycle/order-deadline.ts';
import type { OrderRecord } from '../lifecycle/order-record.ts';
import type { Actor, CommandResult } from '../ports.ts';
import { homeFacts } from './order-store.ts';

/** A booking need not be answered within 30 s, but before its time. */
const ACCEPT_BOOKING_WITHIN_MS = 10 * 60_000;
const BOOKED_AHEAD_MS = 2 * 3_600_000;

/** A service that was asked for without an alert: offered at once, or a day before the time it is booked for. */
export function createOrder(
  actor: Actor,
  body: z.infer<typeof orderBody>,
  deps: EngineDeps,
): Promise<CommandResult<Order>> {
  return runCommand<Order>(
    deps,
    actor,
    { action: 'order.create', object: (order) => `order:${order.id}` },
    async (tx, now) => {
      const home = await homeFacts(tx, body.homeId);
      if (home === undefined)
        return { ok: false, code: 'invalid', detail: `homeId: there is no home ${body.homeId}` };
      if (body.residentId !== undefined && !home.residentIds.includes(body.residentId))
        return {
          ok: false,
          code: 'invalid',
          detail: `residentId: ${body.residentId} does not live in ${body.homeId}`,
        };
      const scheduledMs = body.scheduledAt === undefined ? null : Date.parse(body.scheduledAt);
      const order = newOrder({
        id: deps.newId('o'),
        alertId: null,
        homeId: body.homeId,
        residentId: body.residentId ?? home.residentId,
        street: home.street,
        service: body.service,
        emergency: body.service === 'urgent' && scheduledMs === null,
        createdAt: toIso(now),
        note: storableOrNull(body.note),
        scheduledAt: scheduledMs === null ? null : toIso(scheduledMs),
      });
      const no = mayOnOrder(actor, 'POST /orders', order);
      if (no !== undefined) return { ok: false, code: 'forbidden', detail: no };
      const booked = scheduledMs !== null && scheduledMs - now > BOOKED_AHEAD_MS;
      const record: OrderRecord = {
        order,
        work: {
          origin: 'request',
          by: actor.username,
          acceptWithinMs: booked ? ACCEPT_BOOKING_WITHIN_MS : ACCEPT_WITHIN_MS,
          overdue: 0,
        },
      };
      const file = CaseFile.forNewOrder(tx, now);
      file.addOrder(record, { what: 'requested', by: actor.username, note: order.service });
      if (scheduledMs === null || scheduledMs - now <= OFFER_AHEAD_MS)
        await offerNext(file, order.id, { by: 'system', breadth: 1 }, deps);
      return {
        file,
        value: () => file.order(order.id)?.order ?? order,
        changed: true,
        detail: { homeId: body.homeId, service: body.service },
      };
    },
  );
}
