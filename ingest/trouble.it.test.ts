import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IntakeClosed, type Outcome } from '../schemas/inbound.ts';
import { type CuttingProxy, cuttingProxy } from '../tests/support/cutting-proxy.ts';
import { registerHome, startWorld, type World, worldOf } from '../tests/support/ingest-world.ts';
import { type TestDatabase, testDatabase } from '../tests/support/postgres.ts';
import { until } from '../tests/support/until.ts';
import { IngestLeaseHeld } from './store/lease.ts';
import { anewOnRetry } from '../tests/support/anew.ts';

let db: TestDatabase;
let proxy: CuttingProxy;
let world: World;
anewOnRetry(
  async () => {
    db = await testDatabase();
    proxy = await cuttingProxy(db.url);
    for (let n = 0; n < 20; n++) await registerHome(db, `h${n}`);
  },
  async () => {
    await proxy.close();
    await db.drop();
  },
);
beforeEach(async () => {
  world = await startWorld(db, { databaseUrl: proxy.url });
});
afterEach(async () => {
  proxy.refuse(false);
  await world.ingest.stop();
  await db.pool.query('drop trigger if exists poison on readings');
});

const rows = async <T>(sql: string, ...values: unknown[]): Promise<T[]> =>
  (await db.pool.query({ text: sql, values })).rows as T[];
const countOf = async (prefix: string): Promise<Map<string, number>> => {
  const found = await rows<{ id: string; n: number }>(
    `select message_id as id, count(*)::int as n from readings where message_id like $1 group by 1`,
    `${prefix}%`,
  );
  return new Map(found.map(({ id, n }) => [id, n]));
};
let made = 0;
/** Many messages of many homes at once, a press among every ten; all have ids. */
const volley = (prefix: string, count: number): Promise<Outcome>[] =>
  Array.from({ length: count }, (_, n) => {
    const id = `${prefix}${n}`;
    const ts = Date.now() - (made++ % 50);
    return n % 10 === 3
      ? world.send(`h${n % 20}`, 'button', 'sos', { id, ts, action: 'press' })
      : world.send(`h${n % 20}`, 'gw', 'status', { id, ts, online: true });
  });
/** I2, I14: each exactly once, every press in exactly one alert. */
async function expectExactlyOnce(prefix: string, count: number): Promise<void> {
  const stored = await countOf(prefix);
  expect(stored.size).toBe(count);
  expect([...stored.values()].every((n) => n === 1)).toBe(true);
  const evidence = await rows<{ id: string; n: number }>(
    `select e ->> 'messageId' as id, count(*)::int as n from alerts, jsonb_array_elements(doc -> 'evidence') e
     where e ->> 'messageId' like $1 group by 1`,
    `${prefix}%`,
  );
  expect(evidence.map(({ n }) => n)).toEqual(evidence.map(() => 1));
  expect(evidence).toHaveLength(Math.ceil((count - 3) / 10));
}
/** The database refuses rows that no screening knows: as data (22000), or by a mistake of ours (42703). */
const refuse = (condition: string, code = '22000') =>
  db.pool.query(`
    create or replace function poison() returns trigger language plpgsql as $$
      begin raise exception 'poison' using errcode = '${code}'; end $$;
    create trigger poison before insert on readings for each row when (${condition}) execute function poison()`);

describe('poison', () => {
  it('the one refused row becomes a dead letter, its neighbours are stored', async () => {
    await refuse(`new.message_id in ('a17', 'a55')`);
    const outcomes = await Promise.all(volley('a', 100));
    const refused = outcomes.flatMap((outcome, n) =>
      outcome.result === 'dead_letter' ? [`a${n} ${outcome.reason}`] : [],
    );
    expect(refused).toEqual(['a17 database_refused', 'a55 database_refused']);
    const stored = await countOf('a');
    expect(stored.size).toBe(98);
    expect([...stored.values()].every((n) => n === 1)).toBe(true);
    const letters = await rows<{ body: Buffer }>(
      `select body from dead_letters where reason = 'database_refused' order by received_at, size, body`,
    );
    expect(letters.map(({ body }) => JSON.parse(body.toString()) as unknown)).toMatchObject([
      { id: 'a17' },
      { id: 'a55' },
    ]);
  });

  it('a refused press counts as a bare press', async () => {
    await refuse(`new.body ? 'odd'`);
    const outcome = await world.send('h1', 'button', 'sos', { action: 'press', odd: 1 });
    expect(outcome).toMatchObject({ result: 'reading', alertIds: [expect.any(String)] });
    const [reading] = await rows(`select body, marks from readings order by seq desc limit 1`);
    expect(reading).toMatchObject({ body: { action: 'press' }, marks: ['unreadable', 'database_refused'] });
  });

  it('a mistake of ours is no dead letter: what fails waits until others get through, and is mended or put away', async () => {
    await refuse(`new.message_id like 'f%'`, '42703');
    const waiting = volley('f', 4);
    const settled: Outcome[] = [];
    for (const one of waiting)
      one.then(
        (outcome) => settled.push(outcome),
        () => undefined,
      );
    await until('retries', () => world.ingest.stats.bisections > 8);
    expect(settled).toEqual([]);
    await db.pool.query('drop trigger poison on readings');
    expect(await Promise.all(waiting)).toMatchObject(waiting.map(() => ({ result: 'reading' })));
    await expectExactlyOnce('f', 4);
  });
});

