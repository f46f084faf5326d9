import type { AlertEvent } from '../../alerts/events.ts';
import type { AlertWork } from '../../alerts/record.ts';
import { hashText } from '../../ingest/dedupe/hash.ts';
import type { Alert } from '../../schemas/alert.ts';
import type { MemoryDatabase, OutboxRow } from './memory-database.ts';
import { DatabaseError, type Transaction } from './memory-transaction.ts';
import type { Statements } from './statements.ts';

/** Keys share 1,024 slots, as in 0002_dispatch.sql. */
export const slotOf = (dedupKey: string): number => hashText(dedupKey, 7101) % 1024;
const lockSlot = (tx: Transaction, slot: number): void => tx.lock(`slot ${String(slot).padStart(4, '0')}`);
const trySlot = (tx: Transaction, slot: number): boolean =>
  tx.tryLock(`slot ${String(slot).padStart(4, '0')}`);

export function insertOutbox(tx: Transaction, row: Omit<OutboxRow, 'id' | 'streamNo'>): void {
  const { db } = tx;
  const made = { ...row, id: db.next('outbox'), streamNo: null };
  if (db.defects.has('outbox_in_memory')) db.volatileOutbox.push(made);
  else tx.put(db.outbox, made.id, made);
}

const unresolvedOf = (tx: Transaction, key: string) =>
  tx.pick(
    tx.db.alerts,
    tx.db.unresolved.get(key) ?? [],
    ({ doc }) => doc.dedupKey === key && doc.state !== 'resolved',
  );

/** The orders that are not over, as the case has them; locked where that is asked for. */
function ordersOfCase(tx: Transaction, alertId: string, hold: boolean) {
  const { db } = tx;
  const live = tx
    .pick(
      db.orders,
      db.ordersOf.get(alertId) ?? [],
      ({ doc }) => doc.alertId === alertId && doc.state !== 'completed' && doc.state !== 'cancelled',
    )
    .toSorted((a, b) => (a.doc.createdAt + a.doc.id < b.doc.createdAt + b.doc.id ? -1 : 1));
  if (hold) for (const { doc } of live) tx.lock(`order ${doc.id}`);
  return live.map(({ doc, work }) => ({ order: doc, work }));
}

function caseRow(tx: Transaction, id: string, hold: boolean): unknown[] {
  const row = tx.get(tx.db.alerts, id);
  if (row === undefined) return [];
  const orders = ordersOfCase(tx, id, hold);
  const newer = unresolvedOf(tx, row.doc.dedupKey).some(({ doc }) => doc.id !== id);
  return [
    {
      doc: row.doc,
      work: row.work,
      published_at: row.publishedAt,
      newer_unresolved: newer,
      orders,
      policies: tx.db.town.policies,
    },
  ];
}

function writeAlert(
  tx: Transaction,
  change: { doc: Alert; work: AlertWork; events: AlertEvent[] },
  at: number,
): void {
  const { db } = tx;
  const { work, events } = change;
  const cleared =
    db.defects.has('emergency_cleared_by_itself') && change.doc.priority <= 2 && change.doc.version === 3;
  const doc: Alert = cleared
    ? { ...change.doc, state: 'resolved', resolvedBy: 'system', disposition: 'false_alarm', deadlineAt: null }
    : change.doc;
  const before = tx.get(db.alerts, doc.id);
  if (doc.version === 1 ? before !== undefined : before?.doc.version !== doc.version - 1)
    throw new DatabaseError('YLA01', 'an alert was changed without its lock');
  const another = unresolvedOf(tx, doc.dedupKey).some((row) => row.doc.id !== doc.id);
  if (doc.state !== 'resolved' && another && !db.defects.has('dedup_key_dropped'))
    db.refuse('alerts_one_unresolved');
  const eventKey = `${doc.id} ${doc.version}`;
  if (tx.get(db.alertEvents, eventKey) !== undefined) db.refuse('alert_events_pkey');
  tx.put(db.alerts, doc.id, { doc, work, publishedAt: before?.publishedAt ?? null });
  tx.put(db.alertEvents, eventKey, { alertId: doc.id, version: doc.version, events });
  insertOutbox(tx, {
    type: 'alert',
    ref: doc.id,
    street: doc.street,
    data: JSON.stringify(doc),
    version: doc.version,
    createdAt: at,
  });
}

