import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Clock } from './clock.ts';
import { connectionSettings } from './connection.ts';
import type { Log } from './log.ts';
import {
  DECIDED_BY,
  hideTimescale,
  isSwitchedOff,
  timescaleChosen,
  timescaleFacts,
  timescaleTrouble,
} from './timescale-choice.ts';

export interface Migration {
  /** File name, `0001_ground.sql`. */
  readonly name: string;
  readonly sha256: string;
  readonly sql: string;
}

export type AppliedMigration = Pick<Migration, 'name' | 'sha256'>;

/** The database and the code do not fit together. */
export class MigrationError extends Error {}

export const MIGRATIONS_DIR = join(import.meta.dirname, 'migrations');
const OLDEST_SERVER = 150_000;
const MIGRATION_LOCK = [0x59494e4c, 2];

/** All `NNNN_words.sql` of a folder, in order. Line ends as git checks them out make no difference. */
export async function readMigrations(dir = MIGRATIONS_DIR): Promise<Migration[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = (await readFile(join(dir, name), 'utf8')).replaceAll('\r\n', '\n');
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** Which of `files` are still to be applied, in order; throws if that cannot be told. Pure. */
export function pendingMigrations(
  files: readonly Migration[],
  applied: readonly AppliedMigration[],
): Migration[] {
  const numbers = files.map(({ name }) => {
    if (!/^\d{4}_[a-z0-9_]+\.sql$/.test(name))
      throw new MigrationError(`${name}: a migration is called NNNN_words.sql`);
    return name.slice(0, 4);
  });
  const repeated = numbers.find((number, index) => numbers.indexOf(number) !== index);
  if (repeated !== undefined) throw new MigrationError(`there are two migrations ${repeated}`);
  const byName = new Map(files.map((file) => [file.name, file]));
  for (const { name, sha256 } of applied) {
    const file = byName.get(name);
    if (!file)
      throw new MigrationError(
        `the database has ${name}, which this version does not know: it is newer than the code`,
      );
    if (file.sha256 !== sha256)
      throw new MigrationError(`${name} has changed since it was applied: write a new migration instead`);
  }
  const done = new Set(applied.map(({ name }) => name));
  const firstPending = files.findIndex(({ name }) => !done.has(name));
  const pending = firstPending < 0 ? [] : files.slice(firstPending);
  const outOfOrder = pending.find(({ name }) => done.has(name));
  if (outOfOrder)
    throw new MigrationError(
      `${outOfOrder.name} was applied before ${pending[0]?.name}: the database has a gap`,
    );
  return pending;
}

export interface MigrateOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly dir?: string;
  /** By name; default: all. For a restore, whose data are of an earlier version. */
  readonly only?: ReadonlySet<string>;
}

/**
 * Brings the database to this version, forward only, each file in a transaction of its own together with its record.
 * Of several processes one does it and the others wait. Returns what was applied.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const { url, clock, log, dir = MIGRATIONS_DIR, only } = options;
  const files = (await readMigrations(dir)).filter(({ name }) => only?.has(name) ?? true);
  const client = new Client(connectionSettings(url, 'yinling migrate'));
  client.on('error', () => undefined); // the statement that follows fails and tells
  await client.connect();
  try {
    await refuseOldServer(client);
    await client.query('select pg_advisory_lock($1, $2)', MIGRATION_LOCK);
    const pending = pendingMigrations(files, await appliedIn(client));
    // What refuses to begin leaves the database empty, fit for a restore
    const decided = await settleTimescale(client, pending);
    await client.query(
      'create table if not exists schema_migrations (name text primary key, sha256 text not null, applied_at timestamptz not null)',
    );
    for (const migration of pending) {
      await apply(client, migration, new Date(clock.now()));
      log.info({ migration: migration.name }, 'migration applied');
    }
    if (decided !== undefined) log.info({ readings: decided }, 'how readings are kept');
    return pending.map(({ name }) => name);
  } finally {
    await client.end(); // and with it the lock
  }
}

async function refuseOldServer(client: Client): Promise<void> {
  const { rows } = await client.query<{ no: number; version: string }>(
    `select current_setting('server_version_num')::int as no, current_setting('server_version') as version`,
  );
  const { no = 0, version = '' } = rows[0] ?? {};
  if (no < OLDEST_SERVER) throw new MigrationError(`PostgreSQL ${version} is too old: 15 or later is needed`);
}

async function appliedIn(client: Client): Promise<AppliedMigration[]> {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('schema_migrations') is not null as there`,
  );
  if (rows[0]?.there !== true) return [];
  return (await client.query<AppliedMigration>('select name, sha256 from schema_migrations order by name'))
    .rows;
}

/** Before any table is made. What has been decided with it; undefined: that was before. */
async function settleTimescale(client: Client, pending: readonly Migration[]): Promise<string | undefined> {
  const decides = pending.some(({ name }) => name === DECIDED_BY);
  const facts = await timescaleFacts(client);
  const trouble = timescaleTrouble(facts, !decides);
  if (trouble) throw new MigrationError(`${trouble.what}: ${trouble.todo}`);
  if (!decides) return undefined;
  if (isSwitchedOff(facts)) await hideTimescale(client);
  return timescaleChosen(facts);
}

async function apply(client: Client, { name, sql, sha256 }: Migration, appliedAt: Date): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into schema_migrations (name, sha256, applied_at) values ($1, $2, $3)', [
      name,
      sha256,
      appliedAt,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw new MigrationError(
      `${name} could not be applied: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}
