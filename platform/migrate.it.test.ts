import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '../tests/support/postgres.ts';
import { silentLog } from './log.ts';
import { ManualClock } from './manual-clock.ts';
import { migrate, readMigrations } from './migrate.ts';

const clock = new ManualClock('2026-01-12T03:00:00.000Z');
let database: TestDatabase;
let dir: string;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'yinling-migrations-'));
  database = await testDatabase({ migrated: false });
});
afterEach(async () => {
  rmSync(dir, { recursive: true });
  await database.drop();
});
const file = (name: string, sql: string) => writeFileSync(join(dir, name), sql);
const run = () => migrate({ url: database.url, clock, log: silentLog(), dir });
const tables = async (): Promise<string[]> => {
  const { rows } = await database.pool.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  );
  return rows.map(({ name }) => name);
};

test('our migrations apply to an empty database, once', async () => {
  const ours = (await readMigrations()).map(({ name }) => name);
  const options = { url: database.url, clock, log: silentLog() };
  expect(await migrate(options)).toEqual(ours);
  expect(await migrate(options)).toEqual([]);
  expect(await tables()).toEqual(expect.arrayContaining(['alerts', 'outbox', 'schema_migrations']));
});

test('each is recorded with its time and hash, and a later one follows', async () => {
  file('0001_a.sql', 'create table a (x int)');
  await run();
  const startAt = clock.now();
  file('0002_b.sql', 'create table b (x int)');
  clock.advance(1000);
  expect(await run()).toEqual(['0002_b.sql']);
  const { rows } = await database.pool.query(
    'select name, length(sha256) as hex, applied_at from schema_migrations order by name',
  );
  expect(rows).toEqual([
    { name: '0001_a.sql', hex: 64, applied_at: new Date(startAt) },
    { name: '0002_b.sql', hex: 64, applied_at: new Date(startAt + 1000) },
  ]);
});

test('one that fails leaves nothing of itself, and keeps those before it', async () => {
  file('0001_a.sql', 'create table a (x int)');
  file('0002_b.sql', 'create table b (x int); insert into nowhere values (1)');
  await expect(run()).rejects.toThrow(/0002_b.sql could not be applied: .*nowhere/);
  expect(await tables()).toEqual(['a', 'schema_migrations']);
  file('0002_b.sql', 'create table b (x int)');
  expect(await run()).toEqual(['0002_b.sql']);
});

test('a changed file, and a database newer than the code, are refused', async () => {
  file('0001_a.sql', 'create table a (x int)');
  file('0002_b.sql', 'create table b (x int)');
  await run();
  file('0001_a.sql', 'create table a (x int, y int)');
  await expect(run()).rejects.toThrow(/has changed/);
  file('0001_a.sql', 'create table a (x int)');
  rmSync(join(dir, '0002_b.sql'));
  await expect(run()).rejects.toThrow(/newer than the code/);
});

test('line ends that git has changed are no change', async () => {
  file('0001_a.sql', 'create table a\n(x int)');
  await run();
  file('0001_a.sql', 'create table a\r\n(x int)');
  expect(await run()).toEqual([]);
});

test('of several that start at once one migrates and the others wait for it', async () => {
  file('0001_a.sql', 'create table a (x int); select pg_sleep(0.2)');
  const applied = await Promise.all([run(), run(), run()]);
  expect(applied.flat()).toEqual(['0001_a.sql']);
});

/** In this database the server seems to have a TimescaleDB that it does not load, whatever it really has. */
async function pretendUnloaded(): Promise<string> {
  await database.pool.query(`create schema seems;
    create view seems.pg_available_extensions as
      select name, default_version from pg_catalog.pg_available_extensions where name <> 'timescaledb'
      union all select 'timescaledb'::name, '2.22.1';
    create view seems.pg_settings as select * from pg_catalog.pg_settings where name not like 'timescaledb.%'`);
  const name = new URL(database.url).pathname.slice(1);
  await database.pool.query(`alter database ${name} set search_path = public, seems, pg_catalog`);
  return name;
}

test('a server that has TimescaleDB and does not load it is refused with what to set, before any table is made', async () => {
  const name = await pretendUnloaded();
  const attempt = migrate({ url: database.url, clock, log: silentLog() });
  await expect(attempt).rejects.toThrow(
    /2\.22\.1 is installed on this server and not loaded.*preload_libraries/,
  );
  await expect(migrate({ url: database.url, clock, log: silentLog() })).rejects.toThrow(
    `ALTER DATABASE "${name}" SET yinling.timescaledb = 'off'`,
  );
  expect(await tables()).toEqual([]);
});

test('where TimescaleDB is switched off readings are in partitions of our own, whatever the server has', async () => {
  const name = await pretendUnloaded();
  await database.pool.query(`alter database ${name} set yinling.timescaledb = 'off'`);
  expect(await migrate({ url: database.url, clock, log: silentLog() })).toHaveLength(
    (await readMigrations()).length,
  );
  const { rows } = await database.pool.query(
    `select (select relkind from pg_class where oid = 'public.readings'::regclass) as kind,
       to_regclass('public.reading_hours_kept') is not null as rollups,
       (select count(*)::int from pg_extension where extname = 'timescaledb') as extensions`,
  );
  expect(rows).toEqual([{ kind: 'p', rollups: true, extensions: 0 }]);
});