/** What is due, as in `Engine`. */
export function dueCases(
  db: MemoryDatabase,
  nowMs: number,
  resting: readonly string[],
  unattended: readonly string[],
) {
  const due = new Map<string, { kind: 'alert' | 'order'; id: string; priority: number; at: number }>();
  const add = (kind: 'alert' | 'order', id: string, priority: number, at: number): void => {
    if (resting.includes(kind + id)) return;
    const known = due.get(kind + id);
    if (known === undefined) due.set(kind + id, { kind, id, priority, at });
    else
      due.set(kind + id, {
        kind,
        id,
        priority: Math.min(known.priority, priority),
        at: Math.min(known.at, at),
      });
  };
  for (const id of db.openAlerts) {
    const row = db.alerts.rows.get(id);
    if (row === undefined || db.lostDeadlines.has(id)) continue;
    const { doc, work } = row;
    const at = doc.deadlineAt === null ? Infinity : Date.parse(doc.deadlineAt);
    if (at <= nowMs) add('alert', id, doc.priority, at);
    else if (doc.state === 'pending' && work.ask === null && at > nowMs + 1_000)
      add('alert', id, doc.priority, at);
    else if (
      doc.state === 'open' &&
      doc.priority <= 2 &&
      !doc.test &&
      !doc.synthetic &&
      unattended.includes(doc.street)
    ) {
      const untouched =
        work.step === 0 && work.attempts === 0 && work.rounds === 0 && doc.orderIds.length === 0;
      if (untouched && (doc.priority === 1 || work.policy.quiet === undefined))
        add('alert', id, doc.priority, Date.parse(doc.openedAt));
    }
  }
  for (const id of db.liveOrders) {
    const row = db.orders.rows.get(id);
    if (row === undefined) continue;
    const { alertId, emergency, state } = row.doc;
    if (row.deadlineAt !== null && row.deadlineAt <= nowMs && !db.lostDeadlines.has(alertId ?? id))
      add(alertId === null ? 'order' : 'alert', alertId ?? id, emergency ? 1 : 3, row.deadlineAt);
    const alert = alertId === null ? undefined : db.alerts.rows.get(alertId);
    if (
      alert?.doc.state === 'resolved' &&
      (state === 'requested' || state === 'offered' || state === 'accepted')
    )
      add('alert', alert.doc.id, 4, nowMs);
  }
  return [...due.values()].sort((a, b) => a.priority - b.priority || a.at - b.at || (a.id < b.id ? -1 : 1));
}

const ms = (value: unknown): number => (value instanceof Date ? value.getTime() : Date.parse(String(value)));

type Changes = { doc: Alert; work: AlertWork; events: AlertEvent[] }[];

function writeAlerts(tx: Transaction, changes: Changes, at: number): void {
  for (const { doc } of changes) tx.lock(`alert ${doc.id}`);
  for (const change of changes) writeAlert(tx, change, at);
}

function numberWaiting(tx: Transaction, published: Date, most: number): unknown[] {
  const { db } = tx;
  for (const row of db.volatileOutbox.splice(0)) tx.put(db.outbox, row.id, row);
  const waiting = tx
    .pick(db.outbox, db.unnumbered, ({ streamNo }) => streamNo === null)
    .toSorted((a, b) => a.id - b.id)
    .slice(0, most);
  if (waiting.length === 0) return [];
  tx.lock('stream_head');
  const head = tx.get(db.streamHeads, 'head') ?? 0;
  const events = waiting.map((row, i) => {
    const no = head + i + 1;
    let data = row.data;
    if (row.type === 'alert') {
      const alert = tx.get(db.alerts, row.ref);
      if (alert?.publishedAt === null && tx.tryLock(`alert ${row.ref}`))
        tx.put(db.alerts, row.ref, { ...alert, publishedAt: published });
      const seenAt = (alert?.publishedAt ?? published).toISOString();
      data = JSON.stringify({ ...(JSON.parse(row.data) as object), publishedAt: seenAt });
    }
    tx.put(db.outbox, row.id, { ...row, data, streamNo: no });
    return { no, type: row.type, ref: row.ref, street: row.street, data };
  });
  tx.put(db.streamHeads, 'head', head + waiting.length);
  return events;
}

