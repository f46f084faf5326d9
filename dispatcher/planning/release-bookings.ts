import type { Pool } from '../../platform/database.ts';
import { CaseFile } from '../engine/case-file.ts';
import { type Done, runCommand } from '../engine/command.ts';
import type { EngineDeps } from '../engine/engine.ts';
import { cancel } from '../lifecycle/offers.ts';
import type { Words } from '../personal/words.ts';
import type { OrderRequest } from '../orders/create-order.ts';
import type { CommandResult } from '../ports.ts';
import type { Order } from '../../schemas/order.ts';
import { VISIT_PLAN_SELECT, visitPlanOf, type VisitPlanView } from '../registry/kinds/visit-plans.ts';
import { momentIn } from '../reports/period.ts';
import { SYSTEM } from './book-requests.ts';
import { datesOf } from './plan-dates.ts';

/** What a plan wants on one of its dates; what was wanted when it was booked is kept beside the booking. */
export type Wanted = OrderRequest & { caregiverId?: string | undefined };

export function wantedOn(plan: VisitPlanView, date: string, timeZone: string): Wanted | undefined {
  const atMs = momentIn(`${date} ${plan.at}`, timeZone);
  if (atMs === undefined) return undefined;
  return {
    homeId: plan.homeId,
    service: plan.service,
    scheduledAt: new Date(atMs).toISOString(),
    means: plan.means,
    planId: plan.id,
    ...(plan.residentId !== null && { residentId: plan.residentId }),
    ...(plan.title !== '' && { note: plan.title }),
    ...(plan.durationMin !== null && { durationMin: plan.durationMin }),
    ...(plan.role !== null && { role: plan.role }),
    ...(plan.caregiverId !== null && { caregiverId: plan.caregiverId }),
  };
}

/** In the order of its fields, as it is compared. */
export const wantedText = (wanted: Wanted): string =>
  JSON.stringify(Object.entries(wanted).toSorted(([a], [b]) => (a < b ? -1 : 1)));

interface BookedRow {
  plan_id: string;
  date: string;
  order_id: string;
  wanted: string | null;
  scheduled_at: Date;
}

/**
 * Bookings of regular visits that their plan does not want any more, as it is now: changed, ended, retired, or the
 * date excepted. Those that nobody has set out for are called off, and may be booked anew; what was changed by hand on
 * a single one, or called off, stays as it is. Gives how many.
 */
export async function releaseBookings(deps: EngineDeps, timeZone: string, words: Words): Promise<number> {
  const now = new Date(deps.clock.now());
  const plans = await readPlans(deps.pool, words);
  const { rows } = await deps.pool.query<BookedRow>(
    `select b.plan_id, to_char(b.date, 'YYYY-MM-DD') as date, b.order_id, b.wanted, o.scheduled_at
     from visit_plan_bookings b join orders o on o.id = b.order_id
     where o.state in ('requested', 'offered', 'accepted') and o.scheduled_at > $1 order by b.plan_id, b.date`,
    [now],
  );
  let released = 0;
  for (const row of rows)
    if (
      !stillWanted(plans.get(row.plan_id), await opened(row, words), timeZone) &&
      (await release(deps, row))
    )
      released += 1;
  return released;
}

/** The same words may be sealed in two ways, so what is compared is what they say. */
async function opened(row: BookedRow, words: Words): Promise<BookedRow> {
  if (row.wanted === null) return row;
  return { ...row, wanted: JSON.stringify(await words.open(JSON.parse(row.wanted) as unknown)) };
}

async function readPlans(pool: Pool, words: Words): Promise<Map<string, VisitPlanView>> {
  const { rows } = await pool.query(
    `${VISIT_PLAN_SELECT} where r.retired_at is null and h.retired_at is null`,
  );
  return new Map((await words.open(rows.map(visitPlanOf))).map((plan) => [plan.id, plan]));
}

function stillWanted(plan: VisitPlanView | undefined, row: BookedRow, timeZone: string): boolean {
  if (plan === undefined || datesOf(plan, row.date, 1).length === 0) return false;
  const wanted = wantedOn(plan, row.date, timeZone);
  if (wanted === undefined) return false;
  // Booked before it was written down what was wanted: only its time can be told.
  if (row.wanted === null) return wanted.scheduledAt === row.scheduled_at.toISOString();
  return wantedText(wanted) === row.wanted;
}

async function release(deps: EngineDeps, row: BookedRow): Promise<boolean> {
  const result = await runCommand<Order>(
    deps,
    SYSTEM,
    { action: 'order.cancel', object: `order:${row.order_id}` },
    async (tx, now): Promise<Done<Order> | Extract<CommandResult<Order>, { ok: false }>> => {
      const file = await CaseFile.ofOrder(tx, row.order_id, now);
      const record = file?.order(row.order_id);
      if (file === undefined || record === undefined || record.order.state === 'en_route')
        return { ok: false, code: 'conflict', detail: 'it is under way' };
      const decision = cancel(record, { by: 'system', reason: 'plan_changed' }, now);
      if (!decision.ok) return { ...decision, ok: false };
      const { order } = file.apply(decision);
      await tx.query('delete from visit_plan_bookings where plan_id = $1 and date = $2 and order_id = $3', [
        row.plan_id,
        row.date,
        row.order_id,
      ]);
      return { file, value: () => order, changed: true, detail: { planId: row.plan_id } };
    },
  );
  return result.ok;
}
