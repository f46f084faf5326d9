import pg from 'pg';
import { expect, it } from 'vitest';
import { testDatabase } from '../../tests/support/postgres.ts';
import { copyOut } from './copy.ts';

it('what is copied out stays as it came, for whoever writes it later than the next of it arrives', async () => {
  const db = await testDatabase({ migrated: false });
  const client = new pg.Client({ connectionString: db.url });
  await client.connect();
  try {
    const kept: Buffer[] = [];
    const rows = await copyOut(
      client,
      `copy (select 'row ' || g || ' ' || repeat('-', g % 300) from generate_series(1, 50000) g) to stdout`,
      (data) => kept.push(data) > 0,
      () => Promise.resolve(),
    );
    expect(rows).toBe(50_000);
    const lines = Buffer.concat(kept).toString('utf8').split('\n');
    const wrong = lines.findIndex(
      (line, i) => i < rows && line !== `row ${i + 1} ${'-'.repeat((i + 1) % 300)}`,
    );
    expect(wrong === -1 ? undefined : `${wrong + 1}: ${lines[wrong]}`).toBeUndefined();
  } finally {
    await client.end();
    await db.drop();
  }
});
