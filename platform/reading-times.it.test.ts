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

it('days that had ended by then are not looked at, for nothing arrives before it has occurred', async () => {
  const long = '2020-01-01T12:00:00Z';
  await db.pool.query(`do $$ begin
    if exists (select from pg_partitioned_table where partrelid = 'readings'::regclass) then
      create table readings_long_ago partition of readings for values from ('2020-01-01T00:00:00Z') to ('2020-01-02T00:00:00Z');
    end if; end $$`);
  await db.pool.query(
    `insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, body) values ($1, $1, 1, 3, 3, 1, '{}')`,
    [long],
  );
  const { rows: day } = await db.pool.query<{ relname: string }>(
    'select relname from readings r join pg_class c on c.oid = r.tableoid where r.received_at = $1',
    [long],
  );
  const looksAtIt = async (comparison: TimeComparison): Promise<boolean> => {
    const { rows } = await db.pool.query<{ 'QUERY PLAN': unknown }>(
      `explain (format json) select seq from readings r where home_no = 3 and ${occurred(comparison, `'${BOUNDS[0]}'`)}`,
    );
    return JSON.stringify(rows[0]).includes(`"${day[0]?.relname}"`);
  };
  expect(await looksAtIt('<')).toBe(true);
  expect(await looksAtIt('>=')).toBe(false);
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
