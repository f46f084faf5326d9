import type { Signal } from '../schemas/signal.ts';
import { toIso } from '../schemas/ids.ts';
import type { Order } from '../schemas/order.ts';
import { decideSignal, type HomeFacts, type SignalDecision } from './decide-signal.ts';
import type { AlertEvent } from './events.ts';
import { evolveAll } from './evolve.ts';
import { type PolicyFor, policyChooser } from './policy.ts';
import type { PublishedEvent } from './outbox.ts';
import type { AlertRecord } from './record.ts';

/**
 * The one place that writes alerts. Alert, event and outbox row go together in one statement (I6), under the lock of
 * the dedup key (I5; the unique index has the last word). Two round trips to raise, whatever the number of signals.
 */
export interface Tx {
  // Shaped as pg's own, so that a connection of a pool fits as it is.
  query(config: { name?: string; text: string; values?: unknown[] }): Promise<{ rows: unknown[] }>;
}

export interface RaiseContext {
  /** Asked once the locks are held, just before the write: `openedAt`, `committedAt`. */
  now(): number;
  newId(): string;
  homeOf(homeId: string): HomeFacts;
}

export interface RaiseResult {
  /** One for each signal, in their order; the alert that it opened or joined, null if ignored. */
  signals: { outcome: SignalDecision['outcome']; alertId: string | null }[];
  /** Alerts as they are now, each once, in the order in which they were first touched. */
  alerts: AlertRecord['alert'][];
  /** I14: signals = opened + joined + ignored. */
  opened: number;
  joined: number;
  ignored: number;
}

/** Somebody has changed an alert without its lock. Roll back and try again. */
export class AlertWriteConflict extends Error {
  readonly code = 'ALERT_WRITE_CONFLICT';
}

/** What `alerts_write` raises: it fails its transaction, whoever has sent a commit behind it. */
const WRITE_CONFLICT = 'YLA01';

interface Change {
  record: AlertRecord;
  events: AlertEvent[];
}

/**
 * Opens or joins alerts for the signals, in their order, within the caller's transaction. The caller commits at once
 * afterwards: the keys' locks are held until then.
 */
export async function raise(tx: Tx, signals: readonly Signal[], context: RaiseContext): Promise<RaiseResult> {
  const raising = await decideRaise(tx, signals, context);
  await raising.write();
  return raising.result;
}

export interface Raising {
  readonly result: RaiseResult;
  /**
   * Still to be written, once. `sent` is called when the last statement is on its way, so that the commit can follow
   * it without waiting: a write that does not come true fails the transaction. Not called if nothing is to be written.
   */
  write(sent?: () => void): Promise<void>;
  /**
   * The same, and numbers for the stream in passing what it writes, or up to `most` of what waits in the outbox if anything
   * did. Holds the stream until the commit. The events are to be handed on after it, and not before.
   */
  publish(most: number, sent: () => void): Promise<PublishedEvent[]>;
}

/** The first half of `raise`: locks the keys, and decides. */
export async function decideRaise(
  tx: Tx,
  signals: readonly Signal[],
  context: RaiseContext,
): Promise<Raising> {
  const result: RaiseResult = { signals: [], alerts: [], opened: 0, joined: 0, ignored: 0 };
  if (signals.length === 0)
    return { result, write: () => Promise.resolve(), publish: () => Promise.resolve([]) };
  const { keys, policyFor } = await lockKeys(tx, [...new Set(signals.map((signal) => signal.dedupKey))]);
  const now = context.now();
  const changes: Change[] = [];
  for (const signal of signals) {
    const key = keys.get(signal.dedupKey);
    if (key === undefined) throw new Error(`the lock of ${signal.dedupKey} gave no row`);
    const decision = decideSignal(key.record, signal, {
      now,
      home: context.homeOf(signal.homeId),
      policyFor,
      newAlertId: context.newId(),
      previousAlertId: key.previousId,
    });
    result[decision.outcome] += 1;
    if (decision.events.length > 0) key.apply(decision.events, changes);
    result.signals.push({
      outcome: decision.outcome,
      alertId: decision.outcome === 'ignored' ? null : key.lastId,
    });
  }
  result.alerts = changes.map((change) => change.record.alert);
  return {
    result,
    write: (sent) => write(tx, changes, now, sent),
    publish: (most, sent) => publish(tx, changes, now, most, sent),
  };
}

/** What is known of one key while its signals are folded: its unresolved alert, and the change that it has had so far. */
class Key {
  record: AlertRecord | undefined;
  previousId: string | null;
  lastId: string | null = null;
  #stored: AlertRecord | undefined;
  #change: Change | undefined;

  constructor(stored: AlertRecord | undefined, previousId: string | null) {
    this.#stored = stored;
    this.record = stored;
    this.previousId = previousId;
  }

