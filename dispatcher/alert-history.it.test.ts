import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEEP } from '../alerts/bounded.ts';
import { raise } from '../alerts/store.ts';
import { plainHome, press, T0 } from '../alerts/testing/signals.ts';
import { inTransaction } from '../platform/database.ts';
import { alertSchema, dedupKey, type Evidence } from '../schemas/alert.ts';
import { testDatabase, type TestDatabase } from '../tests/support/postgres.ts';
import { createAlertQueries } from './queries.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

test('I6: a stuck button’s alert stays small; every press of it is in its events and can be read', async () => {
  const homeId = `stuck-${randomUUID()}`;
  const messageIds = Array.from({ length: KEEP.first + KEEP.latest + 150 }, (_, i) => `p${String(i)}`);
  const sizes: number[] = [];
  for (let from = 0; from < messageIds.length; from += 50) {
    const presses = messageIds.slice(from, from + 50).map((messageId, i) => {
      const one = press({ homeId, dedupKey: dedupKey.emergency(homeId), occurredAt: T0 + from + i });
      return { ...one, evidence: one.evidence.map((item) => ({ ...item, messageId })) };
    });
    await inTransaction(db.pool, (tx) =>
      raise(tx, presses, { now: () => T0 + from, newId: randomUUID, homeOf: () => plainHome }),
    );
    const { rows } = await db.pool.query<{ bytes: number }>(
      'select length(doc::text) as bytes from alerts where home_id = $1',
      [homeId],
    );
    sizes.push(rows[0]?.bytes ?? 0);
  }
  // From the bound on it does not grow any more, but for the digits of a number.
  expect(Math.max(...sizes.slice(10)) - Math.min(...sizes.slice(10))).toBeLessThan(200);

  const queries = createAlertQueries(db.pool);
  const [listed] = (await queries.list({ homeId, limit: 10 })).items;
  const id = listed?.id ?? '';
  expect(alertSchema.parse(listed)).toMatchObject({
    calls: messageIds.length,
    omitted: { evidence: { press: 150 } },
  });
  const whole = await queries.whole(id);
  expect(whole?.evidence.map((item) => item.messageId)).toEqual(messageIds);
  expect(whole).not.toHaveProperty('omitted');
  expect(whole).toMatchObject({ version: listed?.version, calls: messageIds.length, state: 'open' });

  const paged: Evidence[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await queries.evidence(id, { limit: 300, ...(cursor && { cursor }) });
    paged.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(paged.map((item) => item.messageId)).toEqual(messageIds);
});
