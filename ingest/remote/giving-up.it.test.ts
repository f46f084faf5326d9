import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import type { Intake } from '../../schemas/inbound.ts';
import { Link } from '../../tests/chaos/link.ts';
import { startRedisIn } from '../../tests/chaos/redis.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';
import { gatewayOf, messageOf, registerHome, worldOf } from '../../tests/support/ingest-world.ts';
import { type TestDatabase, testDatabase } from '../../tests/support/postgres.ts';
import { until } from '../../tests/support/until.ts';
import { partitionOf } from '../sharing/partitions.ts';
import { RedisIntake } from './redis-intake.ts';
import { RedisSource } from './redis-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'yinling-giving-'));
const redis = await startRedisIn(folder);
if (redis === undefined)
  console.warn('homes that go to another worker are not tested: there is no redis-server on this machine');

/** Given up when a second worker comes: the upper half is. */
const GIVEN = 15;
const NEIGHBOURS = [8, 9, 10, 11, 12, 13, 14];
const WITHIN_MS = 60_000;

describe.skipIf(redis === undefined)('homes that go to another worker', () => {
  let db: TestDatabase;
  anewOnRetry(
    async () => {
      db = await testDatabase();
    },
    () => db.drop(),
  );
  afterAll(async () => {
    await redis?.kill9();
    rmSync(folder, { recursive: true, force: true });
  });
  const shared = { clock: systemClock, log: silentLog() };
  const direct = redis?.url ?? '';

  /** One of the workers; `through`: what an intake of another's making does between it and its source. */
  async function working(url: string, through = (intake: Intake): Intake => intake) {
    const { ingest } = worldOf(db, { shares: true, answered: (partition) => source.answered(partition) });
    const source: RedisSource = new RedisSource({
      ...shared,
      url,
      intake: through(ingest.intake),
      held: () => ingest.held,
    });
    await ingest.start();
    source.start();
    onTestFinished(async () => {
      await source.stop();
      await ingest.stop();
    });
    return ingest;
  }

  it(
    'I2: go only when Redis has been told what became of their messages: one without an id is stored once',
    async () => {
      const homeId =
        Array.from({ length: 200 }, (_, i) => `g${i}`).find((id) => partitionOf(id) === GIVEN) ?? '';
      await registerHome(db, homeId);
      const link = new Link(() => ({ host: '127.0.0.1', port: redis?.port ?? 0 }));
      const url = `redis://127.0.0.1:${await link.listen()}`;
      onTestFinished(() => link.close());
      const receiver = new RedisIntake({ ...shared, url: direct });
      receiver.start();
      onTestFinished(() => receiver.stop());
      const say = (occupied: boolean) =>
        receiver.accept(
          messageOf(
            `care/v1/${homeId}/${homeId}-pir/presence`,
            { sensor: 'pir', zone: 'bathroom', occupied },
            { principal: gatewayOf(homeId), receivedAt: Date.now() },
          ),
        );
      const rows = async <T>(text: string): Promise<T[]> => (await db.pool.query(text)).rows as T[];

      // The way to Redis stands still from the commit on, before it can be told
      const first = await working(url, (intake) => ({
        get saturated() {
          return intake.saturated;
        },
        accept: (message) => intake.accept(message).finally(() => (link.mode = 'hang')),
      }));
      onTestFinished(() => void (link.mode = 'open'));
      await until('it to have all homes', () => first.held.size === 16, WITHIN_MS);
      const answered = say(true);
      await until('it to be stored', () => (link.mode === 'hang' ? true : undefined), WITHIN_MS);

      const second = await working(direct);
      await until(
        'the homes beside it to be given',
        () => NEIGHBOURS.every((no) => second.held.has(no)),
        WITHIN_MS,
      );
      // What would have been given with them has been by the time that both have looked at one another twice more
      const looks = async () =>
        (await rows<{ looked: string }>('select expires_at::text as looked from ingest_workers')).map(
          ({ looked }) => looked,
        );
      for (let turns = 0; turns < 2; turns += 1) {
        const before = await looks();
        await until(
          'both to look',
          async () => (await looks()).every((one) => !before.includes(one)),
          WITHIN_MS,
        );
      }
      link.mode = 'open';
      expect(await answered).toMatchObject({ result: 'reading' });
      await until('it to be given, too', () => second.held.has(GIVEN) && !first.held.has(GIVEN), WITHIN_MS);
      // Read behind whatever of before it had found there
      expect(await say(false)).toMatchObject({ result: 'reading' });
      expect(await rows('select seq from readings')).toHaveLength(2);
    },
    3 * WITHIN_MS,
  );
});
