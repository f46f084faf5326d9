import type { Alert, Order } from './api-types.ts';
import { isActiveOrder } from './queue-order.ts';
import { overdueFrom } from './overdue.ts';
import type { Overdue } from './overdue.ts';
import { NONE_UNCONFIRMED, noteAll, unconfirmedFrom } from './unconfirmed.ts';
import type { Unconfirmed } from './unconfirmed.ts';

/**
 * What the console knows of the world, as a fold over what the service said. Pure and replayable: the same messages
 * in the same order give the same state, in every tab.
 *
 * Guarantees: an older version never replaces a newer one, whichever way it arrived (list, stream, a command's
 * answer, a 409); a synthetic alarm never enters; nothing unresolved is dropped except by a fresh full load.
 */
export interface LiveState {
  loaded: boolean;
  alerts: ReadonlyMap<string, Alert>;
  orders: ReadonlyMap<string, Order>;
  /** Resume point of the stream; null before the first load. */
  lastEventId: string | null;
  canary: { latencyMs: number; atMs: number } | null;
  /** The current outage's beginning; null while connected. */
  lostAtMs: number | null;
  /** Opened while we were cut off, and not yet looked at. */
  missed: ReadonlySet<string>;
  /** The last outage, until dismissed. */
  gap: { fromMs: number; toMs: number; reloaded: boolean } | null;
  unconfirmed: Unconfirmed;
  /** What the service's own auditor finds neither done nor due. */
  overdue: readonly Overdue[];
}

export const EMPTY: LiveState = {
  loaded: false,
  alerts: new Map(),
  orders: new Map(),
  lastEventId: null,
  canary: null,
  lostAtMs: null,
  missed: new Set(),
  gap: null,
  unconfirmed: NONE_UNCONFIRMED,
  overdue: [],
};

export interface StreamMessage {
  id: string | null;
  event: string;
  data: unknown;
}

export type LiveEvent =
  | {
      type: 'loaded';
      alerts: readonly Alert[];
      orders: readonly Order[];
      streamId: string;
      complete: boolean;
    }
  | { type: 'stream'; messages: readonly StreamMessage[]; atMs: number }
  | { type: 'alert'; alert: Alert }
  | { type: 'order'; order: Order }
  | { type: 'lost'; atMs: number }
  | { type: 'back'; atMs: number; reloaded: boolean }
  | { type: 'seen'; alertId: string }
  | { type: 'gap_dismissed' }
  | { type: 'unconfirmed_noted' }
  | { type: 'logged_out' };

/** Resolved alarms stay for reopening and for the detail that is open; beyond this many the oldest go. */
const RESOLVED_KEPT = 200;

export function evolve(state: LiveState, event: LiveEvent): LiveState {
  switch (event.type) {
    case 'loaded':
      return load(state, event);
    case 'stream':
      return fold(state, event.messages, event.atMs);
    case 'alert':
      return { ...state, alerts: withAlert(state.alerts, event.alert) };
    case 'order':
      return { ...state, orders: withOrder(state.orders, event.order) };
    case 'lost':
      return state.lostAtMs === null ? { ...state, lostAtMs: event.atMs } : state;
    case 'back': {
      // The line was back already when the service said `reset`: what we hold is whole, but not by resuming.
      if (state.lostAtMs === null)
        return event.reloaded && state.gap ? { ...state, gap: { ...state.gap, reloaded: true } } : state;
      return {
        ...state,
        lostAtMs: null,
        // A connection begins with none; those that still wait are told at once.
        unconfirmed: { ...NONE_UNCONFIRMED, noted: state.unconfirmed.noted },
        overdue: [],
        gap: { fromMs: state.lostAtMs, toMs: event.atMs, reloaded: event.reloaded },
      };
    }
    case 'seen': {
      if (!state.missed.has(event.alertId)) return state;
      const missed = new Set(state.missed);
      missed.delete(event.alertId);
      return { ...state, missed };
    }
    case 'gap_dismissed':
      return { ...state, gap: null, missed: new Set() };
    case 'unconfirmed_noted':
      return { ...state, unconfirmed: noteAll(state.unconfirmed) };
    case 'logged_out':
      return EMPTY;
  }
}

function load(state: LiveState, event: Extract<LiveEvent, { type: 'loaded' }>): LiveState {
  const alerts = new Map<string, Alert>();
  for (const a of event.alerts) if (!a.synthetic) alerts.set(a.id, newer(state.alerts.get(a.id), a));
  for (const [id, a] of state.alerts) {
    if (alerts.has(id)) continue;
    // Not in a complete list of the unresolved: it was resolved meanwhile, whatever we last heard.
    if (a.state === 'resolved' || !event.complete) alerts.set(id, a);
  }
  const orders = new Map<string, Order>();
  for (const o of event.orders) orders.set(o.id, newer(orders.get(o.id) ?? state.orders.get(o.id), o));
  const missed = new Set(state.missed);
  // Found by loading again: the stream never told us of it.
  if (state.loaded) for (const id of alerts.keys()) if (!state.alerts.has(id)) missed.add(id);
  return { ...state, loaded: true, alerts, orders, missed, lastEventId: event.streamId };
}

