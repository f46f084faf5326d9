import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withDatabase } from '../tests/support/postgres-server.ts';
import { testDatabase, type TestDatabase } from '../tests/support/postgres.ts';
import { systemClock } from './clock.ts';
import {
  conflictingConstraint,
  createPool,
  databaseErrorKind,
  inTransaction,
  isDataError,
  isRetryable,
  listen,
  type Listener,
} from './database.ts';
import { silentLog } from './log.ts';

const log = silentLog();
let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase({ migrated: false });
  await database.pool.query('create table t (x int primary key check (x < 100), body jsonb)');
});
afterEach(() => database.drop());

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: unknown) => error,
  );
const count = async (): Promise<unknown> =>
  (await database.pool.query('select count(*) as n from t')).rows[0]?.n;
const cut = (application: string) =>
  database.pool.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and datname = current_database()',
    [application],
  );

describe('values', () => {
  test('bigint is a number while that is exact, and a bigint beyond; date is its text; times are Dates; sessions are in UTC', async () => {
    const { rows } = await database.pool
      .query(`select 9007199254740991::bigint as safe, 9007199254740993::bigint as beyond,
      array[1, null]::bigint[] as list, date '2026-01-12' as day, timestamptz '2026-01-12T00:00:00.123+08' as at, current_setting('TimeZone') as zone`);
    const at = new Date('2026-01-11T16:00:00.123Z');
    expect(rows).toEqual([
      {
        safe: 9_007_199_254_740_991,
        beyond: 9_007_199_254_740_993n,
        list: [1, null],
        day: '2026-01-12',
        at,
        zone: 'UTC',
      },
    ]);
  });
});

test('no session compiles its plans, however the server is set', async () => {
  const name = new URL(database.url).pathname.slice(1);
  await database.pool.query(`alter database ${name} set jit = on`);
  const other = createPool(database.url, { applicationName: 'test', log: silentLog(), max: 1 });
  try {
    expect((await other.query('show jit')).rows).toEqual([{ jit: 'off' }]);
  } finally {
    await other.end();
    await database.pool.query(`alter database ${name} reset jit`);
  }
});

describe('transactions', () => {
  test('what is returned is committed', async () => {
    expect(
      await inTransaction(
        database.pool,
        async (db) => (await db.query('insert into t values (1) returning x')).rows[0],
      ),
    ).toEqual({ x: 1 });
    expect(await count()).toBe(1);
  });

  test('what throws is rolled back, and thrown on; the connection is used again', async () => {
    const error = await failure(
      inTransaction(database.pool, async (db) => {
        await db.query('insert into t values (1)');
        throw new Error('changed my mind');
      }),
    );
    expect(error).toMatchObject({ message: 'changed my mind' });
    expect([await count(), database.pool.totalCount]).toEqual([0, 1]);
  });

  test('I1: a commit that the server turned into a rollback is an error', async () => {
    const work = inTransaction(database.pool, async (db) => {
      await db.query('insert into t values (1)');
      await db.query('insert into t values (1)').catch(() => 'swallowed');
    });
    await expect(work).rejects.toThrow(/rolled back/);
    expect(await count()).toBe(0);
  });

  test('a connection that dies between two statements fails the next one, not the process, and is not used again', async () => {
    const pool = createPool(database.url, { applicationName: 'victim', log, max: 1 });
    const error = await failure(
      inTransaction(pool, async (db) => {
        await cut('victim');
        await vi.waitFor(async () => await expect(db.query('select 1')).rejects.toThrow(), { interval: 5 });
        await db.query('select 1');
      }),
    );
    expect(isRetryable(error)).toBe(true);
    expect((await pool.query('select 7 as x')).rows).toEqual([{ x: 7 }]);
    await pool.end();
  });
});