export const ALERT_STATEMENTS: Statements = {
  alerts_lock(tx, [keys]) {
    const wanted = keys as string[];
    for (const slot of [...new Set(wanted.map(slotOf))].toSorted((a, b) => a - b)) lockSlot(tx, slot);
    return wanted.map((key, i) => {
      const found = tx.db.defects.has('dedup_key_dropped') ? undefined : unresolvedOf(tx, key)[0];
      return {
        dedup_key: key,
        doc: found?.doc ?? null,
        work: found?.work ?? null,
        previous_id: found === undefined ? (tx.db.lastResolved.get(key) ?? null) : null,
        policies: i === 0 ? tx.db.town.policies : null,
      };
    });
  },
  alert_lock(tx, [id, wait]) {
    const row = tx.get(tx.db.alerts, String(id));
    if (row === undefined) return [];
    if (wait === true) lockSlot(tx, slotOf(row.doc.dedupKey));
    else if (!trySlot(tx, slotOf(row.doc.dedupKey))) return [];
    return caseRow(tx, String(id), true);
  },
  cases_read(tx, [ids, hold]) {
    const held = (ids as string[]).filter((id) => {
      const row = tx.get(tx.db.alerts, id);
      return row !== undefined && (hold !== true || trySlot(tx, slotOf(row.doc.dedupKey)));
    });
    return held.flatMap((id) => caseRow(tx, id, hold === true));
  },
  alerts_hold(tx, [ids]) {
    const slots = (ids as string[]).flatMap((id) => tx.get(tx.db.alerts, id)?.doc.dedupKey ?? []).map(slotOf);
    for (const slot of [...new Set(slots)].toSorted((a, b) => a - b)) lockSlot(tx, slot);
    return [];
  },
  alerts_write(tx, [changes, at]) {
    const all = JSON.parse(String(changes)) as Changes;
    writeAlerts(tx, all, ms(at));
    return [{ alerts_write: all.length }];
  },
  alerts_publish(tx, [changes, at, most]) {
    const all = JSON.parse(String(changes)) as Changes;
    // Locks come before effects: whoever has to wait for one begins again
    for (const { doc } of all) tx.lock(`alert ${doc.id}`);
    tx.lock('stream_head');
    writeAlerts(tx, all, ms(at));
    return numberWaiting(tx, new Date(ms(at)), Number(most));
  },
  due(tx, [now, most, , resting, , unattended]) {
    return dueCases(tx.db, ms(now), resting as string[], unattended as string[])
      .slice(0, Number(most))
      .map(({ kind, id }) => ({ kind, id }));
  },
  'select doc, published_at from alerts where id = $1': (tx, [id]) => {
    const row = tx.get(tx.db.alerts, String(id));
    return row === undefined ? [] : [{ doc: row.doc, published_at: row.publishedAt }];
  },
  tell_detectors(tx, [homeId, body]) {
    const id = tx.db.next('home_inputs');
    tx.put(tx.db.inputs, id, {
      id,
      homeId: String(homeId),
      kind: 'resolved',
      body: JSON.parse(String(body)) as Record<string, unknown>,
      seq: null,
    });
    tx.notifications.push({ channel: 'home_inputs', payload: String(homeId) });
    return [];
  },
  prompt_write(tx, [homeId, deviceIds, body, , expiresAt]) {
    for (const deviceId of deviceIds as string[])
      tx.put(tx.db.downlink, tx.db.next('downlink'), {
        homeId: String(homeId),
        deviceId,
        body: JSON.parse(String(body)) as { promptId: string },
        expiresAt: ms(expiresAt),
      });
    return [];
  },
  stream_publish: (tx, [at, most]) => numberWaiting(tx, new Date(ms(at)), Number(most)),
  stream_announce: () => [],
  stream_after: (tx, [no, most]) =>
    tx.db.numbered
      .slice(Number(no), Number(no) + Number(most))
      .map(({ streamNo, type, street, data }) => ({ no: streamNo, type, street, data })),
  'select no from stream_head': (tx) => [{ no: tx.db.streamHead }],
  'delete from outbox': () => [],
};
