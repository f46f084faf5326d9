import type { z } from 'zod';
import type { AlertKind } from '../../schemas/alert.ts';
import type { replanBody } from '../../schemas/commands.ts';
import type { Order } from '../../schemas/order.ts';
import { type Done, runCommand } from '../engine/command.ts';
import { CaseFile } from '../engine/case-file.ts';
import type { EngineDeps } from '../engine/engine.ts';
import { errandOf, offerNext, offerTo } from '../engine/offer-next.ts';
import { handOver } from '../lifecycle/hand-over.ts';
import type { OrderRecord } from '../lifecycle/order-record.ts';
import type { Actor, CommandResult, Replanned } from '../ports.ts';
import { localMinutes } from '../recommendation/local-minute.ts';
import { readRoster } from '../recommendation/roster.ts';
import { momentOf } from '../reports/period.ts';
import { readBooking, readPlanFacts } from './plan-store.ts';
import { obstaclesTo } from './plan-visit.ts';
import { bookedOf } from './planner.ts';
import { type Loose, type Move, replanDay } from './replan-day.ts';

interface DayOrder {
  doc: Order;
  kind: AlertKind | null;
}

/**
 * A local day anew: what nobody has, what whoever has it cannot make any more (leave, rest, another visit), and all
 * that somebody has who does not come at all. Proposed, and with `apply` also carried out: who is found is asked, and
 * who had it before is relieved. What is in order is left alone; each visit is a transaction of its own.
 */
export async function replan(
  deps: EngineDeps,
  timeZone: string,
  actor: Actor,
  { date, awayId, apply }: z.infer<typeof replanBody>,
): Promise<CommandResult<Replanned>> {
  const nowMs = deps.clock.now();
  const [from, to] = [momentOf(date, 'from', timeZone), momentOf(date, 'to', timeZone)];
  if (from === undefined || to === undefined || Date.parse(to) <= nowMs)
    return { ok: false, code: 'invalid', detail: 'date: that day is over' };
  const { rows } = await deps.pool.query<DayOrder>(
    `select o.doc, a.kind from orders o left join alerts a on a.id = o.alert_id
     where o.scheduled_at >= greatest($1::timestamptz, $3) and o.scheduled_at < $2 and not o.emergency
       and o.state in ('requested', 'offered', 'accepted')
       and (cardinality($4::text[]) = 0 or o.street = any($4))
     order by o.scheduled_at, o.id`,
    [from, to, new Date(nowMs), actor.streets],
  );
  const { loose, people, facts } = await looseOf(deps, timeZone, rows, { from, to, awayId });
  const moves = replanDay(
    people.filter((person) => person.caregiverId !== awayId),
    loose,
    facts,
  );
  const orders = new Map(rows.map(({ doc }) => [doc.id, doc]));
  const told: Replanned['moves'] = [];
  for (const move of moves) {
    const order = orders.get(move.orderId);
    if (order === undefined) continue;
    // Whoever has a visit that nobody else can make keeps it, unless they do not come.
    const stays = move.to === null && move.from !== null && move.from !== awayId;
    const done = apply === true && !stays && (await carryOut(deps, actor, order, move, date));
    const { homeId, service } = order;
    told.push({ ...move, homeId, service, scheduledAt: order.scheduledAt ?? '', applied: done });
  }
  return {
    ok: true,
    changed: told.some((move) => move.applied),
    value: { date, visits: rows.length, moves: told },
  };
}

async function looseOf(
  deps: EngineDeps,
  timeZone: string,
  rows: readonly DayOrder[],
  { from, to, awayId }: { from: string; to: string; awayId: string | undefined },
) {
  const nowMs = deps.clock.now();
  const middleMs = (Date.parse(from) + Date.parse(to)) / 2;
  const { people } = await readRoster(deps.pool, nowMs);
  const facts = await readPlanFacts(deps.pool, middleMs, nowMs, localMinutes(timeZone));
  const known = new Map(people.map((person) => [person.caregiverId, person]));
  const loose: Loose[] = [];
  for (const { doc, kind } of rows) {
    const booked = bookedOf(doc, nowMs);
    // Whoever is being asked is let answer.
    if (booked === undefined || doc.state === 'offered') continue;
    const booking = await readBooking(deps.pool, errandOf(kind, doc, nowMs), booked, facts);
    if (doc.state === 'accepted' && doc.caregiverId !== awayId) {
      const holder = known.get(doc.caregiverId ?? '');
      const own = { ...booking, asked: new Map<string, string>() };
      if (holder !== undefined && obstaclesTo(holder, own, facts).length === 0) continue;
      // Two that clash are one too many, not two: the earlier stays.
      if (holder !== undefined && !isTheLater(holder.caregiverId, own, facts)) continue;
    }
    loose.push({ booking, from: doc.caregiverId });
  }
  return { loose, people, facts };

  function isTheLater(id: string, booking: Loose['booking'], all: typeof facts): boolean {
    const person = known.get(id);
    if (person === undefined) return true;
    const before = (all.diaries.get(id) ?? []).filter(
      (entry) =>
        entry.fromMs < booking.fromMs || (entry.fromMs === booking.fromMs && entry.orderId < booking.orderId),
    );
    return obstaclesTo(person, booking, { ...all, diaries: new Map([[id, before]]) }).length > 0;
  }
}

/** False: it has changed in between, and is left as it is. */
async function carryOut(
  deps: EngineDeps,
  actor: Actor,
  planned: Order,
  move: Move,
  date: string,
): Promise<boolean> {
  const by = actor.username;
  const result = await runCommand<Order>(
    deps,
    actor,
    { action: 'order.replan', object: `order:${planned.id}` },
    async (tx, now): Promise<Done<Order> | Extract<CommandResult<Order>, { ok: false }>> => {
      const file = await CaseFile.ofOrder(tx, planned.id, now);
      const record = file?.order(planned.id);
      if (file === undefined || record?.order.version !== planned.version)
        return { ok: false, code: 'conflict', detail: 'changed in between' };
      const relieved: OrderRecord =
        record.order.state === 'accepted'
          ? file.apply(handOver(record, { by, reason: `replanned ${date}` }))
          : record;
      const { id } = relieved.order;
      const asked =
        move.to !== null && (await offerTo(file, id, { caregiverId: move.to, by, note: null }, deps));
      if (!asked) await offerNext(file, id, { by, breadth: 1 }, deps);
      return {
        file,
        value: () => file.order(id)?.order ?? relieved.order,
        changed: true,
        detail: { from: move.from, to: move.to },
      };
    },
  );
  return result.ok;
}
