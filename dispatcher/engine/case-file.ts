import type { AlertEvent } from '../../alerts/events.ts';
import { evolve } from '../../alerts/evolve.ts';
import type { PolicyFor } from '../../alerts/policy.ts';
import type { AlertRecord } from '../../alerts/record.ts';
import { type Case, changeAll, lockAlert, readCases } from '../../alerts/store.ts';
import { staleDeadlineMs } from '../../alerts/deadlines.ts';
import type { Transaction } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Order } from '../../schemas/order.ts';
import type { OrderDecision, OrderFact, OrderRecord, OrderWork } from '../lifecycle/order-record.ts';
import { isOver } from '../lifecycle/order-record.ts';
import {
  type Relieved,
  type WantedNotice,
  writeNotices,
  writeWithdrawals,
} from '../channels/notice-store.ts';
import { alertOfOrder, lockOrder, moveOrderDeadline, writeOrders } from '../orders/order-store.ts';

interface Held {
  record: OrderRecord;
  /** Version in the database; 0: not yet there. */
  storedVersion: number;
  changed: boolean;
  /** Only its next look moves on. */
  lookAgain: boolean;
}

/**
 * One alert and its orders, or one order without an alert, locked within one transaction: what has been decided so
 * far, and what is written at the end. Everything that the dispatcher changes goes through here, so that alert, orders,
 * events and outbox rows always commit together (I6). Locks are taken in one order: alert, then orders.
 */
export class CaseFile {
  readonly tx: Transaction;
  readonly now: number;
  readonly policyFor: PolicyFor;
  readonly newerUnresolved: boolean;
  readonly publishedAt: Date | null;
  readonly #stored: AlertRecord | undefined;
  readonly #events: AlertEvent[] = [];
  readonly #orders: Held[] = [];
  #record: AlertRecord | undefined;
  /** When to look again; for the alarm clock, after the commit. */
  readonly deadlinesMs: number[] = [];
  /** Rows for devices were written. */
  prompted = false;
  readonly #notices: WantedNotice[] = [];
  readonly #relieved: Relieved[] = [];
  /** Other cases that this one has changed, locked as well. */
  readonly #beside: CaseFile[] = [];

  private constructor(tx: Transaction, now: number, found: Case | undefined) {
    this.tx = tx;
    this.now = now;
    this.#stored = found?.record;
    this.#record = found?.record;
    this.policyFor = found?.policyFor ?? noPolicy;
    this.newerUnresolved = found?.newerUnresolved ?? false;
    this.publishedAt = found?.publishedAt ?? null;
    for (const { order, work } of found?.orders ?? []) this.hold({ order, work: work as OrderWork });
  }

  /** Many, in one round trip; those that somebody else is at are left out. */
  static async ofAlerts(tx: Transaction, alertIds: readonly string[], now: number): Promise<CaseFile[]> {
    return (await readCases(tx, alertIds, true)).map((found) => new CaseFile(tx, now, found));
  }

  static async ofAlert(
    tx: Transaction,
    alertId: string,
    now: number,
    wait = true,
  ): Promise<CaseFile | undefined> {
    const found = await lockAlert(tx, alertId, wait);
    return found && new CaseFile(tx, now, found);
  }

  /** With the order in it, even if it is over. */
  static async ofOrder(
    tx: Transaction,
    orderId: string,
    now: number,
    wait = true,
  ): Promise<CaseFile | undefined> {
    const alertId = await alertOfOrder(tx, orderId);
    if (alertId === undefined) return undefined;
    const file =
      alertId === null ? new CaseFile(tx, now, undefined) : await CaseFile.ofAlert(tx, alertId, now, wait);
    if (file === undefined || file.order(orderId) !== undefined) return file;
    const record = await lockOrder(tx, orderId, wait);
    if (record === undefined) return undefined;
    file.hold(record);
    return file;
  }

  /** An order that is just being asked for, without an alert. */
  static forNewOrder(tx: Transaction, now: number): CaseFile {
    return new CaseFile(tx, now, undefined);
  }

  /** Undefined: orders without an alert. */
  get record(): AlertRecord | undefined {
    return this.#record;
  }

  get orders(): OrderRecord[] {
    return this.#orders.map((held) => held.record);
  }

  order(id: string): OrderRecord | undefined {
    return this.#orders.find((held) => held.record.order.id === id)?.record;
  }

  hold(record: OrderRecord): void {
    this.#orders.push({ record, storedVersion: record.order.version, changed: false, lookAgain: false });
  }

  /** A new order; version 1 is what stands at the end of the transaction. */
  addOrder(record: OrderRecord, fact: OrderFact): void {
    this.#orders.push({ record, storedVersion: 0, changed: true, lookAgain: false });
    this.#tell(record, fact);
  }

  add(...events: AlertEvent[]): void {
    for (const event of events) {
      this.#events.push(event);
      this.#record = evolve(this.#record, event);
    }
  }

