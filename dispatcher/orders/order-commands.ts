import type { Order } from '../../schemas/order.ts';
import { mayOnOrder, actsForOthers, caregiverOf } from '../authority.ts';
import { advance } from '../engine/advance.ts';
import { CaseFile } from '../engine/case-file.ts';
import { type Done, Refused, runCommand, storable, storableOrNull } from '../engine/command.ts';
import type { EngineDeps } from '../engine/engine.ts';
import { errandOf, offerTo } from '../engine/offer-next.ts';
import type { RouteKey } from '../http/access.ts';
import { handOver } from '../lifecycle/hand-over.ts';
import { accept, cancel, decline } from '../lifecycle/offers.ts';
import { CHECK_IN_AFTER_MS } from '../lifecycle/order-deadline.ts';
import type { OrderDecision, OrderRecord } from '../lifecycle/order-record.ts';
import { arrive, checkIn, complete, depart, rate } from '../lifecycle/visit.ts';
import { bookedOf } from '../planning/planner.ts';
import { replan } from '../planning/replan.ts';
import type { Actor, CommandResult, OrderCommands } from '../ports.ts';
import { localDate } from '../registry/age.ts';
import { ruleOn } from '../rules/rules.ts';
import { createOrder } from './create-order.ts';
import {
  caregiverFacts,
  hasEmergencyOrder,
  homeFacts,
  providerOf,
  sealedComment,
  writeRating,
  writeVisit,
} from './order-store.ts';

/** What is said of a visit tells of people: it is stored sealed. */
export interface NoteSealing {
  sealNotes(notes: string): Uint8Array;
  openNotes(sealed: Uint8Array): string;
}
type Verb =
  'accept' | 'decline' | 'depart' | 'arrive' | 'check-in' | 'hand-over' | 'complete' | 'cancel' | 'rating';
interface Asked {
  expectedVersion?: number | undefined;
  caregiverId?: string | undefined;
}
interface Scene {
  file: CaseFile;
  record: OrderRecord;
  caregiverId: string;
  by: string;
  now: number;
}
type Refusal = Extract<CommandResult<Order>, { ok: false }>;

