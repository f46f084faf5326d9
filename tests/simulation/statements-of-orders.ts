import type { OrderWork } from '../../dispatcher/lifecycle/order-record.ts';
import type { Order } from '../../schemas/order.ts';
import type { NoticeRow, OfferRow } from './memory-database.ts';
import type { Transaction } from './memory-transaction.ts';
import { insertOutbox } from './statements-of-alerts.ts';
import type { Statements } from './statements.ts';

const TAKEN: readonly string[] = ['accepted', 'en_route', 'on_scene'];
const ms = (value: unknown): number => (value instanceof Date ? value.getTime() : Date.parse(String(value)));

const openOfferOf = (tx: Transaction, fits: (offer: OfferRow) => boolean): OfferRow | undefined =>
  tx.pick(tx.db.offers, tx.db.openOffers, (offer) => offer.outcome === null && fits(offer))[0];

/** The unique indexes over open offers: one emergency of a caregiver, one of an order and a caregiver. */
function clashOf(tx: Transaction, offer: OfferRow): string | undefined {
  if (tx.db.defects.has('two_emergencies_allowed') || offer.outcome !== null) return undefined;
  const other = (fits: (row: OfferRow) => boolean) =>
    openOfferOf(tx, (row) => row.id !== offer.id && fits(row));
  if (offer.emergency && other((row) => row.emergency && row.caregiverId === offer.caregiverId) !== undefined)
    return 'offers_one_open_emergency';
  const same = (row: OfferRow) => row.orderId === offer.orderId && row.caregiverId === offer.caregiverId;
  return other(same) === undefined ? undefined : 'offers_one_open_per_order';
}

interface Write {
  doc: Order;
  work: OrderWork;
  deadlineAt: string | null;
}

function writeOrder(tx: Transaction, { doc, work, deadlineAt }: Write, at: number): number {
  const { db } = tx;
  const before = tx.get(db.orders, doc.id);
  if (doc.version === 1 ? before !== undefined : before?.doc.version !== doc.version - 1) return 0;
  if (doc.emergency && doc.caregiverId !== null && TAKEN.includes(doc.state)) {
    const others = tx.pick(
      db.orders,
      db.liveOrders,
      (row) =>
        row.doc.id !== doc.id &&
        row.doc.emergency &&
        row.doc.caregiverId === doc.caregiverId &&
        TAKEN.includes(row.doc.state),
    );
    if (others.length > 0 && !db.defects.has('two_emergencies_allowed')) db.refuse('orders_one_emergency');
  }
  tx.put(db.orders, doc.id, { doc, work, deadlineAt: deadlineAt === null ? null : Date.parse(deadlineAt) });
  for (const said of doc.offers) {
    const known = tx.get(db.offers, said.id);
    const outcome = db.defects.has('expiry_not_stored') && said.outcome === 'expired' ? null : said.outcome;
    if (known !== undefined && (known.outcome !== null || outcome === null)) continue;
    const offer: OfferRow = {
      id: said.id,
      orderId: doc.id,
      caregiverId: said.caregiverId,
      emergency: doc.emergency,
      expiresAt: Date.parse(said.expiresAt),
      outcome,
    };
    const clash = clashOf(tx, offer);
    if (clash !== undefined) db.refuse(clash);
    tx.put(db.offers, offer.id, offer);
  }
  insertOutbox(tx, {
    type: 'order',
    ref: doc.id,
    street: doc.street,
    data: JSON.stringify(doc),
    version: doc.version,
    createdAt: at,
  });
  return 1;
}

/** All keys of unique indexes that a write of these people touches: two who want the same wait for each other. */
const lockPeople = (tx: Transaction, ids: Iterable<string>): void => {
  for (const id of [...new Set(ids)].toSorted()) tx.lock(`emergency of ${id}`);
};

