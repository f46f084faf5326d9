import type { SeenAlert, SeenOrder } from '../people/board.ts';
import type { Conservation, Published } from './conservation.ts';
import { Histogram } from './histogram.ts';

/** When one alarm passed each hop, ISO 8601; null: not (yet). */
export interface AlarmHops {
  alertId: string;
  kind: string;
  priority: number;
  street: string;
  state: string;
  disposition: string | null;
  /** By the device's clock: when it began to send what opened the alert. */
  pressedAt: string | null;
  receivedAt: string;
  committedAt: string | null;
  openedAt: string;
  publishedAt: string | null;
  /** On the operator's stream, by the simulator's clock. */
  seenAt: string | null;
  /** PUBACK at the device. */
  pubackAt: string | null;
  acknowledgedAt: string | null;
  offeredAt: string | null;
  acceptedAt: string | null;
  arrivedAt: string | null;
  completedAt: string | null;
  resolvedAt: string | null;
  pressedToSeenMs: number | null;
}

export interface Summary {
  seed: number;
  homes: number;
  durationS: number;
  alerts: number;
  byKind: Record<string, number>;
  resolved: number;
  orders: number;
  visits: number;
  hours: number;
  rated: number;
  satisfaction: number | null;
  lost: number;
  duplicated: number;
  latencyMs: { p50: number; p99: number; count: number };
  conservation: Conservation;
  hops: AlarmHops[];
  /** What went wrong in the simulation or was not as the contract says; empty is good. */
  problems: string[];
}

export interface Facts {
  seed: number;
  homes: number;
  startedAt: number;
  endedAt: number;
  published: readonly Published[];
  conservation: Conservation;
  alerts: readonly SeenAlert[];
  orders: readonly SeenOrder[];
  seenAt(messageId: string): number | undefined;
  problems: readonly string[];
}

/** Everything of this run and nothing of earlier ones on the same data. */
export function summarise(facts: Facts): Summary {
  const sent = new Map(facts.published.map((message) => [message.messageId, message]));
  const alerts = facts.alerts.filter(
    (alert) =>
      Date.parse(alert.openedAt) >= facts.startedAt ||
      alert.evidence.some((item) => item.messageId !== null && sent.has(item.messageId)),
  );
  const orders = facts.orders.filter((order) => Date.parse(order.createdAt) >= facts.startedAt);
  const visits = orders.filter((order) => order.visit !== null && order.visit.minutes !== null);
  const minutes = visits.reduce((sum, order) => sum + (order.visit?.minutes ?? 0), 0);
  const scores = orders.flatMap((order) => (order.rating === null ? [] : [order.rating.score]));
  const latency = pressLatency(facts);
  return {
    seed: facts.seed,
    homes: facts.homes,
    durationS: round((facts.endedAt - facts.startedAt) / 1000, 1),
    alerts: alerts.length,
    byKind: Object.fromEntries(
      [...Map.groupBy(alerts, (alert) => alert.kind)].map(([kind, items]) => [kind, items.length]),
    ),
    resolved: alerts.filter((alert) => alert.state === 'resolved').length,
    orders: orders.length,
    visits: visits.length,
    hours: round(minutes / 60, 2),
    rated: scores.length,
    satisfaction: scores.length === 0 ? null : round(scores.reduce((a, b) => a + b) / scores.length, 2),
    lost: facts.conservation.lost,
    duplicated: facts.conservation.duplicated,
    latencyMs: {
      p50: round(latency.quantileMs(0.5), 3),
      p99: round(latency.quantileMs(0.99), 3),
      count: latency.count,
    },
    conservation: facts.conservation,
    hops: alerts.map((alert) => hopsOf(alert, orders, sent, facts)),
    problems: [...facts.problems],
  };
}

/** From the moment a press was sent until the stream brought an alert that cites it. */
export function pressLatency(facts: Pick<Facts, 'published' | 'seenAt'>): Histogram {
  const histogram = new Histogram();
  for (const message of facts.published) {
    const seenAt = message.press ? facts.seenAt(message.messageId) : undefined;
    if (seenAt !== undefined) histogram.record(seenAt - message.publishedAt);
  }
  return histogram;
}

function hopsOf(
  alert: SeenAlert,
  orders: readonly SeenOrder[],
  sent: ReadonlyMap<string, Published>,
  facts: Pick<Facts, 'seenAt'>,
): AlarmHops {
  const cited = alert.evidence.flatMap((item) => (item.messageId === null ? [] : [item.messageId]));
  const first = cited.map((messageId) => sent.get(messageId)).find((message) => message !== undefined);
  const seenAt = first === undefined ? undefined : facts.seenAt(first.messageId);
  const own = orders.filter((order) => order.alertId === alert.id);
  const order = own.find((candidate) => candidate.state === 'completed') ?? own.at(-1);
  return {
    alertId: alert.id,
    kind: alert.kind,
    priority: alert.priority,
    street: alert.street,
    state: alert.state,
    disposition: alert.disposition,
    pressedAt: iso(first?.publishedAt),
    receivedAt: alert.receivedAt,
    committedAt: alert.committedAt,
    openedAt: alert.openedAt,
    publishedAt: alert.publishedAt,
    seenAt: iso(seenAt),
    pubackAt: iso(first?.acknowledgedAt),
    acknowledgedAt: alert.acknowledgedAt,
    offeredAt: own[0]?.offers[0]?.offeredAt ?? null,
    acceptedAt: order?.acceptedAt ?? null,
    arrivedAt: order?.arrivedAt ?? null,
    completedAt: order?.completedAt ?? null,
    resolvedAt: alert.resolvedAt,
    pressedToSeenMs:
      seenAt === undefined || first === undefined ? null : round(seenAt - first.publishedAt, 3),
  };
}

const iso = (at: number | null | undefined): string | null =>
  at === null || at === undefined ? null : new Date(at).toISOString();

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
