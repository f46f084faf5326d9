import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RedisIntake } from '../ingest/remote/redis-intake.ts';
import { partitionOf, PARTITIONS } from '../ingest/sharing/partitions.ts';
import { systemClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { refoldAll } from './chaos/refold.ts';
import { type ChaosRedis, redisThere, startRedisIn } from './chaos/redis.ts';
import { anewOnRetry } from './support/anew.ts';
import { gatewayOf, messageOf, registerHome } from './support/ingest-world.ts';
import { type TestDatabase, testDatabase } from './support/postgres.ts';
import { type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { watchStalls } from './support/stalls.ts';
import { until } from './support/until.ts';

if (!redisThere) console.warn('ingest by several is not tested: there is no redis-server on this machine');

const HOMES = Array.from({ length: 32 }, (_, i) => `w${i}`);
const MOST_UNDER_WAY = 100;
/** A process takes seconds to start; where many others do, minutes. */
const WITHIN_MS = 150_000;
const TEST_WITHIN_MS = 2 * WITHIN_MS;
const SEQS_OF_EPOCH = 2 ** 32;
/** And what this machine keeps everybody waiting. */
const TAKEN_OVER_WITHIN_MS = 5_000;

describe.skipIf(!redisThere)('several ingests share the homes of one database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yinling-workers-'));
  const workers: ServiceProcess[] = [];
  let db: TestDatabase;
  let redis: ChaosRedis | undefined;
  let receiver: RedisIntake;
  let env: Record<string, string>;
  let sent = 0;
  const unanswered = new Set<Promise<unknown>>();

  const start = async (): Promise<ServiceProcess> => {
    const worker = await startServiceProcess(env);
    workers.push(worker);
    return worker;
  };
  anewOnRetry(
    async () => {
      mkdirSync(folder, { recursive: true });
      db = await testDatabase();
      redis = await startRedisIn(folder);
      const url = redis?.url ?? '';
      env = { ROLES: 'ingest', DATABASE_URL: db.url, REDIS_URL: url, DATA_DIR: join(folder, 'data') };
      for (const homeId of HOMES) await registerHome(db, homeId);
      receiver = new RedisIntake({ url, clock: systemClock, log: silentLog() });
      receiver.start();
      sent = 0;
      await Promise.all([start(), start()]);
    },
    async () => {
      await receiver.stop();
      await Promise.all(workers.splice(0).map((worker) => worker.stop()));
      await redis?.kill9();
      await db.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  );

  const rows = async <T>(sql: string, ...values: unknown[]): Promise<T[]> =>
    (await db.pool.query({ text: sql, values })).rows as T[];
  /** By epoch of its worker, how many partitions each has. */
  const shares = async (): Promise<Map<number, number>> =>
    new Map(
      (
        await rows<{ epoch: number; n: number }>(
          `select w.epoch, count(p.no)::int as n from ingest_workers w
           left join ingest_partitions p on p.epoch = w.epoch and p.no < 16 group by 1`,
        )
      ).map(({ epoch, n }) => [epoch, n]),
    );
  const atLeast = async (count: number): Promise<void> => {
    while (workers.length < count) await start();
  };
  const shared = async (...counts: number[]): Promise<boolean> =>
    [...(await shares()).values()].toSorted((a, b) => b - a).join() === counts.join();
  /** One message of each home, without waiting for an answer. */
  const speak = (): void => {
    sent += 1;
    for (const homeId of HOMES) {
      const message = messageOf(
        `care/v1/${homeId}/${homeId}-pir/presence`,
        { id: `m${sent}`, sensor: 'pir', zone: 'bathroom', occupied: sent % 2 === 0 },
        { principal: gatewayOf(homeId), receivedAt: Date.now() },
      );
      const answer = receiver.accept(message);
      unanswered.add(answer);
      void answer.finally(() => unanswered.delete(answer));
    }
  };
  /** Speaks on until something has happened. */
  const speakUntil = async (what: string, happened: () => Promise<boolean>): Promise<void> => {
    await until(
      what,
      async () => {
        // Some are always under way; a machine that is slow is not buried
        if (unanswered.size < MOST_UNDER_WAY) speak();
        return happened();
      },
      WITHIN_MS,
    );
    speak();
  };
  /** Everything that was sent is answered and stored once, each home's in the order in which it was sent. */
  const allIsStored = async (): Promise<void> => {
    await until('every answer', () => unanswered.size === 0, WITHIN_MS);
    const stored = await rows<{ id: string; said: string[] }>(
      `select h.id, array_agg(r.message_id order by r.seq) as said
       from readings r join homes h on h.no = r.home_no group by 1`,
    );
    const odd = stored.flatMap(({ id, said }) =>
      said.flatMap((messageId, i) => (messageId === `m${i + 1}` ? [] : [`${id}: ${i + 1}. is ${messageId}`])),
    );
    expect(odd.slice(0, 5)).toEqual([]);
    expect(stored.filter(({ said }) => said.length !== sent).map(({ id }) => id)).toEqual([]);
    expect(stored).toHaveLength(HOMES.length);
  };
  it(
    'each of two has half of the partitions; a home is folded by the one that has its partition, in order',
    async () => {
      await speakUntil('fair shares', () => shared(8, 8));
      await allIsStored();
      speak();
      await allIsStored();
      const owners = new Map(
        (await rows<{ no: number; epoch: number }>('select no, epoch from ingest_partitions')).map(
          ({ no, epoch }) => [no, epoch],
        ),
      );
      const last = await rows<{ id: string; base: number }>(
        `select h.id, max(r.seq / ${SEQS_OF_EPOCH})::int as base from readings r join homes h on h.no = r.home_no group by 1`,
      );
      const numberedBy = new Map<number, Set<number>>();
      for (const { id, base } of last) {
        const owner = owners.get(partitionOf(id)) ?? 0;
        numberedBy.set(owner, (numberedBy.get(owner) ?? new Set()).add(base));
      }
      expect(numberedBy.size).toBe(2);
      const [one, other] = [...numberedBy.values()];
      expect([...(one ?? [])].filter((base) => other?.has(base))).toEqual([]);
    },
    TEST_WITHIN_MS,
  );

  it(
    'I1: one that joins under load gets its share, nothing is lost, doubled or out of order',
    async () => {
      const joining = start();
      await speakUntil('fair shares', () => shared(6, 5, 5));
      await joining;
      await allIsStored();
    },
    TEST_WITHIN_MS,
  );

  it(
    'I1 I10: one dies by kill -9 under load, the others take its homes over within 5 s, each home’s order is kept',
    async () => {
      await atLeast(3);
      await speakUntil('fair shares', () => shared(6, 5, 5));
      const before = await shares();
      const stalls = watchStalls();
      onTestFinished(() => stalls.stop());
      const diedAt = Date.now();
      await workers.pop()?.kill9();
      await speakUntil('fair shares', () => shared(8, 8));
      const tookMs = Date.now() - diedAt;
      console.info(
        `taken over within ${tookMs} ms, of which ${Math.round(stalls.ms())} ms were the machine's`,
      );
      expect(tookMs - stalls.ms()).toBeLessThan(TAKEN_OVER_WITHIN_MS);
      await allIsStored();
      const after = await shares();
      expect([...after.keys()].filter((epoch) => !before.has(epoch))).toEqual([]);
      expect([...after.values()].reduce((sum, n) => sum + n, 0)).toBe(PARTITIONS);
    },
    TEST_WITHIN_MS,
  );

  it(
    'I10: one that was stopped beyond its lease, and goes on, commits nothing of what it had begun',
    async () => {
      await speakUntil('fair shares', () => shared(8, 8));
      const [paused] = workers;
      const before = await shares();
      paused?.child.kill('SIGSTOP');
      await speakUntil('the other to have all', () => shared(16));
      await allIsStored();
      const [left] = (await shares()).keys();
      const lost = [...before.keys()].filter((epoch) => epoch !== left);
      expect(lost).toHaveLength(1);
      const count = async (): Promise<number> =>
        (await rows<{ n: number }>('select count(*)::int as n from readings'))[0]?.n ?? 0;
      const stored = await count();
      paused?.child.kill('SIGCONT');
      await until('the paused one to begin anew', () => shared(8, 8), WITHIN_MS);
      expect(await count()).toBe(stored);
      expect([...(await shares()).keys()]).not.toContain(lost[0]);
      speak();
      await allIsStored();
    },
    TEST_WITHIN_MS,
  );

  it(
    'I4: what they leave is what a straight run over all that is stored comes to',
    async () => {
      speak();
      await allIsStored();
      const exits = await Promise.all(workers.splice(0).map((worker) => worker.stop()));
      expect(exits).toEqual(exits.map(() => 0));
      expect(await rows('select epoch from ingest_workers')).toEqual([]);
      const { different, homes } = await refoldAll(db.pool, Date.now());
      expect({ homes, different }).toEqual({ homes: HOMES.length, different: [] });
    },
    TEST_WITHIN_MS,
  );
});
