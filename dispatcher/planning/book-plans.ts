import type { EngineDeps } from '../engine/engine.ts';
import type { Words } from '../personal/words.ts';
import { createOrder } from '../orders/create-order.ts';
import { VISIT_PLAN_SELECT, visitPlanOf } from '../registry/kinds/visit-plans.ts';
import { localDate } from '../registry/age.ts';
import { ruleOn } from '../rules/rules.ts';
import { SYSTEM } from './book-requests.ts';
import { datesOf } from './plan-dates.ts';
import { releaseBookings, type Wanted, wantedOn, wantedText } from './release-bookings.ts';

export const BOOK_PLANS_EVERY_MS = 15 * 60_000;

/**
 * Makes the bookings of regular visits that lie within the horizon, each once whoever makes it: with the usual
 * caregiver if nothing keeps them from it, else to be offered to another a day before. What a changed plan does not
 * want any more is called off first. Gives how many were made.
 */
export async function bookPlans(deps: EngineDeps, timeZone: string, words: Words): Promise<number> {
  await releaseBookings(deps, timeZone, words);
  const nowMs = deps.clock.now();
  const today = localDate(nowMs, timeZone);
  const { horizonDays } = await ruleOn(deps.pool, 'planning', today);
  const plans = await deps.pool.query(
    `${VISIT_PLAN_SELECT} where r.retired_at is null and h.retired_at is null
       and (r.until_date is null or r.until_date >= $1::date) order by r.id`,
    [today],
  );
  let made = 0;
  for (const plan of plans.rows.map(visitPlanOf)) {
    const booked = await deps.pool.query<{ date: string }>(
      `select to_char(date, 'YYYY-MM-DD') as date from visit_plan_bookings where plan_id = $1 and date >= $2::date`,
      [plan.id, today],
    );
    const there = new Set(booked.rows.map((row) => row.date));
    for (const date of datesOf(plan, today, horizonDays + 1)) {
      const wanted = wantedOn(plan, date, timeZone);
      if (there.has(date) || wanted === undefined || Date.parse(wanted.scheduledAt ?? '') <= nowMs) continue;
      if (await bookOne(deps, plan.id, date, wanted)) made += 1;
    }
  }
  return made;
}

async function bookOne(deps: EngineDeps, planId: string, date: string, wanted: Wanted): Promise<boolean> {
  const { caregiverId, ...anybody } = wanted;
  const create = (body: Wanted) =>
    createOrder(SYSTEM, body, deps, async (tx, orderId) => {
      const { rowCount } = await tx.query(
        `insert into visit_plan_bookings (plan_id, date, order_id, wanted) values ($1, $2, $3, $4)
         on conflict do nothing`,
        [planId, date, orderId, wantedText(wanted)],
      );
      return rowCount === 1;
    });
  let result = await create(wanted);
  if (!result.ok && caregiverId !== undefined) result = await create(anybody);
  if (!result.ok && result.code !== 'conflict')
    deps.log.warn({ planId, date, reason: result.detail }, 'a regular visit could not be booked');
  return result.ok;
}