  /** All signals of one transaction make one version. */
  apply(events: readonly AlertEvent[], changes: Change[]): void {
    const before = this.#change?.record;
    const evolved = evolveAll(before ?? this.#stored, events);
    // One version whatever their number, and each evolved once: thousands may come at once, of a clock that jumped
    const record =
      before === undefined
        ? evolved
        : { ...evolved, alert: { ...evolved.alert, version: before.alert.version } };
    if (this.#change === undefined) changes.push((this.#change = { record, events: [...events] }));
    else {
      this.#change.record = record;
      for (const event of events) this.#change.events.push(event);
    }
    this.record = record;
    this.lastId = record.alert.id;
    if (record.alert.state !== 'resolved') return;
    // What comes next for this key opens a new alert (ThingsBoard #7811).
    this.previousId = record.alert.id;
    this.record = this.#stored = this.#change = undefined;
  }
}

interface LockedKeys {
  keys: Map<string, Key>;
  policyFor: PolicyFor;
}

async function lockKeys(tx: Tx, keys: string[]): Promise<LockedKeys> {
  const { rows } = await tx.query({
    name: 'alerts_lock',
    text: 'select dedup_key, doc, work, previous_id, policies from alerts_lock($1)',
    values: [keys],
  });
  const read = rows as {
    dedup_key: string;
    doc: AlertRecord['alert'] | null;
    work: AlertRecord['work'];
    previous_id: string | null;
    policies: unknown[] | null;
  }[];
  return {
    keys: new Map(
      read.map((row) => [
        row.dedup_key,
        new Key(row.doc === null ? undefined : { alert: row.doc, work: row.work }, row.previous_id),
      ]),
    ),
    policyFor: policyChooser(read[0]?.policies ?? []),
  };
}

/** One alert, locked, with its orders that are not over. */
export interface Case {
  record: AlertRecord;
  publishedAt: Date | null;
  newerUnresolved: boolean;
  orders: { order: Order; work: unknown }[];
  policyFor: PolicyFor;
}

interface CaseRow {
  doc: AlertRecord['alert'];
  work: AlertRecord['work'];
  published_at: Date | null;
  newer_unresolved: boolean;
  orders: { order: Order; work: unknown }[];
  policies: unknown[] | null;
}
const caseOf = (row: CaseRow, policyFor: PolicyFor): Case => ({
  record: { alert: row.doc, work: row.work },
  publishedAt: row.published_at,
  newerUnresolved: row.newer_unresolved,
  orders: row.orders,
  policyFor,
});

/** `wait: false`: undefined also if somebody else holds it. */
export async function lockAlert(tx: Tx, id: string, wait = true): Promise<Case | undefined> {
  const { rows } = await tx.query({
    name: 'alert_lock',
    text: 'select doc, work, published_at, newer_unresolved, orders, policies from alert_lock($1, $2)',
    values: [id, wait],
  });
  const [row] = rows as CaseRow[];
  return row && caseOf(row, policyChooser(row.policies ?? []));
}

/** Many at once, in their order. `hold`: locked; those that somebody else holds are left out, and nothing is waited for. */
export async function readCases(db: Tx, ids: readonly string[], hold: boolean): Promise<Case[]> {
  const { rows } = await db.query({
    name: 'cases_read',
    text: 'select doc, work, published_at, newer_unresolved, orders, policies from cases_read($1, $2)',
    values: [ids, hold],
  });
  const read = rows as CaseRow[];
  const policyFor = policyChooser(read[0]?.policies ?? []);
  return read.map((row) => caseOf(row, policyFor));
}

/** Takes the locks of several alerts in the one order in which everybody takes them; what is read afterwards is theirs. */
export async function holdAlerts(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.query({
    name: 'alerts_hold',
    text: `select pg_advisory_xact_lock(slot) from (
             select distinct dedup_slot(dedup_key) as slot from alerts where id = any($1) order by 1 offset 0) slots`,
    values: [ids],
  });
}

/** One change of a locked alert. Gives the alert as it is then. */
export async function change(
  tx: Tx,
  record: AlertRecord,
  events: AlertEvent[],
  now: number,
): Promise<AlertRecord> {
  const [next] = await changeAll(tx, [{ record, events }], now);
  return next ?? record;
}

/** Changes of locked alerts, all in one statement. Gives the alerts as they are then. */
export async function changeAll(
  tx: Tx,
  changes: readonly { record: AlertRecord; events: AlertEvent[] }[],
  now: number,
): Promise<AlertRecord[]> {
  const next = changes.map(({ record, events }) => ({
    record: events.length === 0 ? record : evolveAll(record, events),
    events,
  }));
  await write(
    tx,
    next.filter(({ events }) => events.length > 0),
    now,
  );
  return next.map(({ record }) => record);
}

async function write(tx: Tx, changes: readonly Change[], now: number, sent?: () => void): Promise<void> {
  const batches = inWritableOrder(changes);
  for (const [i, batch] of batches.entries()) {
    const answer = tx.query({
      name: 'alerts_write',
      text: 'select alerts_write($1, $2)',
      values: [rowsOf(batch), toIso(now)],
    });
    if (i === batches.length - 1) sent?.();
    await answer.catch(asConflict);
  }
}

async function publish(
  tx: Tx,
  changes: readonly Change[],
  now: number,
  most: number,
  sent: () => void,
): Promise<PublishedEvent[]> {
  const batches = inWritableOrder(changes);
  const last = batches.pop();
  if (last === undefined) return [];
  await write(tx, batches.flat(), now);
  const answer = tx.query({
    name: 'alerts_publish',
    text: 'select no, type, ref, street, data from alerts_publish($1, $2, $3)',
    values: [rowsOf(last), toIso(now), most],
  });
  sent();
  const { rows } = await answer.catch(asConflict);
  return rows as PublishedEvent[];
}

const rowsOf = (batch: readonly Change[]): string =>
  JSON.stringify(batch.map(({ record, events }) => ({ doc: record.alert, work: record.work, events })));

function asConflict(error: unknown): never {
  if (!(error instanceof Error) || Reflect.get(error, 'code') !== WRITE_CONFLICT) throw error;
  throw new AlertWriteConflict('an alert was changed without its lock', { cause: error });
}

/**
 * The unique index is checked row by row, and one statement gives no order: where a key's alert is resolved and its
 * next one opens in the same transaction, they are written one after the other.
 */
function inWritableOrder(changes: readonly Change[]): Change[][] {
  const batches: Change[][] = [];
  const depth = new Map<string, number>();
  for (const item of changes) {
    const key = item.record.alert.dedupKey;
    const at = depth.get(key) ?? 0;
    depth.set(key, at + 1);
    (batches[at] ??= []).push(item);
  }
  return batches;
}
