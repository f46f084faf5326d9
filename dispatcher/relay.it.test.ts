import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testDatabase, type TestDatabase } from '../tests/support/postgres.ts';
import { inTransaction } from '../platform/database.ts';
import { silentLog } from '../platform/log.ts';
import { ManualClock } from '../platform/manual-clock.ts';
import type { StreamEvent } from './ports.ts';
import { numberOutbox, type PublishedEvent } from '../alerts/outbox.ts';
import { KEPT_MS, Relay } from './relay.ts';
import { Stream } from './stream.ts';

let db: TestDatabase;
const log = silentLog();
const clock = new ManualClock();
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(() => db.pool.query('truncate outbox, alerts cascade; update stream_head set no = 0'));
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** One server's half of it. */
async function server() {
  const stream = new Stream({ pool: db.pool, log });
  await stream.start();
  const heard: StreamEvent[] = [];
  stream.subscribe((event) => heard.push(event));
  const published: PublishedEvent[] = [];
  const relay = new Relay({
    pool: db.pool,
    clock,
    log,
    serverId: 's',
    onPublished(events) {
      published.push(...events);
      stream.publish(events);
    },
  });
  relay.start();
  stops.push(() => relay.stop());
  return { stream, relay, heard, published };
}

const insert = (ref: string, type = 'order'): Promise<unknown> =>
  db.pool.query(`insert into outbox (type, ref, street, data, created_at) values ($1, $2, '莲花', $3, $4)`, [
    type,
    ref,
    JSON.stringify({ id: ref }),
    new Date(clock.now()),
  ]);