/** The commands on orders. Each one commits order, offers, alert, events, outbox rows and audit together (I6). */
export function createOrderCommands(deps: EngineDeps & NoteSealing & { timeZone: string }): OrderCommands {
  async function current(id: string, detail: string): Promise<CommandResult<Order>> {
    const { rows } = await deps.pool.query<{ doc: Order }>('select doc from orders where id = $1', [id]);
    const [row] = rows;
    return row === undefined
      ? { ok: false, code: 'not_found', detail: `no order ${id}` }
      : { ok: false, code: 'conflict', detail, current: row.doc };
  }

  function command(
    id: string,
    actor: Actor,
    verb: Verb,
    body: Asked,
    decide: (scene: Scene) => OrderDecision | Promise<OrderDecision>,
    also: {
      before?: (scene: Scene, order: Order) => Promise<Refusal | undefined>;
      after?: (scene: Scene, order: Order) => Promise<void>;
    } = {},
  ): Promise<CommandResult<Order>> {
    return runCommand<Order>(
      deps,
      actor,
      { action: `order.${verb}`, object: `order:${id}` },
      async (tx, now): Promise<Done<Order> | Refusal> => {
        const file = await CaseFile.ofOrder(tx, id, now);
        const record = file?.order(id);
        if (file === undefined || record === undefined)
          return { ok: false, code: 'not_found', detail: `no order ${id}` };
        const who = whoActs(actor, verb, body, record.order);
        if ('code' in who) return { ok: false, ...who };
        const scene = { file, record, caregiverId: who.caregiverId, by: actor.username, now };
        const decision = await decide(scene);
        if (!decision.ok) return { ...decision, ok: false, current: record.order };
        const value = (): Order => file.order(id)?.order ?? record.order;
        if (!decision.changed) return { file, value, changed: false };
        if (body.expectedVersion !== undefined && body.expectedVersion !== record.order.version)
          return {
            ok: false,
            code: 'conflict',
            detail: `the order is at version ${record.order.version}, not ${body.expectedVersion}`,
            current: record.order,
          };
        const { order } = file.apply(decision);
        const refused = await also.before?.(scene, order);
        if (refused !== undefined) throw new Refused<Order>(refused);
        await advance(file, deps);
        await also.after?.(scene, order);
        return { file, value, changed: true, detail: { caregiverId: who.caregiverId, state: order.state } };
      },
      (constraint) =>
        constraint === 'orders_one_emergency' || constraint === 'offers_one_open_emergency'
          ? current(id, 'the caregiver has another emergency order')
          : undefined,
    );
  }

  /** Whatever else may be agreed by telephone: nobody is in two homes at once. The order that is in the way. */
  async function clashOf(file: CaseFile, order: Order, caregiverId: string): Promise<string | undefined> {
    const booked = bookedOf(order, file.now);
    if (booked === undefined) return undefined;
    const errand = errandOf(file.record?.alert.kind ?? null, order, file.now);
    const obstacles = await deps.recommender.obstacles(file.tx, caregiverId, errand, booked, file.now);
    return obstacles?.find((reason) => reason.startsWith('clash:'))?.slice('clash:'.length);
  }

  async function offerToNamed(
    { file, by }: Scene,
    { id, emergency }: Order,
    to: string | undefined,
  ): Promise<Refusal | undefined> {
    if (to === undefined) return undefined;
    const busy = emergency && (await hasEmergencyOrder(file.tx, to, id));
    if (!busy && (await offerTo(file, id, { caregiverId: to, by, note: null }, deps))) return undefined;
    return { ok: false, code: 'conflict', detail: `${to} has another emergency` };
  }

  return {
    create: (actor, body) => createOrder(actor, body, deps),

    accept: (id, actor, body) =>
      command(id, actor, 'accept', body, async ({ file, record, caregiverId, by, now }) => {
        const { order } = record;
        // By telephone, for an order without an alert; an alert's order is offered through its dispatch.
        const assign = actsForOthers(actor) && order.alertId === null;
        if (assign && (await caregiverFacts(file.tx, caregiverId)) === undefined)
          return { ok: false, code: 'invalid', detail: `caregiverId: there is no caregiver ${caregiverId}` };
        const decision = accept(
          record,
          { caregiverId, by, ...(assign && { assigned: { offerId: deps.newId('of') } }) },
          now,
        );
        const taken = decision.ok && decision.changed && order.emergency;
        if (taken && (await hasEmergencyOrder(file.tx, caregiverId, id)))
          return { ok: false, code: 'conflict', detail: `${caregiverId} has another emergency order` };
        const clash = decision.ok && decision.changed ? await clashOf(file, order, caregiverId) : undefined;
        return clash === undefined
          ? decision
          : { ok: false, code: 'conflict', detail: `${caregiverId} has another visit then: ${clash}` };
      }),
    decline: (id, actor, body) =>
      command(id, actor, 'decline', body, ({ record, caregiverId, by, now }) =>
        decline(record, { caregiverId, by, reason: storable(body.reason) }, now),
      ),
    depart: (id, actor, body) =>
      command(id, actor, 'depart', body, ({ record, by, now }) =>
        depart(record, { by, at: body.at, desk: actsForOthers(actor) }, now),
      ),
    arrive: (id, actor, body) =>
      command(id, actor, 'arrive', body, async ({ file, record, by, now }) => {
        const { lat, lon, accuracyM } = body;
        if ((lat === undefined) !== (lon === undefined))
          return { ok: false, code: 'invalid', detail: 'lat and lon go together' };
        const home = (await homeFacts(file.tx, record.order.homeId))?.place ?? null;
        const place =
          lat === undefined || lon === undefined ? undefined : { lat, lon, accuracyM: accuracyM ?? null };
        const { checkInMin } = await ruleOn(file.tx, 'planning', localDate(now, deps.timeZone));
        const checkInEveryMs = checkInMin === undefined ? CHECK_IN_AFTER_MS : checkInMin * 60_000;
        const told = { by, at: body.at, desk: actsForOthers(actor), place, home, checkInEveryMs };
        return arrive(record, told, now);
      }),
    checkIn: (id, actor, body) =>
      command(id, actor, 'check-in', body, ({ record, by, now }) =>
        checkIn(record, { by, at: body.at }, now),
      ),
    complete: (id, actor, body) =>
      command(
        id,
        actor,
        'complete',
        body,
        ({ record, by, now }) => complete(record, { by, at: body.at, service: body.service }, now),
        {
          after: async ({ file }, order) => {
            const provider = await providerOf(file.tx, order.caregiverId ?? '');
            const notes = storableOrNull(body.notes);
            await writeVisit(file.tx, order, provider, notes === null ? null : deps.sealNotes(notes));
          },
        },
      ),
    handOver: (id, actor, body) =>
      command(
        id,
        actor,
        'hand-over',
        body,
        async ({ file, record, by }) => {
          if (body.to !== undefined && (await caregiverFacts(file.tx, body.to)) === undefined)
            return { ok: false, code: 'invalid', detail: `to: there is no caregiver ${body.to}` };
          if (body.to !== undefined && body.to === record.order.caregiverId)
            return { ok: false, code: 'invalid', detail: 'to: has it already' };
          return handOver(record, { by, reason: storable(body.reason) });
        },
        // Before the case is brought on: who is named is asked instead of the best.
        { before: (scene, order) => offerToNamed(scene, order, body.to) },
      ),
    cancel: (id, actor, body) =>
      command(id, actor, 'cancel', body, ({ record, by, now }) =>
        cancel(record, { by, reason: storable(body.reason) }, now),
      ),
    rate: (id, actor, body) =>
      command(
        id,
        actor,
        'rating',
        body,
        async ({ file, record, by, now }) => {
          const said = await sealedComment(file.tx, id);
          const { rating } = record.order;
          const known: OrderRecord =
            rating === null || said === null
              ? record
              : {
                  ...record,
                  order: { ...record.order, rating: { ...rating, comment: deps.openNotes(said) } },
                };
          return rate(known, { by, score: body.score, comment: storableOrNull(body.comment) }, now);
        },
        {
          after: ({ file, by }, order) => {
            const comment = order.rating?.comment ?? null;
            return writeRating(file.tx, order, by, comment === null ? null : deps.sealNotes(comment));
          },
        },
      ),
    replan: (actor, body) => replan(deps, deps.timeZone, actor, body),
  };
}

