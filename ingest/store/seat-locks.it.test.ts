import { expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../platform/log.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';
import { type TestDatabase, testDatabase } from '../../tests/support/postgres.ts';
import { until } from '../../tests/support/until.ts';
import { SeatLocks } from './seat-locks.ts';

let db: TestDatabase;
anewOnRetry(
  async () => {
    db = await testDatabase({ migrated: false });
  },
  () => db.drop(),
);
const consumer = (what = 'broker', silentForMs?: number): SeatLocks => {
  const seats = new SeatLocks({ url: db.url, what, log: silentLog(), ...(silentForMs && { silentForMs }) });
  onTestFinished(() => seats.close());
  return seats;
};

it('a session at the broker is attended by one, and free when that one goes', async () => {
  const [one, other] = [consumer(), consumer()];
  await one.look();
  expect(await one.take(3)).toBe(true);
  expect(await other.look()).toEqual({ mine: [], others: [3], consumers: 2 });
  expect(await other.take(3)).toBe(false);
  // Those of another broker are not theirs
  expect(await consumer('another').look()).toEqual({ mine: [], others: [], consumers: 1 });
  await one.close();
  await until('the seat to be free', () => other.take(3));
  expect(await other.look()).toEqual({ mine: [3], others: [], consumers: 1 });
});

it('one that stands still has its session ended, and finds that nothing is its own any more', async () => {
  const still = consumer();
  await still.look();
  expect(await still.take(0)).toBe(true);
  const other = consumer('broker', 100);
  await until('the seat to be free', async () => {
    await other.look();
    return other.take(0);
  });
  await until('it to be told', () => !still.held);
  expect(await still.look()).toEqual({ mine: [], others: [0], consumers: 2 });
});
