import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../platform/embedded-postgres/start.ts';
import { silentLog } from '../platform/log.ts';

export interface BenchDatabase {
  url: string;
  /** A data directory for a service on this database. */
  dataDir: string;
  stop(): Promise<void>;
}

/**
 * The embedded PostgreSQL with the product's own settings, or a database of its own on the server that `DATABASE_URL` names
 * (a user who may create databases); product and floor share it within one run. Gone afterwards.
 */
export async function startDatabase(): Promise<BenchDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'yinling-bench-'));
  const given = process.env['DATABASE_URL'];
  if (given !== undefined && given !== '') return ownDatabaseOn(given, folder);
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'database'), log: silentLog() });
  return {
    url: server.url,
    dataDir: join(folder, 'service'),
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ownDatabaseOn(server: string, folder: string): Promise<BenchDatabase> {
  const name = `yinling_bench_${randomBytes(6).toString('hex')}`;
  const carryOut = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await carryOut(`create database ${name} template template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    dataDir: join(folder, 'service'),
    stop: async () => {
      await carryOut(`drop database if exists ${name} with (force)`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
