import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { systemClock } from '../../platform/clock.ts';
import { startEmbeddedPostgres } from '../../platform/embedded-postgres/start.ts';
import { createLog } from '../../platform/log.ts';
import { migrate } from '../../platform/migrate.ts';

/** Where new databases are made, and what they are copies of. */
export interface TestServer {
  /** Of a superuser, or at least of one who may create databases. */
  readonly url: string;
  /** A database with all migrations. */
  readonly template: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Ask this address for the `TestServer`; the first to ask has it started. */
    testServerDesk: string;
  }
}

/**
 * vitest's globalSetup: one PostgreSQL per run, started when the first test asks for it, gone with the run, however the
 * run ends. DATABASE_URL, if set, is used instead.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  let running: Promise<TestServer & { stop(): Promise<void> }> | undefined;
  const desk = createServer((_request, response) => {
    running ??= startServer();
    running.then(
      ({ url, template }) => response.end(JSON.stringify({ url, template })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  desk.listen(0, '127.0.0.1');
  await once(desk, 'listening');
  project.provide('testServerDesk', `http://127.0.0.1:${(desk.address() as AddressInfo).port}`);
  return async () => {
    desk.close();
    await running?.then(
      (server) => server.stop(),
      () => undefined,
    );
  };
}

const log = createLog({ level: 'warn', stream: process.stderr });
/** Many pools at a time, little in each. Durable as ever: tests of acknowledgements rest on it. */
const SMALL = { shared_buffers: '64MB', max_connections: '300', max_wal_size: '512MB', min_wal_size: '80MB' };

async function startServer(): Promise<TestServer & { stop(): Promise<void> }> {
  const external = process.env['DATABASE_URL'] ?? '';
  const server = external === '' ? await startOwn() : { url: external, stop: () => Promise.resolve() };
  const template = `yinling_test_${randomBytes(4).toString('hex')}_template`;
  try {
    await execute(server.url, `create database ${template}`);
    await migrate({ url: withDatabase(server.url, template), clock: systemClock, log });
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    url: server.url,
    template,
    stop: async () => {
      if (external !== '') await execute(server.url, `drop database if exists ${template} with (force)`);
      await server.stop();
    },
  };
}

async function startOwn(): Promise<{ url: string; stop(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'yinling-test-postgres-'));
  // The server outlives us by design; a test run that is killed must not leave one all the same.
  const heir = spawn('sh', ['-c', CLEAN_UP, 'heir', dataDir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  heir.unref();
  const gone = once(heir, 'exit');
  const postgres = await startEmbeddedPostgres({ dataDir, log, settings: SMALL });
  return {
    url: postgres.url,
    stop: async () => {
      await postgres.stop();
      heir.stdin.end();
      await gone;
    },
  };
}

/** Waits until whoever holds the other end of its input is gone or done. */
const CLEAN_UP = `read -r _
pid=$(head -n 1 "$1/postgres/postmaster.pid" 2>/dev/null) && kill -INT "$pid"
while [ -e "$1/postgres/postmaster.pid" ] && kill -0 "$pid"; do sleep 0.1; done
rm -rf "$1"`;

export function withDatabase(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}

export async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
