import type { Queryable } from '../../platform/database.ts';
import type { Order } from '../../schemas/order.ts';
import type { Person } from '../recommendation/rank.ts';
import type { Errand } from '../recommendation/recommender.ts';
import { readRoster } from '../recommendation/roster.ts';
import type { LocalMinute } from '../recommendation/shift.ts';
import { type Booked, holdDiary, readBooking, readPlanFacts } from './plan-store.ts';
import { obstaclesTo } from './plan-visit.ts';

/** Of an order that is for a time; undefined: it is for now. What was due already is due now. */
export function bookedOf(order: Order, nowMs: number): Booked | undefined {
  if (order.scheduledAt === null || order.emergency) return undefined;
  return {
    orderId: order.id,
    fromMs: Math.max(Date.parse(order.scheduledAt), nowMs),
    durationMin: order.durationMin ?? null,
    role: order.role ?? null,
    ...(order.means === 'call' && { byCall: true }),
  };
}

/**
 * What keeps this caregiver from a booked visit, with their diary held until the end of the transaction, so that the
 * answer stays true. Empty: nothing. Undefined: there is no such caregiver.
 */
export async function bookingObstacles(
  tx: Queryable,
  caregiverId: string,
  errand: Errand,
  booked: Booked,
  { nowMs, local }: { nowMs: number; local: (ms: number) => LocalMinute },
): Promise<string[] | undefined> {
  await holdDiary(tx, caregiverId);
  const person = await personOf(tx, caregiverId, nowMs);
  if (person === undefined) return undefined;
  const facts = await readPlanFacts(tx, booked.fromMs, nowMs, local, caregiverId);
  return obstaclesTo(person, await readBooking(tx, errand, booked, facts), facts);
}

async function personOf(tx: Queryable, caregiverId: string, nowMs: number): Promise<Person | undefined> {
  const { people } = await readRoster(tx, nowMs);
  return people.find((person) => person.caregiverId === caregiverId);
}
