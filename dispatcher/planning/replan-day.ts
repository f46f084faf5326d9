import type { Person } from '../recommendation/rank.ts';
import type { Booking, Entry, PlanFacts } from './plan-visit.ts';
import { planVisit } from './plan-visit.ts';

/** A visit of the day that nobody has, or that whoever has it cannot make. */
export interface Loose {
  booking: Booking;
  /** Who has it; null: nobody. */
  from: string | null;
}
export interface Move {
  orderId: string;
  from: string | null;
  /** null: nobody can. */
  to: string | null;
  reasons: string[];
}

/**
 * Finds somebody for each visit that is loose, leaving alone what is not: those for whom the fewest could come choose
 * first, then the earlier ones; each choice stands in the diaries for the next. Pure.
 */
export function replanDay(people: readonly Person[], loose: readonly Loose[], facts: PlanFacts): Move[] {
  const free = new Set(loose.map(({ booking }) => booking.orderId));
  const diaries = new Map<string, Entry[]>(
    [...facts.diaries].map(([id, entries]) => [id, entries.filter((entry) => !free.has(entry.orderId))]),
  );
  const now = { ...facts, diaries };
  const open = loose.map((item) => ({ item, could: planVisit(people, item.booking, now).candidates.length }));
  open.sort((a, b) => a.could - b.could || a.item.booking.fromMs - b.item.booking.fromMs);
  const moves = open.map(({ item: { booking, from } }): Move => {
    const { candidates, shortfalls } = planVisit(people, booking, now);
    const [best] = candidates;
    const { orderId } = booking;
    if (best === undefined) return { orderId, from, to: null, reasons: shortfalls };
    const to = best.person.caregiverId;
    const { fromMs, toMs, place } = booking;
    diaries.set(to, [...(diaries.get(to) ?? []), { orderId, fromMs, toMs, place }]);
    return { orderId, from, to, reasons: best.reasons };
  });
  const at = new Map(loose.map(({ booking }) => [booking.orderId, booking.fromMs]));
  return moves.sort((a, b) => (at.get(a.orderId) ?? 0) - (at.get(b.orderId) ?? 0));
}
