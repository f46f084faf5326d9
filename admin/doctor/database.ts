import pg from 'pg';
import { connectionSettings } from '../../platform/connection.ts';
import {
  type AppliedMigration,
  type Migration,
  pendingMigrations,
  readMigrations,
} from '../../platform/migrate.ts';
import {
  DECIDED_BY,
  isSwitchedOff,
  type TimescaleFacts,
  timescaleFacts,
  timescaleTrouble,
} from '../../platform/timescale-choice.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

export interface DatabaseFacts {
  readonly versionNo: number;
  readonly version: string;
  readonly settings: Readonly<Record<string, string>>;
  /** undefined: no tables of ours yet. */
  readonly applied: readonly AppliedMigration[] | undefined;
  readonly timescaledb: TimescaleFacts;
  /** Its clock against ours, ms; positive: it is ahead. */
  readonly aheadMs: number;
  /** Replication slots that nobody reads from: they keep WAL until the disk is full. */
  readonly idleSlots: readonly string[];
  readonly oldestTransactionS: number;
  /** Transactions until PostgreSQL refuses writes. */
  readonly xidsLeft: number;
  /** Sealed with the key of personal data; undefined: none yet. */
  readonly keyMark: Buffer | undefined;
}

const SETTINGS = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'max_connections',
  'autovacuum',
  'superuser_reserved_connections',
];

/** What one process of the service has open at most: its pool, ingest's writers, listeners, BullMQ. */
const CONNECTIONS_PER_PROCESS = 40;
const SKEW_WARN_MS = 500;
const SKEW_FAIL_MS = 5_000;

export async function askDatabase(url: string, now: () => number): Promise<DatabaseFacts> {
  const client = new pg.Client({
    ...connectionSettings(url, 'yinling doctor'),
    query_timeout: 10_000,
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const one = async <T extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<T[]> =>
      (await client.query<T>(sql, values)).rows;
    const before = now();
    const [clock] = await one<{ at: number }>(
      'select extract(epoch from clock_timestamp())::float8 * 1000 as at',
    );
    const after = now();
    const settings = await one<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any($1)',
      [SETTINGS],
    );
    const [server] = await one<{ no: number; version: string; tables: boolean; mark: boolean }>(
      `select current_setting('server_version_num')::int as no, current_setting('server_version') as version,
         to_regclass('public.schema_migrations') is not null as tables,
         to_regclass('public.data_key_check') is not null as mark`,
    );
    const slots = await one<{ slot: string }>(
      'select slot_name as slot from pg_replication_slots where not active order by 1',
    );
    const [age] = await one<{ seconds: number; left: number }>(
      `select coalesce((select max(extract(epoch from clock_timestamp() - xact_start)) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'), 0)::float8 as seconds,
         (2147483647 - (select max(age(datfrozenxid)) from pg_database))::float8 as left`,
    );
    const applied = server?.tables
      ? await one<AppliedMigration>('select name, sha256 from schema_migrations order by name')
      : undefined;
    const marks = server?.mark ? await one<{ sealed: Buffer }>('select sealed from data_key_check') : [];
    return {
      versionNo: server?.no ?? 0,
      version: server?.version ?? '',
      settings: Object.fromEntries(settings.map(({ name, setting }) => [name, setting])),
      applied,
      timescaledb: await timescaleFacts(client),
      aheadMs: (clock?.at ?? 0) - (before + after) / 2,
      idleSlots: slots.map(({ slot }) => slot),
      oldestTransactionS: age?.seconds ?? 0,
      xidsLeft: age?.left ?? 0,
      keyMark: marks[0]?.sealed,
    };
  } finally {
    await client.end();
  }
}

export async function judgeDatabase(facts: DatabaseFacts): Promise<Finding[]> {
  return [
    judgeVersion(facts),
    judgeMigrations(await readMigrations(), facts.applied),
    judgeDurability(facts.settings),
    judgeConnections(facts.settings),
    judgeTimescale(facts.timescaledb, facts.applied),
    judgeSkew(facts.aheadMs),
    ...judgeHousekeeping(facts),
  ];
}

export const judgeVersion = ({
  versionNo,
  version,
}: Pick<DatabaseFacts, 'versionNo' | 'version'>): Finding =>
  versionNo < 150_000
    ? fail('database', `PostgreSQL ${version}`, 'run PostgreSQL 15 or later')
    : ok('database', `PostgreSQL ${version}`);

