import type { Epoch } from '../../ingest/store/lease.ts';
import type { DeadLetterRow, HomeLogRow, MessageIdRow, ReadingRow } from '../../ingest/store/rows.ts';
import type { Alert } from '../../schemas/alert.ts';
import type { AlertEvent } from '../../alerts/events.ts';
import type { AlertWork } from '../../alerts/record.ts';
import type { OrderWork } from '../../dispatcher/lifecycle/order-record.ts';
import type { Offer, Order } from '../../schemas/order.ts';
import { DatabaseError, Transaction } from './memory-transaction.ts';
import type { Town } from './town.ts';

export interface AlertRow {
  readonly doc: Alert;
  readonly work: AlertWork;
  readonly publishedAt: Date | null;
}
export interface AlertEventRow {
  readonly alertId: string;
  readonly version: number;
  readonly events: readonly AlertEvent[];
}
export interface OrderRow {
  readonly doc: Order;
  readonly work: OrderWork;
  readonly deadlineAt: number | null;
}
export interface OfferRow {
  readonly id: string;
  readonly orderId: string;
  readonly caregiverId: string;
  readonly emergency: boolean;
  readonly expiresAt: number;
  readonly outcome: Offer['outcome'];
}
export interface OutboxRow {
  readonly id: number;
  readonly type: 'alert' | 'order';
  readonly ref: string;
  readonly street: string;
  readonly data: string;
  readonly version: number;
  readonly createdAt: number;
  readonly streamNo: number | null;
}
export interface NoticeRow {
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly channel: string;
  readonly createdAt: number;
  readonly state: 'waiting' | 'delivered' | 'dead' | 'obsolete';
  readonly nextAt: number;
  readonly tries: number;
}
export interface InputRow {
  readonly id: number;
  readonly homeId: string;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly seq: number | null;
}
export interface SavedStateRow {
  readonly seq: number;
  readonly wakeAt: number | null;
  readonly state: unknown;
}
export interface StreetOutageRow {
  readonly street: string;
  readonly fromAt: Date;
  readonly beginsAt: Date;
  readonly endsAt: Date | null;
  readonly homes: number;
}
export interface DownlinkRow {
  readonly homeId: string;
  readonly deviceId: string;
  readonly body: { readonly promptId: string };
  readonly expiresAt: number;
}

/** Rows by key. A row is never changed, only replaced. */
export class Table<R> {
  readonly rows = new Map<string | number, R>();
  readonly name: string;
  /** Told of every committed change, for indexes. */
  onChange: (before: R | undefined, after: R | undefined) => void = () => undefined;
  constructor(name: string) {
    this.name = name;
  }
}

/** A mistake that the database makes on purpose, to see that the checker finds it. */
export const DEFECTS = [
  'acknowledged_before_commit',
  'outbox_in_memory',
  'dedup_key_dropped',
  'deadlines_lost_at_crash',
  'message_ids_not_stored',
  'two_emergencies_allowed',
  'commit_torn_at_crash',
  'snapshot_out_of_date',
  'emergency_cleared_by_itself',
  'expiry_not_stored',
] as const;
export type Defect = (typeof DEFECTS)[number];

/** Of so many events of the stream the data are kept: whoever reads on has not been away for longer. */
const FULL_EVENTS = 5_000;

export interface Change {
  readonly table: Table<unknown>;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * What PostgreSQL holds for the service, in memory: rows, transactions that happen whole or not at all, unique keys,
 * locks that are waited for. Statements read what was committed when they ran (READ COMMITTED).
 */
export class MemoryDatabase {
  readonly alerts = new Table<AlertRow>('alerts');
  readonly alertEvents = new Table<AlertEventRow>('alert_events');
  readonly outbox = new Table<OutboxRow>('outbox');
  readonly orders = new Table<OrderRow>('orders');
  readonly offers = new Table<OfferRow>('offers');
  readonly visits = new Table<Order>('visits');
  readonly notices = new Table<NoticeRow>('notices');
  readonly inputs = new Table<InputRow>('home_inputs');
  readonly downlink = new Table<DownlinkRow>('downlink');
  readonly homeStates = new Table<SavedStateRow>('home_states');
  readonly readings = new Table<ReadingRow>('readings');
  readonly messageIds = new Table<MessageIdRow>('message_ids');
  readonly homeLog = new Table<HomeLogRow>('home_log');
  readonly deadLetters = new Table<DeadLetterRow>('dead_letters');
  readonly outages = new Table<readonly [Date, Date]>('outages');
  readonly streetOutages = new Table<StreetOutageRow>('street_outages');

  /** Indexes over what is committed. */
  readonly unresolved = new Map<string, Set<string>>();
  readonly lastResolved = new Map<string, string>();
  readonly openAlerts = new Set<string>();
  readonly liveOrders = new Set<string>();
  readonly ordersOf = new Map<string, Set<string>>();
  readonly openOffers = new Set<string>();
  readonly waitingInputs = new Set<number>();
  readonly waitingNotices = new Set<string>();
  readonly unnumbered = new Set<number>();
  /** By their number, from 1 on. */
  readonly numbered: OutboxRow[] = [];
  readonly knownMessages = new Map<string, ReadingRow[]>();
  readonly presses: MessageIdRow[] = [];

