import type { Offer, Order } from './api-types.ts';

/** The one thing a caregiver has to do now. An emergency's offer comes before a visit under way; the rest waits. */
export type Work =
  | { kind: 'offer'; order: Order; offer: Offer }
  | { kind: 'visit'; order: Order }
  | { kind: 'idle'; later: Order[] };

const UNDER_WAY: readonly string[] = ['accepted', 'en_route', 'on_scene'];
/** A booking further ahead than this is not what one does now. */
const SOON_MS = 2 * 3_600_000;

export function openOffer(order: Order, caregiverId: string, nowMs: number): Offer | undefined {
  if (order.state === 'cancelled' || order.state === 'completed') return undefined;
  return order.offers.find(
    (f) => f.caregiverId === caregiverId && f.outcome === null && Date.parse(f.expiresAt) > nowMs,
  );
}

export function workOf(orders: Iterable<Order>, caregiverId: string, nowMs: number): Work {
  const offers: { order: Order; offer: Offer }[] = [];
  const mine: Order[] = [];
  for (const order of orders) {
    const offer = openOffer(order, caregiverId, nowMs);
    if (offer) offers.push({ order, offer });
    else if (order.caregiverId === caregiverId && UNDER_WAY.includes(order.state)) mine.push(order);
  }
  offers.sort(
    (a, b) =>
      Number(b.order.emergency) - Number(a.order.emergency) ||
      (a.offer.expiresAt < b.offer.expiresAt ? -1 : 1),
  );
  mine.sort((a, b) => rank(b) - rank(a) || (dueAt(a) < dueAt(b) ? -1 : 1));
  const [offer] = offers;
  const now = mine.find((o) => o.state !== 'accepted' || Date.parse(dueAt(o)) <= nowMs + SOON_MS);
  // Nobody leaves a bedside for an ordinary booking; an emergency she may at least hear of.
  if (offer && (!now || offer.order.emergency || now.state === 'accepted'))
    return { kind: 'offer', ...offer };
  if (now) return { kind: 'visit', order: now };
  return { kind: 'idle', later: mine };
}
const rank = (o: Order): number => UNDER_WAY.indexOf(o.state) + (o.emergency ? 10 : 0);
const dueAt = (o: Order): string => o.scheduledAt ?? o.createdAt;

export interface Ring {
  /** 0–1 of the time to answer that is left. */
  left: number;
  seconds: number;
}
export function countdown(offer: Pick<Offer, 'offeredAt' | 'expiresAt'>, nowMs: number): Ring {
  const end = Date.parse(offer.expiresAt);
  const total = Math.max(1, end - Date.parse(offer.offeredAt));
  const leftMs = Math.max(0, end - nowMs);
  return { left: Math.min(1, leftMs / total), seconds: Math.ceil(Math.min(leftMs, total) / 1000) };
}

/** Shortly before a word is due the phone reminds her. */
const REMIND_MS = 5 * 60_000;
export interface CheckIn {
  kind: 'quiet' | 'soon' | 'overdue';
  dueAt: string | null;
}
/** When the next word from the scene is expected, and whether it is near or missing. */
export function checkInState(
  order: Pick<Order, 'state' | 'checkInDueAt' | 'overdue'>,
  nowMs: number,
): CheckIn {
  const dueAt = order.state === 'on_scene' ? (order.checkInDueAt ?? null) : null;
  if (dueAt === null) return { kind: 'quiet', dueAt };
  const missing = order.overdue?.what === 'check_in' || Date.parse(dueAt) <= nowMs;
  const soon = Date.parse(dueAt) - nowMs <= REMIND_MS;
  return { kind: missing ? 'overdue' : soon ? 'soon' : 'quiet', dueAt };
}

export interface Tally {
  visits: number;
  minutes: number;
  /** null: nobody has rated yet. */
  rating: number | null;
}
/** Own finished visits within [from, to). */
export function tally(orders: Iterable<Order>, caregiverId: string, fromMs: number, toMs: number): Tally {
  let [visits, minutes, sum, rated] = [0, 0, 0, 0];
  for (const o of orders) {
    const at = Date.parse(o.visit?.endedAt ?? o.completedAt ?? '');
    if (o.caregiverId !== caregiverId || o.state !== 'completed' || !(at >= fromMs && at < toMs)) continue;
    visits += 1;
    minutes += o.visit?.minutes ?? 0;
    if (o.rating) {
      sum += o.rating.score;
      rated += 1;
    }
  }
  return { visits, minutes, rating: rated === 0 ? null : Math.round((sum / rated) * 10) / 10 };
}

const SHENZHEN_MS = 8 * 3_600_000;
export function monthStartMs(nowMs: number): number {
  const d = new Date(nowMs + SHENZHEN_MS);
  return Date.UTC(d.getUTCFullYear(), d.getUTCMonth(), 1) - SHENZHEN_MS;
}
export const dayStartMs = (nowMs: number): number => {
  const d = new Date(nowMs + SHENZHEN_MS);
  return Date.UTC(d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate()) - SHENZHEN_MS;
};
