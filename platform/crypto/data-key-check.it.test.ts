import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { testDatabase } from '../../tests/support/postgres.ts';
import { checkDataKey } from './data-key-check.ts';
import { createPersonalData } from './personal-data.ts';

it('the key that a database was made with is known again, another one is refused', async () => {
  const db = await testDatabase();
  const key = randomBytes(32);
  await checkDataKey(db.pool, createPersonalData(key));
  await checkDataKey(db.pool, createPersonalData(key));
  await expect(checkDataKey(db.pool, createPersonalData(randomBytes(32)))).rejects.toThrow(/DATA_KEY_FILE/);
  await checkDataKey(db.pool, createPersonalData(randomBytes(32), [key]));
  await db.drop();
});