/** For whom the command is, if it may be: the one who was asked, the one who has it, or a person at the desk for them. */
function whoActs(
  actor: Actor,
  verb: Verb,
  body: Asked,
  order: Order,
): { caregiverId: string } | { code: 'forbidden' | 'invalid'; detail: string } {
  const route = `POST /orders/:id/${verb}` as const satisfies RouteKey;
  const no = mayOnOrder(actor, route, order);
  if (no !== undefined) return { code: 'forbidden', detail: no };
  if (verb === 'rating') return { caregiverId: order.caregiverId ?? '' };
  if (verb === 'cancel' && actsForOthers(actor)) return { caregiverId: order.caregiverId ?? '' };
  const asking = verb === 'accept' || verb === 'decline';
  const who = caregiverOf(actor, body.caregiverId, asking ? null : order.caregiverId);
  if ('code' in who || asking) {
    // Nobody has it: what is wrong is the order's state, not who acts.
    const nobody = 'code' in who && who.code === 'invalid' && !asking;
    return nobody ? { caregiverId: '' } : who;
  }
  if (order.caregiverId !== null && order.caregiverId !== who.caregiverId)
    return { code: 'forbidden', detail: `the order is ${order.caregiverId}'s` };
  if (verb === 'cancel' && order.caregiverId === null)
    return { code: 'forbidden', detail: 'the order is not yours; decline it' };
  return who;
}