  /** Somebody outside the pages is to be told, by every channel there is. */
  notify(notice: WantedNotice): void {
    this.#notices.push(notice);
  }

  /** That case was changed for the sake of this one, and is written with it. */
  writeBeside(other: CaseFile): void {
    this.#beside.push(other);
  }

  get notified(): boolean {
    return this.#notices.length + this.#relieved.length > 0 || this.#beside.some((file) => file.notified);
  }

  /** Takes over what was decided on an order; gives the order as it is then. */
  apply(decision: OrderDecision): OrderRecord {
    if (!decision.ok) throw new Error(`refused: ${decision.detail}`);
    const { record } = decision;
    if (!decision.changed) return record;
    const held = this.#orders.find((item) => item.record.order.id === record.order.id);
    if (held === undefined) throw new Error(`order ${record.order.id} is not of this case`);
    this.#relieved.push(...relievedBy(held.record.order, record.order, decision.facts[0]?.by ?? 'system'));
    // Several decisions of one transaction make one version.
    held.record = { ...record, order: { ...record.order, version: held.storedVersion + 1 } };
    held.changed = true;
    for (const fact of decision.facts) this.#tell(held.record, fact);
    return held.record;
  }

  /** What happens to an order stands in its alert's timeline, and keeps an acknowledgement from going stale. */
  #tell({ order }: OrderRecord, fact: OrderFact): void {
    if (this.#record === undefined) return;
    const person = fact.by !== 'system';
    const at = toIso(this.now);
    this.add({ type: 'order', at, orderId: order.id, person, ...fact });
    const { alert } = this.#record;
    if (person && alert.state === 'acknowledged')
      this.add({ type: 'deadline', at, deadlineAt: toIso(staleDeadlineMs(alert, this.now)) });
  }

  /** Something was decided on this order in this transaction. */
  hasChanged(orderId: string): boolean {
    return this.#orders.some((held) => held.changed && held.record.order.id === orderId);
  }

  /** Nothing happened, and the order is looked at again later: no new version, no event. */
  lookAgain(orderId: string): void {
    for (const held of this.#orders) if (held.record.order.id === orderId) held.lookAgain = true;
  }

  /** Writes all that was decided. Nothing may be decided on this file afterwards. */
  async write(): Promise<AlertRecord | undefined> {
    await CaseFile.writeAll(this.tx, [this], this.now);
    return this.#record;
  }

  /** The same for many files of one transaction, in as many round trips as for one. */
  static async writeAll(tx: Transaction, asked: readonly CaseFile[], now: number): Promise<void> {
    const files = asked.flatMap((file) => [...file.#beside, file]);
    const toWrite = files.flatMap((file) =>
      file.#orders.filter((held) => held.changed).map((held) => ({ file, record: held.record })),
    );
    const deadlinesMs = await writeOrders(
      tx,
      toWrite.map(({ record }) => record),
      now,
    );
    for (const [i, { file }] of toWrite.entries()) file.#lookAt(deadlinesMs[i]);
    for (const file of files)
      for (const held of file.#orders)
        if (held.lookAgain && !held.changed) file.#lookAt(await moveOrderDeadline(tx, held.record, now));
    const changes = files.flatMap((file) =>
      file.#stored !== undefined && file.#events.length > 0
        ? [{ file, record: file.#stored, events: file.#events }]
        : [],
    );
    const records = await changeAll(tx, changes, now);
    await writeNotices(
      tx,
      files.flatMap((file) => file.#notices),
      now,
    );
    await writeWithdrawals(
      tx,
      files.flatMap((file) => file.#relieved),
      now,
    );
    for (const [i, { file }] of changes.entries()) {
      file.#record = records[i];
      file.#lookAt(parsed(file.#record?.alert.deadlineAt));
    }
    for (const file of asked) for (const other of file.#beside) file.deadlinesMs.push(...other.deadlinesMs);
  }

  #lookAt(deadlineMs: number | null | undefined): void {
    if (deadlineMs !== null && deadlineMs !== undefined) this.deadlinesMs.push(deadlineMs);
  }

  /** Orders of the case that are not over. */
  get liveOrders(): OrderRecord[] {
    return this.orders.filter(({ order }) => !isOver(order));
  }
}

/** Offers that were out, or were accepted, before this change and are nobody's any more after it. */
function relievedBy(before: Order, after: Order, by: string): Relieved[] {
  const lost = before.caregiverId !== null && (after.caregiverId === null || after.state === 'cancelled');
  return before.offers.flatMap(({ id, outcome, caregiverId }) => {
    const withdrawn =
      outcome === null && after.offers.some((offer) => offer.id === id && offer.outcome === 'withdrawn');
    const taken = outcome === 'accepted' && lost && caregiverId === before.caregiverId;
    return withdrawn || taken ? [{ offerId: id, by }] : [];
  });
}

const parsed = (time: string | null | undefined): number | null =>
  time === null || time === undefined ? null : Date.parse(time);

const noPolicy: PolicyFor = () => {
  throw new Error('an order without an alert has no policy');
};
