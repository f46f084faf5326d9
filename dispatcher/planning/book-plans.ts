import type { EngineDeps } from '../engine/engine.ts';
import { createOrder } from '../orders/create-order.ts';
import type { Actor } from '../ports.ts';
import { VISIT_PLAN_SELECT, visitPlanOf, type VisitPlanView } from '../registry/kinds/visit-plans.ts';
import { localDate } from '../registry/age.ts';
import { momentIn } from '../reports/period.ts';
import { ruleOn } from '../rules/rules.ts';
import { datesOf } from './plan-dates.ts';

export const BOOK_PLANS_EVERY_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;
/** A repair is looked for from an hour on, and not later than this. */
const REPAIR_WITHIN_HOURS = 48;
const REPAIRS_AT_ONCE = 20;

/** It acts for nobody, and everywhere. */
const SYSTEM: Actor = { username: 'system', role: 'admin', streets: [], caregiverId: null, address: '' };

/**
 * Makes the bookings of regular visits that lie within the horizon, each once whoever makes it: with the usual
 * caregiver if nothing keeps them from it, else to be offered to another a day before. Gives how many were made.
 */
export async function bookPlans(deps: EngineDeps, timeZone: string): Promise<number> {
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
      const atMs = momentIn(`${date} ${plan.at}`, timeZone);
      if (there.has(date) || atMs === undefined || atMs <= nowMs) continue;
      if (await bookOne(deps, plan, date, atMs)) made += 1;
    }
  }
  return made;
}

async function bookOne(deps: EngineDeps, plan: VisitPlanView, date: string, atMs: number): Promise<boolean> {
  const body = {
    homeId: plan.homeId,
    service: plan.service,
    scheduledAt: new Date(atMs).toISOString(),
    means: plan.means,
    planId: plan.id,
    ...(plan.residentId !== null && { residentId: plan.residentId }),
    ...(plan.title !== '' && { note: plan.title }),
    ...(plan.durationMin !== null && { durationMin: plan.durationMin }),
    ...(plan.role !== null && { role: plan.role }),
  };
  const create = (caregiverId: string | null) =>
    createOrder(
      SYSTEM,
      { ...body, ...(caregiverId !== null && { caregiverId }) },
      deps,
      async (tx, orderId) => {
        const { rowCount } = await tx.query(
          `insert into visit_plan_bookings (plan_id, date, order_id) values ($1, $2, $3) on conflict do nothing`,
          [plan.id, date, orderId],
        );
        return rowCount === 1;
      },
    );
  let result = await create(plan.caregiverId);
  if (!result.ok && plan.caregiverId !== null) result = await create(null);
  if (!result.ok && result.code !== 'conflict')
    deps.log.warn({ planId: plan.id, date, reason: result.detail }, 'a regular visit could not be booked');
  return result.ok;
}

/**
 * Where the rule says so, every technical alert of a home becomes a technician's visit, at the first hour for which
 * somebody can be found. One for an alert: a repair that was made or called off is not booked again by itself.
 */
export async function bookRepairs(deps: EngineDeps, timeZone: string): Promise<number> {
  const nowMs = deps.clock.now();
  const { repairsBooked } = await ruleOn(deps.pool, 'planning', localDate(nowMs, timeZone));
  if (!repairsBooked) return 0;
  const { rows } = await deps.pool.query<{ id: string; home_id: string }>(
    `select a.id, a.home_id from alerts a join homes h on h.id = a.home_id and h.retired_at is null
     where a.state in ('open', 'acknowledged') and a.kind in ('device_offline', 'device_fault', 'low_battery')
       and not a.test and not a.synthetic and not exists (select from orders o where o.alert_id = a.id)
     order by a.priority, a.opened_at limit $1`,
    [REPAIRS_AT_ONCE],
  );
  let made = 0;
  for (const { id, home_id } of rows) {
    const atMs = await firstHourFor(deps, home_id, nowMs);
    if (atMs === undefined) continue;
    const result = await createOrder(
      SYSTEM,
      { homeId: home_id, alertId: id, service: 'repair', scheduledAt: new Date(atMs).toISOString() },
      deps,
    );
    if (result.ok) made += 1;
  }
  return made;
}

async function firstHourFor(deps: EngineDeps, homeId: string, nowMs: number): Promise<number | undefined> {
  const from = Math.ceil(nowMs / HOUR_MS) * HOUR_MS;
  for (let hour = 1; hour <= REPAIR_WITHIN_HOURS; hour += 1) {
    const fromMs = from + hour * HOUR_MS;
    const booked = { orderId: '', fromMs, durationMin: null, role: null };
    const errand = {
      homeId,
      kind: null,
      service: 'repair' as const,
      emergency: false,
      asked: new Map(),
      booked,
    };
    const { candidates } = await deps.recommender.choose(deps.pool, errand, nowMs);
    if (candidates.length > 0) return fromMs;
  }
  return undefined;
}
