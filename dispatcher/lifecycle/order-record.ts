import type { Offer, Order } from '../../schemas/order.ts';

/** An order as it is stored: what the world sees (`orders.doc`) and what only the machine needs (`orders.work`). */
export interface OrderRecord {
  order: Order;
  work: OrderWork;
}

export interface OrderWork {
  /** `escalation`: the alert's policy made it, and decides on each further offer. */
  origin: 'escalation' | 'operator' | 'request';
  /** Who made it: a username or `system`. */
  by: string;
  acceptWithinMs: number;
  /** An arrival or check-in that was missed has been told so often. */
  overdue: number;
  /** How often a word from the scene is expected, as the rule was at the arrival. */
  checkInEveryMs?: number;
  /** When somebody on scene was last heard of, ISO; absent: at the arrival. */
  heardAt?: string;
  /** Offers to somebody whom a person has named: no other person's word takes them back. */
  named?: string[];
}

export type OrderDecision =
  | { ok: true; changed: false; record: OrderRecord }
  | { ok: true; changed: true; record: OrderRecord; facts: OrderFact[] }
  | { ok: false; code: 'conflict' | 'forbidden' | 'invalid'; detail: string };

/** What happened, for the alert's timeline and the audit log. */
export interface OrderFact {
  what: string;
  by: string;
  note: string | null;
}

export const refuse = (code: 'conflict' | 'forbidden' | 'invalid', detail: string): OrderDecision => ({
  ok: false,
  code,
  detail,
});
export const unchanged = (record: OrderRecord): OrderDecision => ({ ok: true, changed: false, record });

export function changed(record: OrderRecord, patch: Partial<Order>, ...facts: OrderFact[]): OrderDecision {
  return {
    ok: true,
    changed: true,
    record: { ...record, order: { ...record.order, ...patch, version: record.order.version + 1 } },
    facts,
  };
}

export const openOffers = (order: Order): Offer[] => order.offers.filter((offer) => offer.outcome === null);

/** Nobody has it, and it is not over. */
export const waitsForSomebody = (order: Order): boolean =>
  order.state === 'requested' || order.state === 'offered';
/** Somebody has it. */
export const isTaken = (order: Order): boolean =>
  order.state === 'accepted' || order.state === 'en_route' || order.state === 'on_scene';
export const isOver = (order: Order): boolean => order.state === 'completed' || order.state === 'cancelled';