describe('a database that goes and comes back', () => {
  it('I1 I10: sessions killed again and again: everything is stored exactly once, nothing is refused', async () => {
    const all: Promise<Outcome>[] = [];
    let waves = 0;
    // A kill may find nothing at work: until some have
    while (waves < 8 || (world.ingest.stats.retries === 0 && waves < 40)) {
      all.push(...volley(`k${waves}-`, 100));
      waves += 1;
      await until('sessions to kill', async () => {
        const killed = await rows(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'yinling ingest%' and datname = current_database()`,
        );
        return killed.length > 0;
      });
    }
    const outcomes = await Promise.all(all);
    expect(outcomes.every(({ result }) => result === 'reading')).toBe(true);
    for (let wave = 0; wave < waves; wave++) await expectExactlyOnce(`k${wave}-`, 100);
    expect(world.ingest.stats.retries).toBeGreaterThan(0);
  });

  it('I10: the answer to a commit is lost: it is looked up, and nothing is doubled', async () => {
    for (const [i, text] of ['commit', 'copy readings', 'alerts_lock', 'alerts_write'].entries()) {
      proxy.loseAnswerTo(text, 3);
      const before = proxy.lost;
      await Promise.all(volley(`d${i}-`, 60));
      await until('lost answers', () => proxy.lost > before);
      await expectExactlyOnce(`d${i}-`, 60);
    }
    expect(world.ingest.stats.doubts).toBeGreaterThan(0);
  });

  it('I10 I13, Node-RED #2864: what arrives while it is away waits, and the time is recorded as our outage', async () => {
    await Promise.all(volley('w', 20));
    proxy.refuse(true);
    const waiting = volley('o', 50);
    let settled = 0;
    for (const one of waiting) one.finally(() => (settled += 1)).catch(() => undefined);
    const { retries } = world.ingest.stats;
    await until('commits to fail', () => world.ingest.stats.retries > retries);
    const failingFrom = Date.now();
    await until('more than a second of it', () => Date.now() - failingFrom > 1100);
    expect(settled).toBe(0);
    proxy.refuse(false);
    const outcomes = await Promise.all(waiting);
    expect(outcomes.every(({ result }) => result === 'reading')).toBe(true);
    await expectExactlyOnce('o', 50);
    await Promise.all(volley('n', 20));
    const outage = () =>
      rows<{ ms: number }>(
        `select max(extract(epoch from to_at - from_at)::float8 * 1000) as ms from outages
         where reason = 'commits failed' and to_at >= $1`,
        new Date(failingFrom),
      );
    // A commit of the same time on another connection may fail once more after it: an outage of its own, of milliseconds
    await expect.poll(async () => (await outage())[0]?.ms).toBeGreaterThan(1000);
  });

  it('a home that is not cached waits for the registry, too', async () => {
    await registerHome(db, 'fresh');
    proxy.refuse(true);
    const waiting = world.send('fresh', 'button', 'sos', { id: 'fresh', action: 'press' });
    proxy.refuse(false);
    expect(await waiting).toMatchObject({ result: 'reading' });
  });

  it('I1: a stop gives up what cannot be committed, without acknowledging it', async () => {
    const quick = await startWorldApart();
    quick.proxy.refuse(true);
    const waiting = quick.world.send('h1', 'gw', 'status', { online: true }).catch((error: unknown) => error);
    const stopping = quick.world.ingest.stop();
    expect(await waiting).toBeInstanceOf(IntakeClosed);
    quick.proxy.refuse(false);
    await stopping;
    await expect(quick.world.send('h1', 'gw', 'status', {})).rejects.toBeInstanceOf(IntakeClosed);
    await quick.end();
  });

  /** A world that may be stopped, on a database of its own. */
  async function startWorldApart() {
    const own = await testDatabase();
    await registerHome(own, 'h1');
    const ownProxy = await cuttingProxy(own.url);
    return {
      proxy: ownProxy,
      world: await startWorld(own, { databaseUrl: ownProxy.url }),
      end: async () => {
        await ownProxy.close();
        await own.drop();
      },
    };
  }
});

describe('locks', () => {
  it('a home whose alert is held up holds up nobody else', async () => {
    const holder = await db.pool.connect();
    await holder.query('begin');
    await holder.query(`select pg_advisory_xact_lock(dedup_slot('h5:emergency'))`);
    const blocked = world.send('h5', 'button', 'sos', { id: 'blocked', action: 'press' });
    const others = [6, 7, 8, 9].map((n) =>
      world.send(`h${n}`, 'button', 'sos', { id: `free${n}`, action: 'press' }),
    );
    await Promise.all(others);
    for (let n = 0; n < 5; n++) await world.send('h6', 'button', 'sos', { id: `again${n}`, action: 'press' });
    let done = false;
    void blocked.then(() => (done = true));
    await until('contention', () => world.ingest.stats.contentions > 0);
    expect(done).toBe(false);
    await holder.query('commit');
    holder.release();
    expect(await blocked).toMatchObject({ result: 'reading', alertIds: [expect.any(String)] });
    expect(await countOf('blocked')).toEqual(new Map([['blocked', 1]]));
  });

  it('a press overtakes bulk that cannot be written', async () => {
    const holder = await db.pool.connect();
    await holder.query('begin; lock table message_ids in exclusive mode');
    // Without a time of its own a message leaves its key in message_ids: it must wait
    const bulk = Array.from({ length: 30 }, (_, n) =>
      world.send(`h${n % 10}`, 'gw', 'status', { id: `b${n}`, online: true }),
    );
    let stored = 0;
    for (const one of bulk) void one.then(() => (stored += 1));
    const press = await world.send('h15', 'button', 'sos', { action: 'press' });
    expect(press).toMatchObject({ result: 'reading', alertIds: [expect.any(String)] });
    expect(stored).toBe(0);
    await holder.query('commit');
    holder.release();
    await Promise.all(bulk);
  });
});

describe('the lease', () => {
  it('a second ingest on the same database refuses to start, and says why', async () => {
    await expect(startWorld(db, { leaseWaitMs: 300 })).rejects.toBeInstanceOf(IngestLeaseHeld);
  });

  it('one that has been succeeded writes nothing more, and goes on when it is the owner again', async () => {
    await Promise.all(volley('before', 20));
    // Its lease's session goes, and while it cannot get back another takes over
    proxy.refuse(true);
    const second = await startWorld(db, { leaseWaitMs: 5_000 });
    proxy.refuse(false);
    const { retries } = world.ingest.stats;
    const fenced = volley('fenced', 20);
    const first = await second.send('h1', 'gw', 'status', { id: 'second', ts: Date.now(), online: true });
    expect(first).toMatchObject({ result: 'reading' });
    await until('a refused commit', () => world.ingest.stats.retries > retries);
    expect((await countOf('fenced')).size).toBe(0);
    await second.ingest.stop();
    await Promise.all(fenced);
    await expectExactlyOnce('fenced', 20);
    const [seqs] = await rows<{ ordered: boolean }>(
      `select bool_and(f.seq > s.seq) as ordered from readings f, readings s where f.message_id like 'fenced%' and s.message_id = 'second'`,
    );
    expect(seqs?.ordered).toBe(true);
  });
});

describe('the start', () => {
  it('what is accepted before it waits for it', async () => {
    const own = await testDatabase();
    await registerHome(own, 'h1');
    const early = worldOf(own);
    const waiting = early.send('h1', 'button', 'sos', { action: 'press' });
    const stray = early.send('nowhere', 'gw', 'status', {});
    await early.ingest.start();
    expect(await waiting).toMatchObject({ result: 'reading', alertIds: [expect.any(String)] });
    expect(await stray).toMatchObject({ reason: 'unknown_home' });
    await early.ingest.stop();
    await own.drop();
  });
});
