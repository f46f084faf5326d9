import type { Order, Service } from '../model/api-types.ts';
import type { FakeDesk } from './fake-desk.ts';

/** A caregiver's planned day: minute of the local day, minutes it takes, spare before it, and what else is of note. */
export const PLANNED: readonly {
  service: Service;
  begin: number;
  minutes: number;
  slack: number | null;
  more?: { means: 'call'; title: string } | { state: 'offered'; tentative: true };
}[] = [
  { service: 'bath', begin: 540, minutes: 90, slack: null },
  { service: 'clean', begin: 640, minutes: 60, slack: -3 },
  { service: 'medical', begin: 780, minutes: 120, slack: 68 },
  { service: 'meal', begin: 930, minutes: 15, slack: 20, more: { means: 'call', title: '每周问候' } },
  { service: 'bath', begin: 1000, minutes: 60, slack: 45, more: { state: 'offered', tentative: true } },
];
/** `2026-11-23` in Shenzhen, so many days on. */
export const localDate = (nowMs: number, daysOn = 0): string =>
  new Date(nowMs + (8 + 24 * daysOn) * 3_600_000).toISOString().slice(0, 10);
export const plannedId = (date: string, n: number): string => `or-${date.slice(5).replace('-', '')}${n}`;

const MINUTE_MS = 60_000;
const DAY_MIN = 1440;
/** What she has done today so far, and some days before, with what people said of it. */
export function haveVisited(desk: FakeDesk, caregiverId: string, nowMs: number): void {
  const today = localDate(nowMs);
  const midnight = Date.parse(`${today}T00:00:00+08:00`);
  const done = (id: string, n: number, service: Service, beginMin: number, minutes: number): void => {
    const at = (minute: number): string => new Date(midnight + minute * MINUTE_MS).toISOString();
    const home = desk.world.homes[n % desk.world.homes.length];
    if (!home || midnight + (beginMin + minutes) * MINUTE_MS > nowMs) return;
    const order: Order = {
      id,
      alertId: null,
      homeId: home.id,
      residentId: `${home.id}-r1`,
      service,
      state: 'completed',
      caregiverId,
      offers: [],
      scheduledAt: at(beginMin),
      createdAt: at(beginMin - 2 * DAY_MIN),
      acceptedAt: at(beginMin - DAY_MIN),
      departedAt: at(beginMin - 12),
      arrivedAt: at(beginMin),
      completedAt: at(beginMin + minutes),
      visit: { beganAt: at(beginMin), endedAt: at(beginMin + minutes), minutes, place: null },
      rating: n % 3 === 1 ? null : { score: 10 - (n % 2), comment: null, at: at(beginMin + minutes + 90) },
      cancelledAt: null,
      cancelReason: null,
      note: null,
      emergency: false,
      street: home.street,
      version: 1,
    };
    desk.putOrder(order);
  };
  for (const [i, v] of PLANNED.entries()) done(plannedId(today, i + 1), i + 1, v.service, v.begin, v.minutes);
  for (const [n, daysAgo] of [2, 3, 5, 9].entries())
    done(
      `or-0${daysAgo}7${n}`,
      n + 6,
      n % 2 === 0 ? 'bath' : 'meal',
      (10 + n) * 60 - daysAgo * DAY_MIN,
      45 + 10 * n,
    );
}
