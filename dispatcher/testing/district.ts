import { raise, type RaiseResult } from '../../alerts/store.ts';
import type { HomeFacts } from '../../alerts/decide-signal.ts';
import { inTransaction, type Pool } from '../../platform/database.ts';
import { idSource } from '../../platform/ids.ts';
import { silentLog } from '../../platform/log.ts';
import { ManualClock } from '../../platform/manual-clock.ts';
import { createMetrics } from '../../platform/metrics.ts';
import type { Alert } from '../../schemas/alert.ts';
import type { Order } from '../../schemas/order.ts';
import type { Signal } from '../../schemas/signal.ts';
import { testDatabase } from '../../tests/support/postgres.ts';
import type { Words } from '../personal/words.ts';
import { createDispatcher, type Dispatcher, type DispatcherDeps } from '../dispatcher.ts';
import type { Actor, CommandResult, StreamEvent } from '../ports.ts';
import type { Notice, Recipient } from '../channels/channel.ts';
import { timerWakeUps } from '../wake-ups/timer-wake-ups.ts';

/** Monday, 16:00 in Shenzhen. */
export const T0 = Date.parse('2026-01-12T08:00:00.000Z');
export const S = 1000;
export const MIN = 60 * S;
export const HOME = { lat: 22.5571, lon: 114.0592 };
const KM = 1 / 111.2;

export const operator: Actor = {
  username: 'wang',
  role: 'operator',
  streets: [],
  caregiverId: null,
  address: '127.0.0.1',
};
export const supervisor: Actor = { ...operator, username: 'chief', role: 'supervisor' };
export const caregiver = (id: string): Actor => ({
  ...operator,
  username: `user-${id}`,
  role: 'caregiver',
  caregiverId: id,
});

/** The value of a command that must succeed. */
/** Nothing is sealed: tests look into documents. */
export const plainWords: Words = {
  seal: (text) => Promise.resolve(text),
  open: (value) => Promise.resolve(value),
  openNow: (json) => json,
};

export function valueOf<T>(result: CommandResult<T>): T {
  if (!result.ok) throw new Error(`${result.code}: ${result.detail}`);
  return result.value;
}

