import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { testDatabase, type TestDatabase } from '../../tests/support/postgres.ts';
import { systemClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import { press } from '../../alerts/testing/signals.ts';
import { dedupKey } from '../../schemas/alert.ts';
import { district } from '../testing/district.ts';
import { freePort } from '../../tests/support/free-port.ts';
import { postgresWakeUps } from './postgres-wake-ups.ts';
import { redisWakeUps } from './redis-wake-ups.ts';
import { timerWakeUps } from './timer-wake-ups.ts';
import { jobId, type WakeUps } from './wake-ups.ts';

const log = silentLog();
const clock = systemClock;
const redisThere = spawnSync('redis-server', ['--version']).status === 0;
if (!redisThere) console.warn('wake-ups on Redis are not tested: there is no redis-server on this machine');

const eventually = (check: () => void | Promise<void>, timeout = 15_000): Promise<void> =>
  vi.waitFor(check, { timeout, interval: 20 });

/** What every alarm clock must do, whatever it is made of. */
function contract(make: (queueName: string) => Promise<WakeUps> | WakeUps): void {
  const open: WakeUps[] = [];
  let queues = 0;
  const made = async (queueName: string): Promise<WakeUps> => {
    const wakeUps = await make(queueName);
    open.push(wakeUps);
    return wakeUps;
  };
  const newQueue = (): string => `q${(queues += 1)}-${process.pid}`;
  afterEach(async () => {
    for (const wakeUps of open.splice(0)) await wakeUps.stop();
  });

  it('calls at the time, never before', async () => {
    const wakeUps = await made(newQueue());
    const heard: { key: string; at: number }[] = [];
    await wakeUps.start((key) => Promise.resolve(void heard.push({ key, at: clock.now() })));
    const at = clock.now() + 300;
    await wakeUps.at('alert-1', at);
    await eventually(() => expect(heard.map((item) => item.key)).toEqual(['alert-1']));
    expect(heard[0]?.at).toBeGreaterThanOrEqual(at - 1);
  });

  it('calls at once for a time that is past', async () => {
    const wakeUps = await made(newQueue());
    const heard: string[] = [];
    await wakeUps.start((key) => Promise.resolve(void heard.push(key)));
    await wakeUps.at('late', clock.now() - 60_000);
    await eventually(() => expect(heard).toEqual(['late']));
  });

  it('takes the same key and time for one wake-up, another time for another', async () => {
    const wakeUps = await made(newQueue());
    const at = clock.now() + 400;
    await Promise.all([
      wakeUps.at('k', at),
      wakeUps.at('k', at),
      wakeUps.at('k', at),
      wakeUps.at('k', at + 100),
    ]);
    const heard: string[] = [];
    await wakeUps.start((key) => Promise.resolve(void heard.push(key)));
    await wakeUps.at('end', at + 300);
    await eventually(() => expect(heard).toContain('end'));
    expect(heard.filter((key) => key === 'k')).toHaveLength(2);
  });

  it('goes on after a handler that throws', async () => {
    const wakeUps = await made(newQueue());
    const heard: string[] = [];
    await wakeUps.start((key) => {
      heard.push(key);
      return key === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve();
    });
    await wakeUps.at('bad', clock.now());
    await wakeUps.at('good', clock.now() + 100);
    await eventually(() => expect(heard).toEqual(['bad', 'good']));
  });

  it('begins no call after it has stopped', async () => {
    const wakeUps = await made(newQueue());
    const heard: string[] = [];
    await wakeUps.start((key) => Promise.resolve(void heard.push(key)));
    await wakeUps.stop();
    open.length = 0;
    expect(heard).toEqual([]);
  });

  it('refuses a key that a backend could not hold', async () => {
    const wakeUps = await made(newQueue());
    await expect(Promise.resolve().then(() => wakeUps.at('a:b', clock.now()))).rejects.toThrow('a:b');
  });
}

it('ids of jobs hold no colon and are no integers', () => {
  expect(jobId('sweep', 1768204800000.7)).toBe('wake-sweep-1768204800000');
});

describe('timers of the process', () => {
  contract(() => timerWakeUps({ clock, log }));
});

describe('BullMQ on PostgreSQL', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await testDatabase();
  });
  afterAll(() => db.drop());
  contract((queueName) => postgresWakeUps({ url: db.url, clock, log, queueName }));

  it('two servers starting at once both find the schema', async () => {
    const both = await Promise.all(
      ['a', 'b'].map((queueName) => postgresWakeUps({ url: db.url, clock, log, queueName })),
    );
    for (const wakeUps of both) await wakeUps.stop();
  });

  it('of several servers one is called for each wake-up', async () => {
    const heard: string[] = [];
    const servers = await Promise.all(
      [1, 2].map(() => postgresWakeUps({ url: db.url, clock, log, queueName: 'shared' })),
    );
    for (const server of servers) await server.start((key) => Promise.resolve(void heard.push(key)));
    const at = clock.now() + 200;
    for (const server of servers) for (let i = 0; i < 5; i += 1) await server.at(`k${i}`, at);
    await servers[0]?.at('end', at + 500);
    await eventually(() => expect(heard).toContain('end'));
    expect(heard.toSorted()).toEqual(['end', 'k0', 'k1', 'k2', 'k3', 'k4']);
    for (const server of servers) await server.stop();
  });
});