  readonly town: Town;
  readonly defects: ReadonlySet<Defect>;
  readonly streamHeads = new Table<number>('stream_head');
  epoch: Epoch = { epoch: 0, aliveAt: null, checkpointSeq: 0 };
  readonly #serials = new Map<string, number>();
  readonly #observers: ((changes: readonly Change[]) => void)[] = [];
  /** Lost when the process dies: only with `outbox_in_memory`. */
  volatileOutbox: OutboxRow[] = [];
  /** Alerts and orders that the engine will never look at again: only with `deadlines_lost_at_crash`. */
  readonly lostDeadlines = new Set<string>();

  constructor(town: Town, defects: ReadonlySet<Defect> = new Set()) {
    this.town = town;
    this.defects = defects;
    this.#index();
  }

  begin(owner: string): Transaction {
    return new Transaction(this, owner);
  }

  /** Number of the last event of the stream. */
  get streamHead(): number {
    return this.streamHeads.rows.get('head') ?? 0;
  }

  /** As a sequence: a number that is taken is taken, also by who rolls back. */
  next(name: string): number {
    const no = (this.#serials.get(name) ?? 0) + 1;
    this.#serials.set(name, no);
    return no;
  }

  observe(observer: (changes: readonly Change[]) => void): void {
    this.#observers.push(observer);
  }

  /** Only `Transaction` calls it. */
  apply(changes: readonly { table: Table<unknown>; key: string | number; after: unknown }[]): void {
    const told = changes.map(({ table, key, after }) => {
      const before = table.rows.get(key);
      if (after === undefined) table.rows.delete(key);
      else table.rows.set(key, after);
      table.onChange(before, after);
      return { table, before, after };
    });
    for (const observer of this.#observers) observer(told);
  }

  #index(): void {
    this.alerts.onChange = (before, after) => {
      if (before !== undefined && before.doc.state !== 'resolved') {
        this.openAlerts.delete(before.doc.id);
        this.unresolved.get(before.doc.dedupKey)?.delete(before.doc.id);
      }
      if (after === undefined) return;
      const { id, dedupKey, state } = after.doc;
      if (state === 'resolved') this.lastResolved.set(dedupKey, id);
      else {
        this.openAlerts.add(id);
        const ids = this.unresolved.get(dedupKey);
        if (ids === undefined) this.unresolved.set(dedupKey, new Set([id]));
        else ids.add(id);
      }
    };
    this.orders.onChange = (_, after) => {
      if (after === undefined) return;
      const { id, alertId, state } = after.doc;
      if (state === 'completed' || state === 'cancelled') this.liveOrders.delete(id);
      else this.liveOrders.add(id);
      if (alertId === null) return;
      const ids = this.ordersOf.get(alertId);
      if (ids === undefined) this.ordersOf.set(alertId, new Set([id]));
      else ids.add(id);
    };
    this.offers.onChange = (_, after) => {
      if (after?.outcome === null) this.openOffers.add(after.id);
      else if (after !== undefined) this.openOffers.delete(after.id);
    };
    this.inputs.onChange = (_, after) => {
      if (after?.seq === null) this.waitingInputs.add(after.id);
      else if (after !== undefined) this.waitingInputs.delete(after.id);
    };
    this.notices.onChange = (_, after) => {
      if (after?.state === 'waiting') this.waitingNotices.add(after.id);
      else if (after !== undefined) this.waitingNotices.delete(after.id);
    };
    this.outbox.onChange = (_, after) => {
      if (after === undefined) return;
      if (after.streamNo === null) this.unnumbered.add(after.id);
      else {
        this.unnumbered.delete(after.id);
        this.numbered[after.streamNo - 1] = after;
        const old = this.numbered[after.streamNo - 1 - FULL_EVENTS];
        if (old === undefined || old.data === '') return;
        this.numbered[after.streamNo - 1 - FULL_EVENTS] = { ...old, data: '' };
        this.outbox.rows.set(old.id, { ...old, data: '' });
      }
    };
    this.readings.onChange = (_, row) => {
      if (row === undefined || row.messageId === null) return;
      const key = `${row.deviceNo} ${row.messageId}`;
      const known = this.knownMessages.get(key);
      if (known === undefined) this.knownMessages.set(key, [row]);
      else known.push(row);
    };
    this.messageIds.onChange = (_, row) => {
      if (row?.press === true) this.presses.push(row);
    };
  }

  /** A row of that key is there already, and nobody may have a second one. */
  refuse(constraint: string): never {
    throw new DatabaseError(
      '23505',
      `duplicate key value violates unique constraint "${constraint}"`,
      constraint,
    );
  }
}