function fold(state: LiveState, messages: readonly StreamMessage[], atMs: number): LiveState {
  let { lastEventId, canary } = state;
  let alerts: Map<string, Alert> | undefined;
  let orders: Map<string, Order> | undefined;
  let missed: Set<string> | undefined;
  let { unconfirmed, overdue } = state;
  for (const m of messages) {
    if (m.id !== null) lastEventId = m.id;
    if (m.event === 'alert' && isAlert(m.data)) {
      const alert = m.data;
      if (alert.synthetic) {
        canary = canaryOf(alert, atMs) ?? canary;
        continue;
      }
      alerts ??= new Map(state.alerts);
      const known = alerts.get(alert.id);
      alerts.set(alert.id, newer(known, alert));
      if (!known && openedInGap(state, alert)) {
        missed ??= new Set(state.missed);
        missed.add(alert.id);
      }
    } else if (m.event === 'unconfirmed') {
      unconfirmed = unconfirmedFrom(unconfirmed, m.data);
    } else if (m.event === 'overdue') {
      overdue = overdueFrom(m.data);
    } else if (m.event === 'order' && isOrder(m.data)) {
      orders ??= new Map(state.orders);
      orders.set(m.data.id, newer(orders.get(m.data.id), m.data));
    }
  }
  return {
    ...state,
    lastEventId,
    canary,
    unconfirmed,
    overdue,
    alerts: alerts ? trimmed(alerts) : state.alerts,
    orders: orders ? pruned(orders, alerts ?? state.alerts) : state.orders,
    missed: missed ?? state.missed,
  };
}

/** Caught up after the connection came back: it opened while we were away. */
function openedInGap(state: LiveState, alert: Alert): boolean {
  if (alert.state === 'resolved') return false;
  const opened = Date.parse(alert.openedAt);
  if (state.lostAtMs !== null) return opened >= state.lostAtMs;
  return state.gap !== null && opened >= state.gap.fromMs && opened < state.gap.toMs;
}

function canaryOf(alert: Alert, atMs: number): LiveState['canary'] | undefined {
  if (alert.state !== 'open' && alert.state !== 'pending') return undefined;
  const latencyMs = Math.round(atMs - Date.parse(alert.occurredAt));
  // A clock that differs from the service's by more than the latency would show nonsense; say nothing instead.
  return latencyMs >= 0 && latencyMs < 60_000 ? { latencyMs, atMs } : undefined;
}

/** `publishedAt` is written without a new version, so of two equal versions the later to arrive counts. */
function newer<T extends { version: number }>(known: T | undefined, arrived: T): T {
  return known !== undefined && known.version > arrived.version ? known : arrived;
}
function withAlert(alerts: ReadonlyMap<string, Alert>, alert: Alert): ReadonlyMap<string, Alert> {
  const next = new Map(alerts);
  next.set(alert.id, newer(alerts.get(alert.id), alert));
  return next;
}
function withOrder(orders: ReadonlyMap<string, Order>, order: Order): ReadonlyMap<string, Order> {
  const next = new Map(orders);
  next.set(order.id, newer(orders.get(order.id), order));
  return next;
}

function trimmed(alerts: Map<string, Alert>): Map<string, Alert> {
  const resolved = [...alerts.values()].filter((a) => a.state === 'resolved');
  if (resolved.length <= RESOLVED_KEPT) return alerts;
  resolved.sort((a, b) => ((a.resolvedAt ?? '') < (b.resolvedAt ?? '') ? -1 : 1));
  for (const a of resolved.slice(0, resolved.length - RESOLVED_KEPT)) alerts.delete(a.id);
  return alerts;
}
/** Orders that are over and whose alarm we no longer keep only fill memory on a twelve-hour shift. */
function pruned(orders: Map<string, Order>, alerts: ReadonlyMap<string, Alert>): Map<string, Order> {
  if (orders.size <= 2 * RESOLVED_KEPT) return orders;
  for (const o of orders.values())
    if (!isActiveOrder(o) && (o.alertId === null || !alerts.has(o.alertId))) orders.delete(o.id);
  return orders;
}

const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null;
const isAlert = (x: unknown): x is Alert =>
  isObject(x) &&
  typeof x['id'] === 'string' &&
  typeof x['version'] === 'number' &&
  typeof x['priority'] === 'number';
const isOrder = (x: unknown): x is Order =>
  isObject(x) &&
  typeof x['id'] === 'string' &&
  typeof x['version'] === 'number' &&
  typeof x['service'] === 'string';

/** Orders of one alarm, oldest first. */
export function ordersOf(state: LiveState, alertId: string): Order[] {
  const found: Order[] = [];
  for (const o of state.orders.values()) if (o.alertId === alertId) found.push(o);
  return found.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}