describe('errors, as PostgreSQL raises them', () => {
  const kindOf = async (sql: string, values: unknown[] = []) =>
    databaseErrorKind(await failure(database.pool.query(sql, values)));

  test.each([
    ['a NUL in a string', `select $1::jsonb`, ['{"a":"\\u0000"}']],
    ['a NUL in text', `select $1::text`, ['a\0b']],
    ['a lone surrogate', `select $1::jsonb`, ['{"a":"\\ud800"}']],
    ['an absurd number', `select $1::jsonb`, ['{"a":1e400000}']],
    ['a number too large', `insert into t values ($1)`, ['99999999999']],
    ['a value its check refuses', `insert into t values (100)`, []],
    ['a value that is missing', `insert into t values (null)`, []],
    ['nesting without end', `select $1::jsonb`, ['['.repeat(100_000)]],
  ])('%s is the fault of the row', async (_what, sql, values) => {
    expect(await kindOf(sql, values)).toBe('data');
  });

  test('a key that is taken is a conflict', async () => {
    await database.pool.query('insert into t values (1)');
    const error = await failure(database.pool.query('insert into t values (1)'));
    expect([databaseErrorKind(error), conflictingConstraint(error)]).toEqual(['conflict', 't_pkey']);
  });

  test('a lock that is not to be had, and a statement that takes too long, may succeed later', async () => {
    const pool = createPool(database.url, {
      applicationName: 'x',
      log,
      lockTimeoutMs: 50,
      statementTimeoutMs: 400,
    });
    await database.pool.query('insert into t values (1)');
    await inTransaction(database.pool, async (db) => {
      await db.query('update t set x = 2');
      expect(await failure(pool.query('update t set x = 3'))).toMatchObject({ code: '55P03' });
    });
    expect(isRetryable(await failure(pool.query('select pg_sleep(5)')))).toBe(true);
    await pool.end();
  });

  test('a server that is not there, or turns us away, may be there later', async () => {
    const nowhere = createPool('postgres://127.0.0.1:1/x', { applicationName: 'x', log });
    expect(isRetryable(await failure(nowhere.query('select 1')))).toBe(true);
    await nowhere.end();
    const pool = createPool(database.url, { applicationName: 'turned away', log });
    const cutOff = failure(pool.query('select pg_sleep(20)'));
    await vi.waitFor(async () => expect((await cut('turned away')).rowCount).toBe(1));
    expect(isRetryable(await cutOff)).toBe(true);
    await pool.end();
  });

  test('a mistake of ours is neither', async () => {
    expect(await kindOf('select nothing from nowhere')).toBe('fault');
    expect(isDataError(new Error('x'))).toBe(false);
  });
});

describe('listening', () => {
  let listener: Listener | undefined;
  const listening = (channels: string[]) => ({ url: database.url, channels, clock: systemClock, log });
  afterEach(() => listener?.close());

  test('notifications arrive, also after the connection was cut; the gap is told', async () => {
    const heard: string[] = [];
    let reconnections = 0;
    listener = await listen({
      ...listening(['outbox', 'Registry']),
      onNotify: (channel, payload) => heard.push(`${channel}:${payload}`),
      onReconnect: () => (reconnections += 1),
    });
    await database.pool.query(
      `select pg_notify('outbox', ''), pg_notify('Registry', 'device:d1'), pg_notify('other', 'x')`,
    );
    await vi.waitFor(() => expect(heard).toEqual(['outbox:', 'Registry:device:d1']));
    await cut('yinling listen');
    await vi.waitFor(() => expect(reconnections).toBe(1), 5000);
    expect(listener.connected).toBe(true);
    await database.pool.query(`notify outbox, 'again'`);
    await vi.waitFor(() => expect(heard.at(-1)).toBe('outbox:again'));
  });

  test('closed, it does not come back', async () => {
    let reconnections = 0;
    listener = await listen({
      ...listening(['x']),
      onNotify: () => undefined,
      onReconnect: () => (reconnections += 1),
    });
    await listener.close();
    expect(listener.connected).toBe(false);
    const { rows } = await database.pool.query(
      `select from pg_stat_activity where application_name = 'yinling listen' and datname = current_database()`,
    );
    expect([rows.length, reconnections]).toEqual([0, 0]);
  });

  test('a database that cannot be had at all is an error at once', async () => {
    const options = {
      url: withDatabase(database.url, 'yinling_there_is_none'),
      channels: ['x'],
      clock: systemClock,
      log,
      onNotify: () => undefined,
      onReconnect: () => undefined,
    };
    await expect(listen(options)).rejects.toMatchObject({ code: '3D000' });
  });
});
