import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { anewOnRetry } from '../tests/support/anew.ts';
import { type TestDatabase, testDatabase } from '../tests/support/postgres.ts';
import { inOrder, occurred, type TimeComparison } from './reading-times.ts';

let db: TestDatabase;
anewOnRetry(
  async () => {
    db = await testDatabase();
    await db.pool.query(
      `insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, body)
       select timestamptz '2026-01-15T08:00:00Z' + g * interval '1 minute', timestamptz '2026-01-15T08:00:00Z' + g * interval '1 minute',
         g * 10 + h, h, h, 1, '{}' from generate_series(0, 179) g, generate_series(1, 10) h`,
    );
    await db.pool.query('analyze readings');
  },
  () => db.drop(),
);

const BOUNDS = ['2026-01-15T08:15:00Z', '2026-01-15T08:15:00.001Z', '2026-01-15T09:59:59.999Z'];

it('a comparison that the index can answer finds what the plain one finds', async () => {
  for (const comparison of ['=', '<', '<=', '>', '>='] satisfies TimeComparison[])
    for (const bound of [...BOUNDS, '-infinity', 'infinity']) {
      const { rows } = await db.pool.query<{ same: boolean; n: number }>(
        `select count(*)::int as n, count(*) = (select count(*) from readings where home_no = 3 and occurred_at ${comparison} $1) as same
         from readings r where home_no = 3 and ${occurred(comparison, '$1')}`,
        [bound],
      );
      expect(rows[0], `${comparison} ${bound}`).toMatchObject({ same: true });
    }
});

it('the first of a long time are found bin by bin, without sorting all of it', async () => {
  const { rows } = await db.pool.query<{ 'QUERY PLAN': unknown }>(
    `explain (format json) select seq from readings r where home_no = 3 and ${occurred('>=', `'${BOUNDS[0]}'`)}
     order by ${inOrder()} limit 5`,
  );
  const plan = JSON.stringify(rows[0]);
  expect(plan).toMatch(/"Index Cond": *"[^"]*date_bin/);
  expect(plan).toContain('Incremental Sort');
});

it('nobody asks for readings by moment alone', () => {
  const root = resolve(import.meta.dirname, '..');
  const offences = ['admin', 'canary', 'dispatcher', 'ingest', 'platform', 'service'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('test.ts') && !path.includes('reading-times'))
      .map((path) => join(folder, path))
      .filter((path) => {
        const text = readFileSync(join(root, path), 'utf8');
        return /\b(?:from|join) readings\b/.test(text) && /\boccurred_at (?:[<>=]|between\b)/.test(text);
      }),
  );
  expect(offences).toEqual([]);
});
