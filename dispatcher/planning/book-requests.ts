import type { AlertKind } from '../../schemas/alert.ts';
import type { Service } from '../../schemas/channels.ts';
import type { EngineDeps } from '../engine/engine.ts';
import { createOrder } from '../orders/create-order.ts';
import type { Actor } from '../ports.ts';
import { localDate } from '../registry/age.ts';
import { localMinutes } from '../recommendation/local-minute.ts';
import { ruleOn } from '../rules/rules.ts';

const HOUR_MS = 3_600_000;
/** A visit is looked for from the next full hour but one on, and not later than this. */
const WITHIN_HOURS = 48;
const AT_ONCE = 20;
/** A resident is not called upon at night for what they asked for by day; technicians come when they are on shift. */
const SERVICE_HOURS = [8, 20] as const;

/** It acts for nobody, and everywhere. */
export const SYSTEM: Actor = {
  username: 'system',
  role: 'admin',
  streets: [],
  caregiverId: null,
  address: '',
};

/**
 * Where the rule says so, a technical alert becomes a technician's visit, and what a resident asks for by the button's
 * `service` a booking, at the first hour for which somebody can be found. One for an alert: what was made or called
 * off is not booked again by itself. Nobody is kept from taking it in hand before.
 */
export async function bookRequests(deps: EngineDeps, timeZone: string): Promise<number> {
  const nowMs = deps.clock.now();
  const { repairsBooked, servicesBooked = [] } = await ruleOn(
    deps.pool,
    'planning',
    localDate(nowMs, timeZone),
  );
  if (!repairsBooked && servicesBooked.length === 0) return 0;
  const { rows } = await deps.pool.query<{
    id: string;
    home_id: string;
    kind: AlertKind;
    service: Service | null;
  }>(
    `select a.id, a.home_id, a.kind, a.doc ->> 'service' as service
     from alerts a join homes h on h.id = a.home_id and h.retired_at is null
     where a.state in ('open', 'acknowledged')
       and ($2 and a.kind in ('device_offline', 'device_fault', 'low_battery')
         or a.kind = 'service_request' and a.doc ->> 'service' = any($3))
       and not a.test and not a.synthetic and not exists (select from orders o where o.alert_id = a.id)
     order by a.priority, a.opened_at limit $1`,
    [AT_ONCE, repairsBooked, servicesBooked],
  );
  let made = 0;
  for (const { id, home_id: homeId, kind, service: asked } of rows) {
    const service = kind === 'service_request' ? (asked ?? 'care') : 'repair';
    const atMs = await firstHourFor(deps, timeZone, { homeId, kind, service }, nowMs);
    if (atMs === undefined) continue;
    const scheduledAt = new Date(atMs).toISOString();
    const result = await createOrder(SYSTEM, { homeId, alertId: id, service, scheduledAt, sole: true }, deps);
    if (result.ok) made += 1;
  }
  return made;
}

async function firstHourFor(
  deps: EngineDeps,
  timeZone: string,
  asked: { homeId: string; kind: AlertKind; service: Service },
  nowMs: number,
): Promise<number | undefined> {
  const local = localMinutes(timeZone);
  const [first, last] = asked.service === 'repair' ? [0, 24] : SERVICE_HOURS;
  const from = Math.ceil(nowMs / HOUR_MS) * HOUR_MS;
  for (let hour = 1; hour <= WITHIN_HOURS; hour += 1) {
    const fromMs = from + hour * HOUR_MS;
    const hourOfDay = local(fromMs).minuteOfDay / 60;
    if (hourOfDay < first || hourOfDay >= last) continue;
    const booked = { orderId: '', fromMs, durationMin: null, role: null };
    const errand = { ...asked, emergency: false, asked: new Map<string, string>(), booked };
    const { candidates } = await deps.recommender.choose(deps.pool, errand, nowMs);
    if (candidates.length > 0) return fromMs;
  }
  return undefined;
}
