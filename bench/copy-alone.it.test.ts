import { expect, it } from 'vitest';
import { testDatabase } from '../tests/support/postgres.ts';
import { copyAlone } from './copy-alone.ts';

it('COPY alone is measured on a database in which nothing of ours is yet, and leaves nothing there', async () => {
  const db = await testDatabase({ migrated: false });
  try {
    expect(await copyAlone(db.url, 100)).toBeGreaterThan(0);
    const { rows } = await db.pool.query(`select to_regclass('bench_readings') as there`);
    expect(rows).toEqual([{ there: null }]);
  } finally {
    await db.drop();
  }
});