describe.skipIf(!redisThere)('BullMQ on Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.end());
  contract((queueName) => redisWakeUps({ url: redis.url, clock, log, queueName }));

  it('fails fast while Redis is gone, and calls again once it is back (I10, BullMQ #1658, #2534)', async () => {
    const own = await startRedis();
    onTestFinished(() => own.end());
    const wakeUps = await redisWakeUps({ url: own.url, clock, log });
    const heard: string[] = [];
    await wakeUps.start((key) => Promise.resolve(void heard.push(key)));
    await eventually(async () => {
      await wakeUps.at('before', clock.now());
      expect(heard).toContain('before');
    });
    await own.kill();
    await expect(wakeUps.at('while', clock.now())).rejects.toThrow();
    await own.restart();
    await vi.waitFor(() => wakeUps.at('after', clock.now()), { timeout: 20_000, interval: 100 });
    await eventually(() => expect(heard).toContain('after'), 30_000);
    await wakeUps.stop();
  });
});

describe.skipIf(!redisThere)('a dispatcher on Redis', () => {
  it('with Redis gone for a minute escalates as ever, and nobody is asked twice (I10)', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.end());
    const wakeUps = await redisWakeUps({ url: redis.url, clock, log });
    const d = await district({ wakeUps });
    try {
      for (const home of ['h1', 'h2']) await d.home(home);
      for (const who of ['c1', 'c2', 'c3', 'c4']) await d.caregiver(who);
      const raised = async (homeId: string): Promise<string> =>
        (await d.raise([press({ homeId, dedupKey: dedupKey.emergency(homeId) })])).alerts[0]?.id ?? '';
      const passes = async (seconds: number): Promise<void> => {
        for (let i = 0; i < seconds; i += 5) await d.clock.advanceAsync(5_000);
        await d.settled();
      };
      const first = await raised('h1');
      await redis.kill();
      // The sweeper's own timer is what finds it.
      await passes(35);
      const second = await raised('h2');
      await passes(25);
      await redis.restart();
      await passes(35);
      for (const id of [first, second]) {
        const offers = (await d.ordersOf(id)).flatMap((order) => order.offers);
        expect(offers.length).toBeGreaterThan(0);
        expect(offers.filter(({ outcome }) => outcome === null).length).toBeLessThan(2);
        expect(new Set(offers.map(({ caregiverId }) => caregiverId)).size).toBe(offers.length);
      }
      expect(await d.dispatcher.audit()).toEqual({});
    } finally {
      await d.end();
    }
  });
});

interface RedisServer {
  url: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
  end(): Promise<void>;
}

async function startRedis(): Promise<RedisServer> {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'yinling-redis-'));
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const args = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      dir,
      '--save',
      '',
      '--appendonly',
      'no',
    ];
    const running = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    child = running;
    await new Promise<void>((resolve, reject) => {
      running.once('exit', () => reject(new Error('redis-server has ended')));
      running.stdout.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('Ready to accept connections')) resolve();
      });
    });
  };
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      if (child === undefined || child.exitCode !== null) return resolve();
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    restart: start,
    async end() {
      await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