/** A dispatcher on a database of its own, and a clock that tests move. Nothing here sleeps. */
export async function district(overrides: Partial<DispatcherDeps> = {}) {
  const db = await testDatabase();
  const { pool } = db;
  const clock = new ManualClock(T0);
  const newId = idSource(clock);
  const log = silentLog();
  const servers: Dispatcher[] = [];
  const heard: StreamEvent[] = [];
  const notices: Notice[] = [];

  const addServer = async (changed: Partial<DispatcherDeps> = {}): Promise<Dispatcher> => {
    const server = createDispatcher({
      pool,
      clock,
      log,
      metrics: createMetrics({ process: false }),
      newId,
      timeZone: 'Asia/Shanghai',
      wakeUps: timerWakeUps({ clock, log }),
      nameOf: (personal) => Buffer.from(personal).toString(),
      channels: [{ name: 'test', send: (notice) => (notices.push(notice), Promise.resolve({ ok: true })) }],
      phoneOf: (personal) => `138${Buffer.from(personal).toString().split(' ').at(-1) ?? ''}`,
      contactsOf: (personal) => JSON.parse(Buffer.from(personal).toString() || '[]') as Recipient[],
      words: plainWords,
      sealNotes: (notes) => Buffer.from(`sealed:${notes}`),
      openNotes: (sealed) => Buffer.from(sealed).toString().replace('sealed:', ''),
      ...overrides,
      ...changed,
    });
    await server.start();
    servers.push(server);
    return server;
  };
  const first = await addServer();
  first.stream.subscribe((event) => heard.push(event));

  const settled = async (): Promise<void> => {
    for (const server of servers) await server.settled();
  };
  const one = async <T>(sql: string, values: unknown[] = []): Promise<T> => {
    const { rows } = await pool.query(sql, values);
    if (rows[0] === undefined) throw new Error(`no row: ${sql}`);
    return rows[0] as T;
  };

  return {
    ...db,
    clock,
    newId,
    heard,
    /** What was told by the test's own channel. */
    notices,
    alerts: first.alerts.commands,
    orders: first.orders.commands,
    dispatcher: first,
    addServer,
    settled,
    one,

    async home(id: string, place: { lat: number; lon: number } | null = HOME, street = '莲花') {
      await pool.query(
        `insert into homes (id, street, lat, lon, personal, created_at) values ($1, $2, $3, $4, '', $5)`,
        [id, street, place?.lat ?? null, place?.lon ?? null, new Date(T0)],
      );
      await pool.query(`insert into residents (id, home_id, personal, created_at) values ($1, $2, '', $3)`, [
        `r-${id}`,
        id,
        new Date(T0),
      ]);
    },
    /** So many at once, spread over `km` around the usual place; their ids. */
    async homes(many: number, km = 0): Promise<string[]> {
      const { rows } = await pool.query<{ id: string }>(
        `insert into homes (id, street, lat, lon, personal, created_at)
         select 'b' || i, '莲花', $2 + $4 * (i * 7919 % 1000 / 1000.0 - 0.5), $3 + $4 * (i * 104729 % 1000 / 1000.0 - 0.5), '', $5
         from generate_series(1, $1) i returning id`,
        [many, HOME.lat, HOME.lon, km * KM, new Date(T0)],
      );
      return rows.map((row) => row.id);
    },
    async caregivers(many: number, km = 0): Promise<void> {
      await pool.query(
        `with made as (
           insert into caregivers (id, role, stars, lat, lon, personal, provider, created_at)
           select 'c' || i, 'care_worker', 3, $2 + $4 * (i * 6091 % 1000 / 1000.0 - 0.5),
             $3 + $4 * (i * 75979 % 1000 / 1000.0 - 0.5), '', 'provider-1', $5
           from generate_series(1, $1) i returning id)
         insert into shifts (id, caregiver_id, from_at, to_at, created_at)
         select 's-' || id, id, $5::timestamptz - interval '1 hour', $5::timestamptz + interval '1 day', $5 from made`,
        [many, HOME.lat, HOME.lon, km * KM, new Date(T0)],
      );
    },
    async device(id: string, homeId: string, kind: string) {
      await pool.query(
        `insert into devices (id, home_id, kind, secret_hash, created_at) values ($1, $2, $3, '', $4)`,
        [id, homeId, kind, new Date(T0)],
      );
    },
    /** On shift all the time unless told otherwise. */
    async caregiver(
      id: string,
      {
        km = 0.5,
        role = 'care_worker',
        stars = 3,
        shift = true,
      }: { km?: number; role?: string; stars?: number; shift?: boolean } = {},
    ) {
      await pool.query(
        `insert into caregivers (id, role, stars, lat, lon, personal, provider, created_at)
         values ($1, $2, $3, $4, $5, $6, 'provider-1', $7)`,
        [id, role, stars, HOME.lat + km * KM, HOME.lon, Buffer.from(`name of ${id}`), new Date(T0)],
      );
      if (shift)
        await pool.query(
          `insert into shifts (id, caregiver_id, from_at, to_at, created_at) values ($1, $2, $3, $4, $3)`,
          [`s-${id}`, id, new Date(T0 - 3_600_000), new Date(T0 + 86_400_000)],
        );
    },

    /** As ingest does: in one transaction, then a wake. */
    async raise(
      signals: Signal[],
      home: HomeFacts = { residentId: null, canAsk: false },
    ): Promise<RaiseResult> {
      const result = await inTransaction(pool, (tx) =>
        raise(tx, signals, { now: () => clock.now(), newId: () => newId('a'), homeOf: () => home }),
      );
      first.wake();
      await settled();
      return result;
    },
    /** Time passes, from one thing that is due to the next; each is done when it is due. */
    async pass(ms: number) {
      const untilMs = clock.now() + ms;
      for (let guard = 0; guard < 2_000; guard += 1) {
        const dueMs = await nextDue(pool, clock.now());
        if (dueMs === undefined || dueMs > untilMs) break;
        clock.set(dueMs);
        await settled();
      }
      clock.set(untilMs);
      await settled();
    },
    async alert(id: string): Promise<Alert> {
      const alert = await first.alerts.queries.get(id);
      if (alert === undefined) throw new Error(`no alert ${id}`);
      return alert;
    },
    async order(id: string): Promise<Order> {
      const order = await first.orders.queries.get(id);
      if (order === undefined) throw new Error(`no order ${id}`);
      return order;
    },
    async ordersOf(alertId: string): Promise<Order[]> {
      const { rows } = await pool.query<{ doc: Order }>(
        'select doc from orders where alert_id = $1 order by created_at, id',
        [alertId],
      );
      return rows.map((row) => row.doc);
    },
    async end() {
      for (const server of servers) await server.stop();
      await db.drop();
    },
  };
}
export type District = Awaited<ReturnType<typeof district>>;

async function nextDue(pool: Pool, nowMs: number): Promise<number | undefined> {
  const { rows } = await pool.query<{ at: Date | null }>(
    `select min(at) as at from (
       select deadline_at as at from alerts where state <> 'resolved'
       union all select deadline_at from orders where deadline_at is not null) due where at > $1`,
    [new Date(nowMs)],
  );
  return rows[0]?.at?.getTime();
}

/** What an alert's timeline says, in order. */
export const whats = (alert: Alert): string[] => alert.timeline.map((entry) => entry.what);
