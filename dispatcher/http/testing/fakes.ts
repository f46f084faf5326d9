import { inTransaction, type Pool, type Transaction } from '../../../platform/database.ts';
import type { Alert, Evidence } from '../../../schemas/alert.ts';
import { type InboundMessage, type Intake, type Outcome } from '../../../schemas/inbound.ts';
import type { Order } from '../../../schemas/order.ts';
import type { AlertCommands, CommandResult, OrderCommands, StreamEvent, StreamSource } from '../../ports.ts';
import type { AlertFilter, AlertQueries, OrderFilter, OrderQueries, Page } from '../query-ports.ts';

/** Stands in for the dispatcher's own parts in tests of the HTTP side. */

const AT = '2026-01-12T00:00:00.000Z';

export const anAlert = (patch: Partial<Alert> = {}): Alert => ({
  id: 'a1',
  kind: 'sos',
  priority: 1,
  state: 'open',
  disposition: null,
  dedupKey: 'h1:emergency',
  version: 1,
  homeId: 'h1',
  residentId: null,
  deviceIds: [],
  street: '莲花',
  occurredAt: AT,
  receivedAt: AT,
  committedAt: AT,
  openedAt: AT,
  publishedAt: null,
  acknowledgedAt: null,
  acknowledgedBy: null,
  resolvedAt: null,
  resolvedBy: null,
  deadlineAt: null,
  evidence: [],
  timeline: [],
  previousAlertId: null,
  orderIds: [],
  test: false,
  synthetic: false,
  calls: 1,
  escalationStep: 0,
  service: null,
  ...patch,
});

export const anOrder = (patch: Partial<Order> = {}): Order => ({
  id: 'o1',
  alertId: null,
  homeId: 'h1',
  residentId: null,
  service: 'meal',
  state: 'offered',
  caregiverId: null,
  offers: [],
  scheduledAt: null,
  createdAt: AT,
  acceptedAt: null,
  departedAt: null,
  arrivedAt: null,
  completedAt: null,
  cancelledAt: null,
  cancelReason: null,
  note: null,
  visit: null,
  rating: null,
  emergency: false,
  street: '莲花',
  version: 1,
  ...patch,
});

const missing = { ok: false, code: 'not_found', detail: 'there is no such thing' } as const;

/** Keeps alerts in memory; `acknowledge` and `resolve` know the states, the other commands only count up the version. */
export class FakeAlerts implements AlertQueries, AlertCommands {
  readonly all = new Map<string, Alert>();
  lastFilter: AlertFilter | undefined;
  /** For commands that write beside the alert. */
  pool: Pool | undefined;

  add(...alerts: readonly Alert[]): void {
    for (const alert of alerts) this.all.set(alert.id, alert);
  }
  list(filter: AlertFilter): Promise<{ items: Alert[]; nextCursor: string | null; streamId: string }> {
    this.lastFilter = filter;
    const items = [...this.all.values()].filter(
      (alert) =>
        (filter.streets?.includes(alert.street) ?? true) && (filter.kinds?.includes(alert.kind) ?? true),
    );
    return Promise.resolve({ items: items.slice(0, filter.limit), nextCursor: null, streamId: '0' });
  }
  get(id: string): Promise<Alert | undefined> {
    return Promise.resolve(this.all.get(id));
  }
  whole(id: string): Promise<Alert | undefined> {
    return this.get(id);
  }
  evidence(id: string): Promise<Page<Evidence>> {
    return Promise.resolve({ items: this.all.get(id)?.evidence ?? [], nextCursor: null });
  }
  acknowledge(id: string, actor: { username: string }): Promise<CommandResult<Alert>> {
    const alert = this.all.get(id);
    if (alert?.state === 'resolved')
      return Promise.resolve({ ok: false, code: 'conflict', detail: 'resolved already', current: alert });
    return this.#change(id, { state: 'acknowledged', acknowledgedBy: actor.username });
  }
  resolve(id: string): Promise<CommandResult<Alert>> {
    return this.#change(id, { state: 'resolved' });
  }
  escalate(id: string): Promise<CommandResult<Alert>> {
    return this.#change(id, {});
  }
  note(id: string): Promise<CommandResult<Alert>> {
    return this.#change(id, {});
  }
  handTo120(
    id: string,
    _actor: unknown,
    _body: unknown,
    record: (tx: Transaction, atMs: number) => Promise<void>,
  ): Promise<CommandResult<Alert>> {
    if (this.pool === undefined) return this.#change(id, {});
    return inTransaction(this.pool, (tx) => record(tx, Date.parse(AT))).then(() => this.#change(id, {}));
  }
  reopen(id: string): Promise<CommandResult<Alert>> {
    return this.#change(id, { state: 'open' });
  }
  dispatch(id: string): Promise<CommandResult<Order>> {
    if (this.all.get(id)?.state === 'resolved')
      return Promise.resolve({ ok: false, code: 'conflict', detail: 'resolved already' });
    return Promise.resolve({ ok: true, value: anOrder({ alertId: id }), changed: true });
  }
  recommend(): Promise<{ candidates: []; rejected: []; shortfalls: string[] }> {
    return Promise.resolve({ candidates: [], rejected: [], shortfalls: ['nobody_on_shift'] });
  }
  #change(id: string, patch: Partial<Alert>): Promise<CommandResult<Alert>> {
    const alert = this.all.get(id);
    if (alert === undefined) return Promise.resolve(missing);
    const value = { ...alert, ...patch, version: alert.version + 1 };
    this.all.set(id, value);
    return Promise.resolve({ ok: true, value, changed: true });
  }
}

