import { alertSchema } from '../../schemas/alert.ts';
import { orderSchema } from '../../schemas/order.ts';
import type { StreamedEvent } from '../api/event-stream.ts';
import type { z } from 'zod';

const seenAlertSchema = alertSchema.pick({
  id: true,
  kind: true,
  priority: true,
  state: true,
  disposition: true,
  dedupKey: true,
  homeId: true,
  street: true,
  version: true,
  receivedAt: true,
  committedAt: true,
  openedAt: true,
  publishedAt: true,
  acknowledgedAt: true,
  resolvedAt: true,
  evidence: true,
});
const seenOrderSchema = orderSchema.pick({
  id: true,
  alertId: true,
  homeId: true,
  service: true,
  state: true,
  caregiverId: true,
  offers: true,
  visit: true,
  rating: true,
  createdAt: true,
  acceptedAt: true,
  arrivedAt: true,
  completedAt: true,
});
export type SeenAlert = z.infer<typeof seenAlertSchema>;
export type SeenOrder = z.infer<typeof seenOrderSchema>;

export const readAlert = (body: unknown): SeenAlert => seenAlertSchema.parse(body);
export const readOrder = (body: unknown): SeenOrder => seenOrderSchema.parse(body);

/** What the operator's screen knows, from the stream alone; and when each message first showed on it. */
export class Board {
  readonly alerts = new Map<string, SeenAlert>();
  readonly orders = new Map<string, SeenOrder>();
  /** Events that were not what the contract says. */
  readonly oddities: string[] = [];
  readonly #firstSeenAt = new Map<string, number>();
  readonly #alertListeners: ((alert: SeenAlert) => void)[] = [];
  readonly #orderListeners: ((order: SeenOrder) => void)[] = [];

  onAlert(listener: (alert: SeenAlert) => void): void {
    this.#alertListeners.push(listener);
  }
  onOrder(listener: (order: SeenOrder) => void): void {
    this.#orderListeners.push(listener);
  }

  /** When evidence that cites the message first came over the stream. */
  seenAt(messageId: string): number | undefined {
    return this.#firstSeenAt.get(messageId);
  }

  ordersOf(alertId: string): SeenOrder[] {
    return [...this.orders.values()].filter((order) => order.alertId === alertId);
  }

  take(event: StreamedEvent, seenAt: number): void {
    try {
      if (event.event === 'alert') this.#takeAlert(readAlert(JSON.parse(event.data)), seenAt);
      else if (event.event === 'order') this.#takeOrder(readOrder(JSON.parse(event.data)));
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      this.oddities.push(`${event.event} ${event.id ?? ''}: ${what.slice(0, 300)}`);
    }
  }

  #takeAlert(alert: SeenAlert, seenAt: number): void {
    for (const { messageId } of alert.evidence)
      if (messageId !== null && !this.#firstSeenAt.has(messageId)) this.#firstSeenAt.set(messageId, seenAt);
    this.alerts.set(alert.id, alert);
    for (const listener of this.#alertListeners) listener(alert);
  }

  #takeOrder(order: SeenOrder): void {
    this.orders.set(order.id, order);
    for (const listener of this.#orderListeners) listener(order);
  }
}
