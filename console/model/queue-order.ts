import type { Alert, Order } from './api-types.ts';

/** Strict priority, then age; the id settles what remains, so that every console shows one order. */
export function compareAlerts(a: Alert, b: Alert): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  if (a.openedAt !== b.openedAt) return a.openedAt < b.openedAt ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

export type QueueView = 'all' | 'waiting' | 'mine' | 'callbacks';
export interface QueueFilter {
  view: QueueView;
  /** Chinese canonical street; empty: all. */
  street: string;
  /** Alert kind; empty: all. */
  kind: string;
}
export const NO_FILTER: QueueFilter = { view: 'all', street: '', kind: '' };

export const isWaiting = (a: Alert): boolean => a.state === 'pending' || a.state === 'open';
export const isLive = (a: Alert): boolean => a.state !== 'resolved' && !a.synthetic;

/** The queue as it would stand now: what is unresolved and passes the filter, in order. */
export function queueOf(
  alerts: Iterable<Alert>,
  filter: QueueFilter,
  me: string,
  hasCallBack: (a: Alert) => boolean,
): Alert[] {
  const rows: Alert[] = [];
  for (const a of alerts) {
    if (!isLive(a)) continue;
    if (filter.street && a.street !== filter.street) continue;
    if (filter.kind && a.kind !== filter.kind) continue;
    if (filter.view === 'waiting' && !isWaiting(a)) continue;
    if (filter.view === 'mine' && a.acknowledgedBy !== me) continue;
    if (filter.view === 'callbacks' && !hasCallBack(a)) continue;
    rows.push(a);
  }
  return rows.sort(compareAlerts);
}

export interface Counts {
  /** Unresolved, by priority (index 1–4). */
  byPriority: readonly [number, number, number, number, number];
  waiting: number;
  mine: number;
  callBacks: number;
  total: number;
}
export function countsOf(alerts: Iterable<Alert>, me: string, hasCallBack: (a: Alert) => boolean): Counts {
  const byPriority: [number, number, number, number, number] = [0, 0, 0, 0, 0];
  let [waiting, mine, callBacks, total] = [0, 0, 0, 0];
  for (const a of alerts) {
    if (!isLive(a)) continue;
    total += 1;
    byPriority[a.priority] += 1;
    if (isWaiting(a)) waiting += 1;
    if (a.acknowledgedBy === me && a.state === 'acknowledged') mine += 1;
    if (hasCallBack(a)) callBacks += 1;
  }
  return { byPriority, waiting, mine, callBacks, total };
}

const DONE: readonly string[] = ['completed', 'cancelled'];
export const isActiveOrder = (o: Order): boolean => !DONE.includes(o.state);

/**
 * The order that matters for an alarm: the one furthest on its way. What is over, or found nobody, counts only while
 * nothing is under way, the newest first.
 */
const PROGRESS: Readonly<Record<Order['state'], number>> = {
  cancelled: 0,
  completed: 1,
  requested: 1,
  offered: 2,
  accepted: 3,
  en_route: 4,
  on_scene: 5,
};
export function leadingOrder(orders: readonly Order[]): Order | undefined {
  let best: Order | undefined;
  for (const o of orders) {
    const d = best ? PROGRESS[o.state] - PROGRESS[best.state] : 1;
    if (!best || d > 0 || (d === 0 && o.createdAt > best.createdAt)) best = o;
  }
  return best;
}