export class FakeOrders implements OrderQueries, OrderCommands {
  readonly all = new Map<string, Order>();
  lastFilter: OrderFilter | undefined;

  add(...orders: readonly Order[]): void {
    for (const order of orders) this.all.set(order.id, order);
  }
  list(filter: OrderFilter): Promise<{ items: Order[]; nextCursor: string | null; streamId: string }> {
    this.lastFilter = filter;
    const { involving } = filter;
    const items = [...this.all.values()].filter(
      (order) =>
        (filter.streets?.includes(order.street) ?? true) &&
        (filter.alertId === undefined || order.alertId === filter.alertId) &&
        (involving === undefined ||
          involving.orServices.includes(order.service) ||
          order.caregiverId === involving.caregiverId ||
          order.offers.some((offer) => offer.caregiverId === involving.caregiverId)),
    );
    return Promise.resolve({ items: items.slice(0, filter.limit), nextCursor: null, streamId: '0' });
  }
  get(id: string): Promise<Order | undefined> {
    return Promise.resolve(this.all.get(id));
  }
  create(
    _actor: unknown,
    body: { homeId: string; service: Order['service'] },
  ): Promise<CommandResult<Order>> {
    const value = anOrder({ id: `o${this.all.size + 1}`, homeId: body.homeId, service: body.service });
    this.all.set(value.id, value);
    return Promise.resolve({ ok: true, value, changed: true });
  }
  accept = (id: string): Promise<CommandResult<Order>> => this.#change(id, 'accepted');
  decline = (id: string): Promise<CommandResult<Order>> => this.#change(id, 'requested');
  depart = (id: string): Promise<CommandResult<Order>> => this.#change(id, 'en_route');
  arrive = (id: string): Promise<CommandResult<Order>> => this.#change(id, 'on_scene');
  checkIn = (id: string): Promise<CommandResult<Order>> => this.#change(id, 'on_scene');
  complete = (id: string): Promise<CommandResult<Order>> => this.#change(id, 'completed');
  handOver = (id: string): Promise<CommandResult<Order>> => this.#change(id, 'requested');
  replan = (_actor: unknown, { date }: { date: string }) =>
    Promise.resolve({ ok: true as const, changed: false, value: { date, visits: 0, moves: [] } });
  cancel = (id: string): Promise<CommandResult<Order>> => this.#change(id, 'cancelled');
  rate = (id: string): Promise<CommandResult<Order>> => this.#change(id, 'completed');

  #change(id: string, state: Order['state']): Promise<CommandResult<Order>> {
    const order = this.all.get(id);
    if (order === undefined) return Promise.resolve(missing);
    const value = { ...order, state, version: order.version + 1 };
    this.all.set(id, value);
    return Promise.resolve({ ok: true, value, changed: true });
  }
}

/** The relay's side of the stream, in memory. */
export class FakeStream implements StreamSource {
  readonly events: StreamEvent[] = [];
  /** Events before it are no longer kept. */
  oldest = 1;
  readonly #listeners = new Set<(event: StreamEvent) => void>();

  publish(
    data: object,
    { type = 'alert', street = '莲花' }: { type?: string; street?: string } = {},
  ): number {
    const event = { no: this.events.length + 1, type, street, data: JSON.stringify(data) };
    this.events.push(event);
    for (const listener of this.#listeners) listener(event);
    return event.no;
  }
  head(): Promise<number> {
    return Promise.resolve(this.events.length);
  }
  after(no: number, limit: number): Promise<{ events: StreamEvent[] } | { reset: true }> {
    if (no + 1 < this.oldest) return Promise.resolve({ reset: true });
    return Promise.resolve({ events: this.events.slice(no, no + limit) });
  }
  subscribe(listener: (event: StreamEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/** Takes everything at once, unless told to keep it waiting. */
export class FakeIntake implements Intake {
  saturated = false;
  waiting = false;
  readonly messages: InboundMessage[] = [];
  accept(message: InboundMessage): Promise<Outcome> {
    this.messages.push(message);
    if (this.waiting) return new Promise(() => undefined);
    return Promise.resolve({ result: 'reading', messageId: `m${this.messages.length}` });
  }
}