describe('the relay', () => {
  it('hands on what was committed, numbered from 1, in order', async () => {
    const { relay, heard } = await server();
    for (const ref of ['a', 'b', 'c']) await insert(ref);
    await relay.settled();
    expect(heard.map((event) => [event.no, JSON.parse(event.data).id])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ]);
  });

  it('gives a row that commits late the next number, not one that is behind (gaps that fill late)', async () => {
    const { relay, heard } = await server();
    await inTransaction(db.pool, async (tx) => {
      await tx.query(
        `insert into outbox (type, ref, data, created_at) values ('order', 'slow', '{}', now())`,
      );
      await insert('quick');
      await relay.settled();
      expect(heard.map((event) => event.no)).toEqual([1]);
    });
    await relay.settled();
    expect(heard.map((event) => event.no)).toEqual([1, 2]);
  });

  it('two servers number every row once and both hear all of them in order', async () => {
    const servers = [await server(), await server()];
    const refs = Array.from({ length: 400 }, (_, i) => `r${i}`);
    await Promise.all(
      refs.map(async (ref, i) => {
        await insert(ref);
        servers[i % 2]?.relay.wake();
      }),
    );
    for (const { relay } of servers) await relay.settled();
    for (const { stream, heard } of servers) {
      stream.poke();
      await stream.settled();
      expect(heard.map((event) => event.no)).toEqual(refs.map((_, i) => i + 1));
    }
    expect(servers.flatMap((item) => item.published).length).toBe(400);
  });

  it('what transactions have numbered themselves and what the relays number is one sequence, heard in order', async () => {
    const servers = [await server(), await server()];
    const refs = Array.from({ length: 200 }, (_, i) => `r${i}`);
    await Promise.all(
      refs.map(async (ref, i) => {
        const of = servers[i % 2];
        if (i % 3 > 0) {
          await insert(ref);
          of?.relay.wake();
          return;
        }
        const events = await inTransaction(db.pool, async (tx) => {
          await tx.query(
            `insert into outbox (type, ref, street, data, created_at) values ('order', $1, '莲花', $2, now())`,
            [ref, JSON.stringify({ id: ref })],
          );
          return numberOutbox(tx, clock.now(), 3);
        });
        of?.relay.handOn(events);
      }),
    );
    for (const { relay } of servers) await relay.settled();
    for (const { stream, heard } of servers) {
      stream.poke();
      await stream.settled();
      expect(heard.map((event) => event.no)).toEqual(refs.map((_, i) => i + 1));
    }
    expect(servers.flatMap((item) => item.published).map((event) => event.ref)).toHaveLength(refs.length);
  });

  it('a number given in a transaction that does not come true is given again, and was told to nobody', async () => {
    const { relay, heard } = await server();
    const broken = inTransaction(db.pool, async (tx) => {
      await tx.query(
        `insert into outbox (type, ref, data, created_at) values ('order', 'never', '{}', now())`,
      );
      expect(await numberOutbox(tx, clock.now(), 10)).toMatchObject([{ no: 1, ref: 'never' }]);
      throw new Error('rolled back');
    });
    await expect(broken).rejects.toThrow('rolled back');
    await insert('a');
    await relay.settled();
    expect(heard.map((event) => [event.no, JSON.parse(event.data).id])).toEqual([[1, 'a']]);
  });

  it('marks an alert published once, and shows that time in its events', async () => {
    const { relay, heard } = await server();
    await db.pool
      .query(`insert into alerts (id, dedup_key, kind, priority, state, home_id, street, occurred_at,
      opened_at, version, doc) values ('a1', 'k', 'sos', 1, 'open', 'h', 's', now(), now(), 1, '{}')`);
    await insert('a1', 'alert');
    await relay.settled();
    const first = new Date(clock.now()).toISOString();
    clock.advance(5000);
    await insert('a1', 'alert');
    await relay.settled();
    expect(heard.map((event) => JSON.parse(event.data).publishedAt)).toEqual([first, first]);
    const { rows } = await db.pool.query('select published_at, version from alerts');
    expect(rows).toEqual([{ published_at: new Date(first), version: 1 }]);
  });

  it('is not held up by whoever holds an alert', async () => {
    const { relay, heard } = await server();
    await db.pool
      .query(`insert into alerts (id, dedup_key, kind, priority, state, home_id, street, occurred_at,
      opened_at, version, doc) values ('a1', 'k', 'sos', 1, 'open', 'h', 's', now(), now(), 1, '{}')`);
    await inTransaction(db.pool, async (tx) => {
      await tx.query('select 1 from alerts for update');
      await insert('a1', 'alert');
      await relay.settled();
      expect(heard).toHaveLength(1);
    });
  });

  it('finds by its poll what nobody has called for', async () => {
    const { heard, relay } = await server();
    await relay.settled();
    await insert('lost');
    clock.advance(1000);
    await relay.settled();
    expect(heard).toHaveLength(1);
  });

  it('a listener that fails does not keep the others from hearing', async () => {
    const { stream, relay, heard } = await server();
    stream.subscribe(() => {
      throw new Error('no');
    });
    await insert('a');
    await relay.settled();
    expect(heard).toHaveLength(1);
  });
});

describe('the stream', () => {
  it('is resumed after a number without a gap, page by page', async () => {
    const { stream, relay } = await server();
    for (let i = 0; i < 5; i += 1) await insert(`r${i}`);
    await relay.settled();
    const numbers = async (no: number, limit: number) => {
      const answer = await stream.after(no, limit);
      return 'reset' in answer ? 'reset' : answer.events.map((event) => event.no);
    };
    expect(await stream.head()).toBe(5);
    expect(await numbers(0, 2)).toEqual([1, 2]);
    expect(await numbers(2, 10)).toEqual([3, 4, 5]);
    expect(await numbers(5, 10)).toEqual([]);
    expect(await numbers(6, 10)).toBe('reset');
  });

  it('says reset where events are no longer kept', async () => {
    const { stream, relay } = await server();
    await insert('old');
    await insert('old2');
    await relay.settled();
    clock.advance(KEPT_MS + 1);
    await insert('new');
    await relay.settled();
    expect(await relay.prune()).toBe(2);
    expect(await stream.after(1, 10)).toEqual({ reset: true });
    expect(await stream.after(2, 10)).toMatchObject({ events: [{ no: 3 }] });
    clock.advance(KEPT_MS + 1);
    await relay.prune();
    expect(await stream.after(2, 10)).toEqual({ reset: true });
    expect(await stream.after(3, 10)).toEqual({ events: [] });
  });
});
