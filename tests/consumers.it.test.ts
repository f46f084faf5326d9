import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ChaosRedis, redisThere, startRedisIn } from './chaos/redis.ts';
import { anewOnRetry } from './support/anew.ts';
import { registerHome } from './support/ingest-world.ts';
import { type Mosquitto, mosquittoThere, startMosquitto } from './support/mosquitto.ts';
import { type TestDatabase, testDatabase } from './support/postgres.ts';
import { type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { watchStalls } from './support/stalls.ts';
import { until } from './support/until.ts';

const canRun = mosquittoThere && redisThere;
if (!canRun)
  console.warn(
    'an external broker with several consumers is not tested: mosquitto or redis-server is missing',
  );

const HOMES = 8;
const MOST_UNDER_WAY = 400;
/** A process takes seconds to start; where many others do, minutes. */
const WITHIN_MS = 150_000;
const TEST_WITHIN_MS = 2 * WITHIN_MS;
/** And what this machine keeps everybody waiting. */
const TAKEN_OVER_WITHIN_MS = 5_000;

describe.skipIf(!canRun)('MQTT_URL: several consume from one Mosquitto, and others fold', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yinling-consumers-'));
  let db: TestDatabase;
  let redis: ChaosRedis | undefined;
  let workers: ServiceProcess[] = [];
  let consumers: ServiceProcess[] = [];
  let broker: Mosquitto | undefined;
  let env: Record<string, string>;
  let homes: string[] = [];
  let attempts = 0;

  anewOnRetry(
    async () => {
      mkdirSync(folder, { recursive: true });
      db = await testDatabase();
      redis = await startRedisIn(folder);
      env = {
        DATABASE_URL: db.url,
        REDIS_URL: redis?.url ?? '',
        DATA_DIR: join(folder, 'data'),
      };
    },
    async () => {
      await dismiss();
      await redis?.kill9();
      await db.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  );

  const rows = async <T>(sql: string, ...values: unknown[]): Promise<T[]> =>
    (await db.pool.query({ text: sql, values })).rows as T[];

  /**
   * Two that consume what `MQTT_URL` with this query says, two that fold (the same, or others), and homes that nobody has
   * heard of.
   */
  async function cast(query: string, how: 'apart' | 'together'): Promise<Talk> {
    // Of a test that has failed
    await dismiss();
    attempts += 1;
    homes = Array.from({ length: HOMES }, (_, i) => `k${attempts}-${i}`);
    for (const homeId of homes) await registerHome(db, homeId);
    const { url, publisher } = (broker = await startMosquitto());
    const consuming = {
      ...env,
      ROLES: how === 'apart' ? 'broker' : 'ingest',
      MQTT_URL: `${url}${query}`,
    };
    const folding = { ...env, ROLES: 'ingest' };
    const [one, other, ...others] = await Promise.all([
      startServiceProcess(consuming),
      startServiceProcess(consuming),
      ...(how === 'apart' ? [startServiceProcess(folding), startServiceProcess(folding)] : []),
    ]);
    consumers = [one, other];
    workers = others;
    return new Talk(publisher);
  }
  async function dismiss(): Promise<void> {
    const exits = await Promise.all([...consumers.splice(0), ...workers.splice(0)].map((one) => one.stop()));
    expect(exits).toEqual(exits.map(() => 0));
    await broker?.stop();
    broker = undefined;
  }

  const attended = async (): Promise<number[]> =>
    Promise.all(
      consumers.map(async ({ httpUrl }) => {
        const text = await (await fetch(`${httpUrl}/metrics`)).text();
        return Number(/^yinling_mqtt_sessions (\d+)/m.exec(text)?.[1]);
      }),
    );
  const allPartitionsHeld = async (by: number): Promise<boolean> => {
    const held = await rows<{ n: number }>(
      `select count(p.no)::int as n from ingest_workers w join ingest_partitions p on p.epoch = w.epoch
       where p.no < 16 group by w.epoch`,
    );
    return held.length === by && held.reduce((sum, { n }) => sum + n, 0) === 16;
  };

  /** What was said: of each home a movement and, now and then, a press. */
  class Talk {
    said = 0;
    presses = 0;
    underWay = 0;
    readonly #publisher: MqttClient;

    constructor(publisher: MqttClient) {
      this.#publisher = publisher;
    }

    speak(): void {
      this.said += 1;
      const pressed = this.said % 10 === 0;
      if (pressed) this.presses += 1;
      for (const homeId of homes) {
        this.#publish(homeId, 'pir/presence', {
          id: `m${this.said}`,
          ts: Date.now(),
          sensor: 'pir',
          zone: 'bathroom',
          occupied: this.said % 2 === 0,
        });
        if (pressed) this.#publish(homeId, 'button/sos', { id: `p${this.presses}`, action: 'press' });
      }
    }

    #publish(homeId: string, path: string, body: unknown): void {
      this.underWay += 1;
      this.#publisher.publish(`care/v1/${homeId}/${homeId}-${path}`, JSON.stringify(body), { qos: 1 }, () => {
        this.underWay -= 1;
      });
    }

    /** Speaks on until something has happened. */
    async until(what: string, happened: () => Promise<boolean>): Promise<void> {
      await until(
        what,
        async () => {
          if (this.underWay < MOST_UNDER_WAY) this.speak();
          return happened();
        },
        WITHIN_MS,
      );
      this.speak();
    }

    /** Of each home, what was stored of it, in the order in which it was folded. */
    async stored(channel: 'presence' | 'sos'): Promise<Map<string, string[]>> {
      const prefix = channel === 'sos' ? 'p' : 'm';
      const found = await rows<{ id: string; said: string[] }>(
        `select h.id, array_agg(r.message_id order by r.seq) as said from readings r join homes h on h.no = r.home_no
         where h.id = any($1) and r.message_id like $2 group by 1`,
        homes,
        `${prefix}%`,
      );
      return new Map(found.map(({ id, said }) => [id, said]));
    }

    async allIsStored(): Promise<void> {
      for (const [channel, count] of [
        ['presence', this.said],
        ['sos', this.presses],
      ] as const)
        await until(
          `all of ${channel}`,
          async () => {
            const stored = await this.stored(channel);
            return homes.every((homeId) => (stored.get(homeId)?.length ?? 0) >= count);
          },
          WITHIN_MS,
        );
      const { said, presses } = this;
      const all = (prefix: string, count: number) =>
        Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`).toSorted();
      for (const stored of (await this.stored('presence')).values())
        expect(stored.toSorted()).toEqual(all('m', said));
      for (const stored of (await this.stored('sos')).values())
        expect(stored.toSorted()).toEqual(all('p', presses));
      // Every press is evidence once, of the one alert of its home
      const evidence = await rows<{ id: string; pressed: string[]; alerts: number }>(
        `select a.home_id as id, array_agg(e ->> 'messageId') as pressed, count(distinct a.id)::int as alerts
         from alerts a, jsonb_array_elements(a.doc -> 'evidence') e
         where a.home_id = any($1) and e ->> 'kind' = 'press' group by 1`,
        homes,
      );
      expect(evidence).toHaveLength(HOMES);
      for (const { pressed, alerts } of evidence)
        expect({ pressed: pressed.toSorted(), alerts }).toEqual({ pressed: all('p', presses), alerts: 1 });
      expect(await rows('select detail from dead_letters')).toEqual([]);
    }
  }

  /** By kill -9, both at once where they are two. */
  async function oneOfEachDies(talk: Talk, attending: ServiceProcess, sessions: number): Promise<void> {
    talk.speak();
    const stalls = watchStalls();
    onTestFinished(() => stalls.stop());
    const diedAt = Date.now();
    consumers = consumers.filter((one) => one !== attending);
    await Promise.all([attending.kill9(), workers.shift()?.kill9()]);
    await talk.until('the other to attend all', async () => (await attended())[0] === sessions);
    await talk.until('the other that folds to have all homes', () => allPartitionsHeld(1));
    const tookMs = Date.now() - diedAt;
    console.info(`what they consumed and folded was taken over within ${tookMs} ms`);
    expect(tookMs - stalls.ms()).toBeLessThan(TAKEN_OVER_WITHIN_MS);
  }

  it(
    'I1 I2 I10: by shared subscription, one of each dies by kill -9 under load: nothing is lost, no press doubled',
    async () => {
      const talk = await cast('?share=care', 'apart');
      await until('each to attend its half', async () => (await attended()).join() === '8,8', WITHIN_MS);
      await talk.until('two workers', () => allPartitionsHeld(2));
      const [first] = consumers;
      if (first) await oneOfEachDies(talk, first, 16);
      await talk.allIsStored();
      await dismiss();
    },
    TEST_WITHIN_MS,
  );

  it(
    'I1 I10: without it one consumes and the other stands by: each home’s order is kept when that one, that folds too, dies by kill -9',
    async () => {
      const talk = await cast('', 'together');
      const at = await until('one to attend', async () => {
        const place = (await attended()).indexOf(1);
        return place < 0 ? undefined : consumers[place];
      });
      expect((await attended()).toSorted()).toEqual([0, 1]);
      await talk.until('both to fold', () => allPartitionsHeld(2));
      await oneOfEachDies(talk, at, 1);
      await talk.allIsStored();
      for (const [homeId, stored] of await talk.stored('presence'))
        expect({ homeId, stored }).toEqual({ homeId, stored: stored.map((_, i) => `m${i + 1}`) });
      for (const stored of (await talk.stored('sos')).values())
        expect(stored).toEqual(stored.map((_, i) => `p${i + 1}`));
      await dismiss();
    },
    TEST_WITHIN_MS,
  );
});
