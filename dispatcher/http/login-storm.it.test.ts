import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { type TestDatabase, testDatabase } from '../../tests/support/postgres.ts';
import { until } from '../../tests/support/until.ts';
import { SecondFactor } from './login/second-factor.ts';
import { HASHES_AT_ONCE, LONGEST_HASH_LINE, type Passwords, Sessions } from './sessions.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

it('of a storm of logins one password is hashed at a time; beyond the line they are told to come again', async () => {
  const waiting: (() => void)[] = [];
  let hashed = 0;
  const slow: Passwords = {
    hash: () => Promise.resolve(''),
    verify: () =>
      new Promise((resolve) => {
        hashed += 1;
        waiting.push(() => resolve(false));
      }),
    isOutdated: () => false,
  };
  const secondFactor = new SecondFactor(db.pool, () => systemClock.now(), {
    seal: Buffer.from,
    open: String,
  });
  const sessions = new Sessions(db.pool, systemClock, slow, secondFactor);
  const results: string[] = [];
  const room = HASHES_AT_ONCE + LONGEST_HASH_LINE;
  const storm = Array.from({ length: room + 10 }, async (_, i) => {
    const result = await sessions.login(`user-${i}`, 'x', `10.0.0.${i}`);
    results.push(result.ok ? 'ok' : result.code);
  });
  await until('those beyond the line to be answered', () => results.length === 10);
  expect(results).toEqual(Array.from({ length: 10 }, () => 'throttled'));
  expect(hashed).toBe(HASHES_AT_ONCE);
  for (let done = 0; done < room; done += 1) (await until('the next hash', () => waiting.shift()))();
  await Promise.all(storm);
  expect(hashed).toBe(room);
  expect(results.filter((code) => code === 'wrong')).toHaveLength(room);
});
