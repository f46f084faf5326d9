import type { z } from 'zod';
import type { orderBody } from '../../schemas/commands.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Order } from '../../schemas/order.ts';
import type { Transaction } from '../../platform/database.ts';
import { actsForOthers, mayOnOrder } from '../authority.ts';
import { CaseFile } from '../engine/case-file.ts';
import { type Done, Refused, runCommand, storableOrNull } from '../engine/command.ts';
import type { EngineDeps } from '../engine/engine.ts';
import { errandOf, newOrder, offerNext } from '../engine/offer-next.ts';
import { ACCEPT_WITHIN_MS } from '../escalation/escalation.ts';
import { TECHNICAL_KINDS } from '../http/scope.ts';
import { accept } from '../lifecycle/offers.ts';
import { OFFER_AHEAD_MS } from '../lifecycle/order-deadline.ts';
import type { OrderRecord } from '../lifecycle/order-record.ts';
import { bookedOf } from '../planning/planner.ts';
import type { Actor, CommandResult } from '../ports.ts';
import { homeFacts } from './order-store.ts';

/** A booking need not be answered within 30 s, but before its time. */
const ACCEPT_BOOKING_WITHIN_MS = 10 * 60_000;
const BOOKED_AHEAD_MS = 2 * 3_600_000;

/** Asked for by a person, or by the plan of somebody's regular visits. */
export type OrderRequest = z.infer<typeof orderBody> & {
  planId?: string | undefined;
  /** Not if the alert has an order already. */
  sole?: boolean | undefined;
};

/**
 * A service that was asked for: offered at once, or a day before the time it is booked for, or given to whom it was
 * agreed with. For a technical alert it stands with the alert, like what is sent from there.
 */
export function createOrder(
  actor: Actor,
  body: OrderRequest,
  deps: EngineDeps,
  /** In the same transaction, before anything else; false: it is there already. */
  first: (tx: Transaction, orderId: string) => Promise<boolean> = () => Promise.resolve(true),
): Promise<CommandResult<Order>> {
  return runCommand<Order>(
    deps,
    actor,
    { action: 'order.create', object: (order) => `order:${order.id}` },
    async (tx, now) => {
      const done = await ask(tx, now);
      // What `first` has written must not outlive a refusal.
      if ('ok' in done) throw new Refused<Order>(done);
      return done;
    },
  );

  async function ask(
    tx: Transaction,
    now: number,
  ): Promise<Done<Order> | Extract<CommandResult<Order>, { ok: false }>> {
    const id = deps.newId('o');
    if (!(await first(tx, id))) return { ok: false, code: 'conflict', detail: 'it is booked already' };
    const home = await homeFacts(tx, body.homeId);
    if (home === undefined)
      return { ok: false, code: 'invalid', detail: `homeId: there is no home ${body.homeId}` };
    if (body.residentId !== undefined && !home.residentIds.includes(body.residentId))
      return {
        ok: false,
        code: 'invalid',
        detail: `residentId: ${body.residentId} does not live in ${body.homeId}`,
      };
    const file =
      body.alertId === undefined
        ? CaseFile.forNewOrder(tx, now)
        : await CaseFile.ofAlert(tx, body.alertId, now);
    const wrong = wrongAlert(file, body);
    if (file === undefined || wrong !== undefined)
      return { ok: false, code: 'invalid', detail: `alertId: ${wrong ?? ''}` };
    if (body.sole === true && file.liveOrders.length > 0)
      return { ok: false, code: 'conflict', detail: 'it is seen to already' };
    const scheduledMs = body.scheduledAt === undefined ? null : Date.parse(body.scheduledAt);
    const { durationMin, role, means, planId } = body;
    const order = newOrder({
      id,
      alertId: body.alertId ?? null,
      homeId: body.homeId,
      residentId: body.residentId ?? home.residentId,
      street: home.street,
      service: body.service,
      emergency: body.service === 'urgent' && scheduledMs === null,
      createdAt: toIso(now),
      note: storableOrNull(body.note),
      scheduledAt: scheduledMs === null ? null : toIso(scheduledMs),
      ...(durationMin !== undefined && { durationMin }),
      ...(role !== undefined && { role }),
      ...(means !== undefined && { means }),
      ...(planId !== undefined && { planId }),
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
    file.addOrder(record, { what: 'requested', by: actor.username, note: order.service });
    if (body.caregiverId !== undefined) {
      const refused = await giveTo(file, record, body.caregiverId, actor, deps);
      if (refused !== undefined) return refused;
    } else if (scheduledMs === null || scheduledMs - now <= OFFER_AHEAD_MS)
      await offerNext(file, order.id, { by: 'system', breadth: 1 }, deps);
    return {
      file,
      value: () => file.order(order.id)?.order ?? order,
      changed: true,
      detail: { homeId: body.homeId, service: body.service, ...(planId !== undefined && { planId }) },
    };
  }
}

/** Only what is technical, or asked for by the button, is booked for a time; people are dispatched from their alert. */
function wrongAlert(file: CaseFile | undefined, body: OrderRequest): string | undefined {
  if (body.alertId === undefined) return undefined;
  const alert = file?.record?.alert;
  if (alert === undefined) return `there is no alert ${body.alertId}`;
  if (alert.homeId !== body.homeId) return `is of home ${alert.homeId}`;
  const fits =
    alert.kind === 'service_request'
      ? body.scheduledAt !== undefined
      : TECHNICAL_KINDS.includes(alert.kind) && body.service === 'repair';
  if (!fits)
    return 'only the repair for a technical alert, or what was asked for by the button, is booked; dispatch from the alert';
  return alert.state === 'resolved' ? 'is resolved' : undefined;
}

/** Agreed with somebody already: held to shifts, rest and what they have in their diary. */
async function giveTo(
  file: CaseFile,
  record: OrderRecord,
  caregiverId: string,
  actor: Actor,
  deps: EngineDeps,
): Promise<Extract<CommandResult<Order>, { ok: false }> | undefined> {
  const { order } = record;
  const booked = bookedOf(order, file.now);
  if (booked === undefined)
    return { ok: false, code: 'invalid', detail: 'caregiverId: only with scheduledAt; else it is offered' };
  if (!actsForOthers(actor) && actor.caregiverId !== caregiverId)
    return { ok: false, code: 'forbidden', detail: 'you book only for yourself' };
  const errand = errandOf(file.record?.alert.kind ?? null, order, file.now);
  const obstacles = await deps.recommender.obstacles(file.tx, caregiverId, errand, booked, file.now);
  if (obstacles === undefined)
    return { ok: false, code: 'invalid', detail: `caregiverId: there is no caregiver ${caregiverId}` };
  if (obstacles.length > 0)
    return { ok: false, code: 'conflict', detail: `${caregiverId} cannot: ${obstacles.join(', ')}` };
  const assigned = { offerId: deps.newId('of') };
  file.apply(accept(record, { caregiverId, by: actor.username, assigned }, file.now));
  return undefined;
}