export function judgeMigrations(
  files: readonly Migration[],
  applied: readonly AppliedMigration[] | undefined,
): Finding {
  if (applied === undefined)
    return warn('migrations', 'no tables yet', 'start the service once: it makes them');
  try {
    const pending = pendingMigrations(files, applied);
    return pending.length === 0
      ? ok('migrations', `${applied.length}, all of this version`)
      : warn(
          'migrations',
          `${pending.length} to come, from ${pending[0]?.name}`,
          'restart the service with this version: it applies them at its start, while others run on (docs/upgrade.md)',
        );
  } catch (error) {
    return fail(
      'migrations',
      error instanceof Error ? error.message : String(error),
      'run the version of the service that this database belongs to, or a newer one',
    );
  }
}

/** I1 rests on these: an acknowledgement says that a power cut takes nothing. */
export function judgeDurability(settings: DatabaseFacts['settings']): Finding {
  const bad = [
    ...(settings['fsync'] === 'on' ? [] : ['fsync']),
    ...(settings['full_page_writes'] === 'on' ? [] : ['full_page_writes']),
    ...(['off', undefined].includes(settings['synchronous_commit']) ? ['synchronous_commit'] : []),
  ];
  return bad.length === 0
    ? ok('durability', `fsync on, synchronous_commit ${settings['synchronous_commit']}`)
    : fail(
        'durability',
        `${bad.map((name) => `${name} = ${settings[name] ?? '?'}`).join(', ')}: acknowledged alarms can be lost in a power cut`,
        `${bad.map((name) => `ALTER SYSTEM SET ${name} = on`).join('; ')}; SELECT pg_reload_conf()`,
      );
}

export function judgeConnections(settings: DatabaseFacts['settings']): Finding {
  const most = Number(settings['max_connections'] ?? 0);
  return most >= CONNECTIONS_PER_PROCESS + 10
    ? ok('connections', `${most} allowed`)
    : warn(
        'connections',
        `${most} allowed, one process of the service may open ${CONNECTIONS_PER_PROCESS}`,
        'raise max_connections to 100, and restart PostgreSQL',
      );
}

export function judgeTimescale(
  facts: TimescaleFacts,
  applied: readonly AppliedMigration[] | undefined,
): Finding {
  const decided = applied?.some(({ name }) => name === DECIDED_BY) ?? false;
  const trouble = timescaleTrouble(facts, decided);
  if (trouble) return fail('timescaledb', trouble.what, trouble.todo);
  if (isSwitchedOff(facts))
    return ok('timescaledb', 'switched off for this database: native partitions by day');
  if (facts.installed !== null) return ok('timescaledb', `${facts.installed}: hypertables`);
  if (facts.available === null) return ok('timescaledb', 'not there: native partitions by day');
  return decided
    ? warn(
        'timescaledb',
        'is on the server, not in this database: readings are in native partitions',
        "for hypertables: npm run admin -- move URL, of an empty database there (docs/upgrade.md); to stay as it is: ALTER DATABASE … SET yinling.timescaledb = 'off'",
      )
    : ok('timescaledb', `${facts.available} can be had: there will be hypertables`);
}

export function judgeSkew(aheadMs: number): Finding {
  const off = Math.abs(Math.round(aheadMs));
  const said = `the database's clock is ${off} ms ${aheadMs >= 0 ? 'ahead' : 'behind'}`;
  const todo = 'run chrony or systemd-timesyncd on both machines, against the same servers';
  if (off >= SKEW_FAIL_MS) return fail('clock', said, todo);
  return off >= SKEW_WARN_MS ? warn('clock', said, todo) : ok('clock', said);
}

export function judgeHousekeeping(
  facts: Pick<DatabaseFacts, 'settings' | 'idleSlots' | 'oldestTransactionS' | 'xidsLeft'>,
): Finding[] {
  const { settings, idleSlots, oldestTransactionS, xidsLeft } = facts;
  const findings: Finding[] = [];
  if (settings['autovacuum'] !== 'on')
    findings.push(
      fail(
        'autovacuum',
        'off: tables grow and slow down',
        'ALTER SYSTEM SET autovacuum = on; SELECT pg_reload_conf()',
      ),
    );
  if (idleSlots.length > 0)
    findings.push(
      warn(
        'replication',
        `slots that nobody reads: ${idleSlots.join(', ')}`,
        "bring the standby back, or SELECT pg_drop_replication_slot('…'): they keep WAL until the disk is full",
      ),
    );
  if (oldestTransactionS > 600)
    findings.push(
      warn(
        'transactions',
        `one has been open for ${Math.round(oldestTransactionS / 60)} min`,
        'see pg_stat_activity; end what is not a backup with pg_terminate_backend(pid)',
      ),
    );
  if (xidsLeft < 500_000_000)
    findings.push(
      fail(
        'transactions',
        `${Math.round(xidsLeft / 1e6)} million ids left before writes are refused`,
        'VACUUM FREEZE',
      ),
    );
  return findings.length > 0 ? findings : [ok('housekeeping', 'autovacuum on, nothing holds it up')];
}