export const ORDER_STATEMENTS: Statements = {
  orders_write(tx, [changes, at]) {
    const all = JSON.parse(String(changes)) as Write[];
    for (const { doc } of all) tx.lock(`order ${doc.id}`);
    lockPeople(
      tx,
      all
        .filter(({ doc }) => doc.emergency)
        .flatMap(({ doc }) =>
          [...doc.offers.map(({ caregiverId }) => caregiverId), doc.caregiverId ?? []].flat(),
        ),
    );
    return [{ written: all.reduce((sum, change) => sum + writeOrder(tx, change, ms(at)), 0) }];
  },
  order_deadline(tx, [id, deadlineAt]) {
    tx.lock(`order ${String(id)}`);
    const row = tx.get(tx.db.orders, String(id));
    if (row !== undefined)
      tx.put(tx.db.orders, String(id), { ...row, deadlineAt: deadlineAt === null ? null : ms(deadlineAt) });
    return [];
  },
  order_lock(tx, [id]) {
    tx.lock(`order ${String(id)}`);
    const row = tx.get(tx.db.orders, String(id));
    return row === undefined ? [] : [{ doc: row.doc, work: row.work }];
  },
  order_lock_skip(tx, [id]) {
    const row = tx.tryLock(`order ${String(id)}`) ? tx.get(tx.db.orders, String(id)) : undefined;
    return row === undefined ? [] : [{ doc: row.doc, work: row.work }];
  },
  order_alert(tx, [id]) {
    const row = tx.get(tx.db.orders, String(id));
    return row === undefined ? [] : [{ alert_id: row.doc.alertId }];
  },
  'select doc from orders where alert_id = $1': (tx, [id]) =>
    tx
      .pick(tx.db.orders, tx.db.ordersOf.get(String(id)) ?? [], ({ doc }) => doc.alertId === id)
      .map(({ doc }) => ({ doc })),
  'select doc from orders where id = $1': (tx, [id]) => {
    const row = tx.get(tx.db.orders, String(id));
    return row === undefined ? [] : [{ doc: row.doc }];
  },
  offers_claim(tx, [claims]) {
    const all = (
      JSON.parse(String(claims)) as (Omit<OfferRow, 'expiresAt' | 'outcome'> & { expiresAt: string })[]
    ).toSorted((a, b) => (a.caregiverId < b.caregiverId ? -1 : 1));
    lockPeople(
      tx,
      all.filter(({ emergency }) => emergency).map(({ caregiverId }) => caregiverId),
    );
    return all.flatMap(({ expiresAt, ...claim }) => {
      const offer: OfferRow = { ...claim, expiresAt: Date.parse(expiresAt), outcome: null };
      if (tx.get(tx.db.offers, offer.id) !== undefined || clashOf(tx, offer) !== undefined) return [];
      tx.put(tx.db.offers, offer.id, offer);
      return [{ id: offer.id }];
    });
  },
  open_emergency_offer(tx, [caregiverId]) {
    const offer = openOfferOf(tx, (row) => row.emergency && row.caregiverId === caregiverId);
    if (offer === undefined) return [];
    const order = tx.get(tx.db.orders, offer.orderId);
    return order === undefined
      ? []
      : [{ id: offer.id, order_id: offer.orderId, alert_id: order.doc.alertId }];
  },
  takeable_offers(tx, [priority]) {
    return tx
      .pick(tx.db.offers, tx.db.openOffers, ({ emergency, outcome }) => emergency && outcome === null)
      .flatMap((offer) => {
        const order = tx.get(tx.db.orders, offer.orderId);
        const alert = order?.doc.alertId == null ? undefined : tx.get(tx.db.alerts, order.doc.alertId);
        if (order === undefined || alert === undefined || alert.doc.priority <= Number(priority)) return [];
        if (order.work.named?.includes(offer.id) === true) return [];
        const { id: offerId, caregiverId, orderId } = offer;
        return [{ offerId, caregiverId, orderId, alertId: order.doc.alertId }];
      });
  },
  offer_end(tx, [id]) {
    const offer = tx.get(tx.db.offers, String(id));
    if (offer === undefined || offer.outcome !== null) return [];
    lockPeople(tx, [offer.caregiverId]);
    tx.put(tx.db.offers, offer.id, { ...offer, outcome: 'withdrawn' });
    return [];
  },
  emergency_order: (tx, [caregiverId, but]) =>
    tx.db.defects.has('two_emergencies_allowed')
      ? []
      : tx.pick(
          tx.db.orders,
          tx.db.liveOrders,
          ({ doc }) =>
            doc.caregiverId === caregiverId && doc.id !== but && doc.emergency && TAKEN.includes(doc.state),
        ),
  visit_write(tx, [orderId]) {
    const order = tx.get(tx.db.orders, String(orderId));
    if (order !== undefined && tx.get(tx.db.visits, String(orderId)) === undefined)
      tx.put(tx.db.visits, String(orderId), order.doc);
    return [];
  },
  // The ledger has its own verifier; nobody here is a volunteer.
  'insert into ledger_transactions': () => [],
  'insert into audit': () => [],
  offers_ended: () => [],
  notices_write(tx, [rows, at]) {
    for (const fields of JSON.parse(String(rows)) as ({ id: string; channel: string } & Record<
      string,
      unknown
    >)[])
      if (tx.get(tx.db.notices, fields.id) === undefined)
        tx.put(tx.db.notices, fields.id, {
          id: fields.id,
          fields,
          channel: fields.channel,
          createdAt: ms(at),
          state: 'waiting',
          nextAt: ms(at),
          tries: 0,
        });
    return [];
  },
  notices_take(tx, [now, holdUntil, most, channels, others]) {
    const due = tx
      .pick(
        tx.db.notices,
        tx.db.waitingNotices,
        ({ state, nextAt, channel }) =>
          state === 'waiting' && nextAt <= ms(now) && (channels as string[]).includes(channel) !== others,
      )
      .filter(({ id }) => tx.tryLock(`notice ${id}`))
      .toSorted((a, b) => a.nextAt - b.nextAt || (a.id < b.id ? -1 : 1))
      .slice(0, Number(most));
    return due.map((row) => {
      const taken: NoticeRow = { ...row, nextAt: ms(holdUntil), tries: row.tries + 1 };
      tx.put(tx.db.notices, row.id, taken);
      const { alertId, orderId, offerId, caregiverId, byHand, ...fields } = row.fields;
      const alert = tx.get(tx.db.alerts, String(alertId));
      const offer = tx.get(tx.db.offers, String(offerId));
      const order = tx.get(tx.db.orders, String(orderId));
      return {
        ...fields,
        alert_id: alertId,
        by_hand: byHand,
        tries: taken.tries,
        created_at: new Date(row.createdAt),
        doc: alert?.doc ?? null,
        current_opening: alert?.work.opening ?? null,
        order_id: orderId ?? null,
        offer_id: offerId ?? null,
        caregiver_id: caregiverId ?? null,
        outcome: offer?.outcome ?? null,
        expires_at: offer === undefined ? null : new Date(offer.expiresAt),
        order_doc: order?.doc ?? null,
      };
    });
  },
  notice_end(tx, [id, state]) {
    const row = tx.get(tx.db.notices, String(id));
    if (row?.state !== 'waiting') return [];
    tx.put(tx.db.notices, row.id, { ...row, state: state as NoticeRow['state'], nextAt: Infinity });
    return [{ outcome: tx.get(tx.db.offers, String(row.fields['offerId']))?.outcome ?? null }];
  },
  notices_withdrawn(tx, [relieved, now, withdrawn]) {
    for (const { offerId, by } of JSON.parse(String(relieved)) as { offerId: string; by: string }[])
      for (const { state, fields, channel } of tx.db.notices.rows.values()) {
        const { alertId, orderId, caregiverId, attempt } = fields;
        if (fields['step'] !== `offer-${offerId}` || state !== 'delivered' || by === caregiverId) continue;
        const step = `${String(withdrawn)}${offerId}`;
        const id = [alertId ?? orderId, step, channel, attempt].join('.');
        if (tx.get(tx.db.notices, id) !== undefined) continue;
        const at = ms(now);
        const row = { id, fields: { ...fields, id, step }, channel, createdAt: at, nextAt: at, tries: 0 };
        tx.put(tx.db.notices, id, { ...row, state: 'waiting' });
      }
    return [];
  },
  notice_retry(tx, [id, , at]) {
    const row = tx.get(tx.db.notices, String(id));
    if (row?.state === 'waiting') tx.put(tx.db.notices, row.id, { ...row, nextAt: ms(at) });
    return [];
  },
};
