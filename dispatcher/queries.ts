import { KEEP_ALL } from '../alerts/bounded.ts';
import type { AlertEvent } from '../alerts/events.ts';
import { evolveAll } from '../alerts/evolve.ts';
import type { AlertRecord } from '../alerts/record.ts';
import type { Pool } from '../platform/database.ts';
import type { Alert, Evidence } from '../schemas/alert.ts';
import { toIso } from '../schemas/ids.ts';
import type { Order } from '../schemas/order.ts';
import { decodeCursor, encodeCursor } from './http/cursor.ts';
import type {
  AlertFilter,
  AlertQueries,
  OrderFilter,
  OrderQueries,
  StreamedPage,
} from './http/query-ports.ts';

/**
 * Lists and single objects. The stream's head is read in the same snapshot as the list: whoever goes on from there
 * misses nothing, for a change that is not in the list is not numbered yet either.
 */
const HEAD = 'with head as materialized (select no from stream_head) ';

/** Collects conditions and their values. */
class Where {
  readonly #parts: string[] = [];
  readonly values: unknown[] = [];

  value(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
  /** `?` stands for the value. Absent: no condition. */
  and(condition: string, value: unknown): void {
    if (value !== undefined) this.#parts.push(condition.replace('?', () => this.value(value)));
  }
  raw(condition: string): void {
    this.#parts.push(condition);
  }
  toString(): string {
    return this.#parts.length === 0 ? 'true' : this.#parts.join(' and ');
  }
}

interface AlertRow {
  head: number;
  doc: Alert | null;
  published_at: Date | null;
}

const withPublished = (doc: Alert, publishedAt: Date | null): Alert => ({
  ...doc,
  publishedAt: publishedAt === null ? null : toIso(publishedAt.getTime()),
});

export function createAlertQueries(pool: Pool): AlertQueries {
  return {
    async list(filter) {
      const { states } = filter;
      // A work list is by priority and age; one that also holds what is over, the newest first.
      const queue = states !== undefined && states.length > 0 && !states.includes('resolved');
      const where = new Where();
      alertConditions(where, filter);
      // Says what the list of states says already, in the words of the partial index.
      if (queue) where.raw("state <> 'resolved'");
      if (filter.cursor !== undefined) where.raw(afterAlert(where, filter.cursor, queue));
      const order = queue ? 'priority, opened_at, id' : 'opened_at desc, id desc';
      const { rows } = await pool.query<AlertRow>(
        `${HEAD} select head.no as head, page.doc, page.published_at from head
         left join (select doc, published_at, priority, opened_at, id from alerts where ${where.toString()}
                    order by ${order} limit ${where.value(filter.limit + 1)}) page on true
         order by ${order}`,
        where.values,
      );
      const items = rows.flatMap(({ doc, published_at }) =>
        doc === null ? [] : [withPublished(doc, published_at)],
      );
      return page(rows[0]?.head ?? 0, items, filter.limit, (alert) =>
        queue
          ? [alert.priority, Date.parse(alert.openedAt), alert.id]
          : [Date.parse(alert.openedAt), alert.id],
      );
    },
    async get(id) {
      const { rows } = await pool.query<{ doc: Alert; published_at: Date | null }>({
        name: 'alert_get',
        text: 'select doc, published_at from alerts where id = $1',
        values: [id],
      });
      return rows[0] && withPublished(rows[0].doc, rows[0].published_at);
    },
    async whole(id) {
      const alert = await this.get(id);
      if (alert?.omitted === undefined || alert.version > MOST_REFOLDED) return alert;
      const { rows } = await pool.query<{ body: AlertEvent[] }>({
        name: 'alert_events_of',
        text: 'select body from alert_events where alert_id = $1 and version <= $2 order by version',
        values: [id, alert.version],
      });
      const record = rows.reduce<AlertRecord | undefined>(
        (before, { body }) => evolveAll(before, body, KEEP_ALL),
        undefined,
      );
      if (record?.alert.version !== alert.version) return alert;
      const { omitted: _, ...whole } = { ...alert, ...record.alert, publishedAt: alert.publishedAt };
      return whole;
    },
    async evidence(id, { cursor, limit }) {
      const after = cursor === undefined ? [0, 0, 0] : decodeCursor(cursor, 'nnn');
      const { rows } = await pool.query<{ place: [number, number, number]; item: Evidence }>({
        name: 'alert_evidence_of',
        text: `select array[v.version, e.n, i.n] as place, i.item
          from alert_events v, jsonb_array_elements(v.body) with ordinality e (event, n),
            jsonb_array_elements(e.event -> 'evidence') with ordinality i (item, n)
          where v.alert_id = $1 and v.version >= $2 and e.event ->> 'type' = 'joined'
            and (v.version, e.n, i.n) > ($2, $3, $4)
          order by v.version, e.n, i.n limit $5`,
        values: [id, ...after, limit + 1],
      });
      const items = rows.slice(0, limit);
      const last = rows.length > limit ? items.at(-1) : undefined;
      return {
        items: items.map(({ item }) => item),
        nextCursor: last ? encodeCursor(last.place.map(Number)) : null,
      };
    },
  };
}

/** Changes that one answer may hold; of more, the first and the latest of each kind are shown, and the rest is paged. */
const MOST_REFOLDED = 5_000;

function alertConditions(where: Where, filter: AlertFilter): void {
  where.raw('not synthetic');
  where.and('state = any(?)', filter.states);
  where.and('kind = any(?)', filter.kinds);
  where.and('priority = any(?)', filter.priorities);
  where.and('street = any(?)', filter.streets);
  where.and('home_id = ?', filter.homeId);
  where.and('opened_at >= ?', filter.from);
  where.and('opened_at < ?', filter.to);
}

function afterAlert(where: Where, cursor: string, queue: boolean): string {
  if (!queue) {
    const [openedMs, id] = decodeCursor(cursor, 'ns');
    return `(opened_at, id) < (${where.value(new Date(Number(openedMs)))}, ${where.value(id)})`;
  }
  const [priority, openedMs, id] = decodeCursor(cursor, 'nns');
  const key = [priority, new Date(Number(openedMs)), id].map((part) => where.value(part));
  return `(priority, opened_at, id) > (${key.join(', ')})`;
}

interface OrderRow {
  doc: Order | null;
  comment: Uint8Array | null;
}

/** `open`: what was said with a score is kept sealed beside the document. */
export function createOrderQueries(pool: Pool, open: (sealed: Uint8Array) => string): OrderQueries {
  const whole = ({ doc, comment }: OrderRow): Order[] => {
    if (doc === null) return [];
    if (doc.rating === null || comment === null) return [doc];
    return [{ ...doc, rating: { ...doc.rating, comment: open(comment) } }];
  };
  return {
    async list(filter) {
      const where = new Where();
      orderConditions(where, filter);
      if (filter.cursor !== undefined) {
        const [createdMs, id] = decodeCursor(filter.cursor, 'ns');
        where.raw(`(created_at, id) < (${where.value(new Date(Number(createdMs)))}, ${where.value(id)})`);
      }
      const { rows } = await pool.query<OrderRow & { head: number }>(
        `${HEAD} select head.no as head, page.doc, r.sealed_comment as comment from head
         left join (select doc, created_at, id from orders where ${where.toString()}
                    order by created_at desc, id desc limit ${where.value(filter.limit + 1)}) page on true
         left join ratings r on r.order_id = page.id
         order by created_at desc, id desc`,
        where.values,
      );
      return page(rows[0]?.head ?? 0, rows.flatMap(whole), filter.limit, (order) => [
        Date.parse(order.createdAt),
        order.id,
      ]);
    },
    async get(id) {
      const { rows } = await pool.query<OrderRow>({
        name: 'order_get',
        text: `select o.doc, r.sealed_comment as comment
               from orders o left join ratings r on r.order_id = o.id where o.id = $1`,
        values: [id],
      });
      return rows.flatMap(whole)[0];
    },
  };
}

function orderConditions(where: Where, filter: OrderFilter): void {
  where.and('state = any(?)', filter.states);
  where.and('service = any(?)', filter.services);
  where.and('street = any(?)', filter.streets);
  where.and('home_id = ?', filter.homeId);
  where.and('alert_id = ?', filter.alertId);
  where.and('caregiver_id = ?', filter.caregiverId);
  // Only what the engine will look at again can be late.
  if (filter.overdue === true) where.raw(`deadline_at is not null and doc ->> 'overdue' is not null`);
  if (filter.overdue === false) where.raw(`doc ->> 'overdue' is null`);
  where.and('created_at >= ?', filter.from);
  where.and('created_at < ?', filter.to);
  if (filter.involving === undefined) return;
  const { caregiverId, orServices } = filter.involving;
  const who = where.value(caregiverId);
  where.raw(`(caregiver_id = ${who} or service = any(${where.value(orServices)})
    or id in (select order_id from offers where caregiver_id = ${who}))`);
}

/** `rows` holds one more than the page, if there is more. */
function page<T>(
  head: number,
  rows: readonly T[],
  limit: number,
  keyOf: (item: T) => (string | number)[],
): StreamedPage<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null,
    streamId: String(head),
  };
}
