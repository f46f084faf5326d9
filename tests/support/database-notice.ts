import pg from 'pg';
import { type TimescaleFacts, timescaleFacts } from '../../platform/timescale-choice.ts';

/** What the suite needs of a server beside those who may use it: CONTRIBUTING.md has the same numbers. */
const CONNECTIONS = 300;
const LOCKS = 256;

/** Of the server that `DATABASE_URL` names. */
export interface ServerFacts {
  readonly version: string;
  readonly timescale: Pick<TimescaleFacts, 'available' | 'loaded'>;
  readonly settings: Readonly<Record<string, string>>;
  readonly mayCreateDatabases: boolean;
}

/** They are about a server of their own: they start it, kill it, or look at a service that has DATABASE_URL unset. */
const ON_THEIR_OWN =
  'on an embedded PostgreSQL of their own, whatever DATABASE_URL names: platform/embedded-postgres (it is what they test), ' +
  'fail-over and chaos (they kill it), demo, doctor, logs and backup (a service as it comes, without DATABASE_URL)';

/** On what the integration tests ran, a line each. `undefined`: DATABASE_URL is not set. Pure. */
export function databaseLines(server: ServerFacts | undefined): string[] {
  if (server === undefined)
    return [
      'ran on plain PostgreSQL, the embedded one; no TimescaleDB can be had here: hypertables, compression and continuous ' +
        'aggregates are left out unless DATABASE_URL names a server that has it (CONTRIBUTING.md)',
    ];
  const { version, timescale, settings, mayCreateDatabases } = server;
  const few = (name: string, least: number): string[] =>
    Number(settings[name] ?? 0) < least
      ? [`${name} is ${settings[name] ?? '?'} on that server, the suite wants ${least}`]
      : [];
  return [
    timescale.available === null
      ? `ran on plain PostgreSQL ${version}; no TimescaleDB can be had there: hypertables, compression and continuous aggregates are left out`
      : timescale.loaded
        ? `ran on TimescaleDB ${timescale.available}, PostgreSQL ${version}`
        : `TimescaleDB ${timescale.available} is on PostgreSQL ${version} without shared_preload_libraries = 'timescaledb': nothing can run there`,
    ON_THEIR_OWN,
    ...few('max_connections', CONNECTIONS),
    ...(timescale.loaded ? few('max_locks_per_transaction', LOCKS) : []),
    ...(Number(settings['timescaledb.max_background_workers'] ?? 0) > 0
      ? [
          'timescaledb.max_background_workers is above 0 on that server: its workers may hold a database that a test drops',
        ]
      : []),
    ...(mayCreateDatabases ? [] : ['the user of DATABASE_URL may not create databases (CREATEDB)']),
  ];
}

/** Asks the server of `url`. */
export async function askServer(url: string): Promise<ServerFacts> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string; may: boolean }>(
      `select current_setting('server_version') as version,
         (select rolsuper or rolcreatedb from pg_roles where rolname = current_user) as may`,
    );
    const settings = await client.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings
       where name in ('max_connections', 'max_locks_per_transaction', 'timescaledb.max_background_workers')`,
    );
    return {
      version: rows[0]?.version ?? '',
      timescale: await timescaleFacts(client),
      settings: Object.fromEntries(settings.rows.map(({ name, setting }) => [name, setting])),
      mayCreateDatabases: rows[0]?.may ?? false,
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}
