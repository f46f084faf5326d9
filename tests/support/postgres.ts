import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { createPool, type Pool } from '../../platform/database.ts';
import { silentLog } from '../../platform/log.ts';
import { execute, type TestServer, withDatabase } from './postgres-server.ts';

export interface TestDatabase {
  /** Also fit for DATABASE_URL of a service. */
  readonly url: string;
  readonly pool: Pool;
  /** Ends the pool, cuts whoever is still connected, drops the database. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** false: without tables. Default true: all migrations are in. */
  readonly migrated?: boolean;
}

/** A database of the test's own on the PostgreSQL of this run (see postgres-server.ts). Takes some 50 ms. */
export async function testDatabase({ migrated = true }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = await askForServer();
  const name = `yinling_test_${randomBytes(6).toString('hex')}`;
  await execute(server.url, `create database ${name} template ${migrated ? server.template : 'template0'}`);
  const url = withDatabase(server.url, name);
  const pool = createPool(url, { applicationName: 'test', log: silentLog() });
  return {
    url,
    pool,
    drop: async () => {
      if (!pool.ending) await pool.end();
      await execute(server.url, `drop database if exists ${name} with (force)`);
    },
  };
}

async function askForServer(): Promise<TestServer> {
  const answer = await fetch(inject('testServerDesk'));
  if (!answer.ok) throw new Error(`no PostgreSQL for tests: ${await answer.text()}`);
  return (await answer.json()) as TestServer;
}
