import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { BackupError } from '../platform/backup/archive.ts';
import { backUp } from '../platform/backup/backup.ts';
import { restore } from '../platform/backup/restore.ts';
import { systemClock } from '../platform/clock.ts';
import { type Config, loadConfig } from '../platform/config.ts';
import { connectionSettings } from '../platform/connection.ts';
import { createPool } from '../platform/database.ts';
import { maintainHypertables } from '../platform/hypertables.ts';
import { silentLog } from '../platform/log.ts';
import { migrate } from '../platform/migrate.ts';
import { maintainPartitions } from '../platform/partitions.ts';
import { rollUp } from '../platform/rollups.ts';
import { toIso } from '../schemas/ids.ts';
import { isToldAsItIs } from './backup-commands.ts';
import type { LocalAnswer, LocalCall } from './local-commands.ts';
import { withOwnDatabase } from './own-database.ts';

export interface Move {
  readonly from: string;
  readonly to: string;
  readonly tables: number;
  readonly rows: number;
  /** Chunks of more than a week ago, where the new one is TimescaleDB. */
  readonly compressed: number;
  readonly next: string;
}

/**
 * `npm run admin -- move URL`: this service's database, whatever it is, into the empty one of that address: all of it or
 * nothing, by way of a backup in DATA_DIR that is gone afterwards. There tables are made as that server can: hypertables,
 * compressed, and continuous aggregates where it has TimescaleDB. The former database stays as it is.
 */
export async function moveCommand({ words, env }: LocalCall): Promise<LocalAnswer> {
  const [to, ...more] = words;
  if (to === undefined || more.length > 0 || !URL.canParse(to))
    return { ok: false, answer: 'npm run admin -- move URL: the address of one empty database is wanted' };
  const loaded = loadConfig(env);
  if (!loaded.ok) return { ok: false, answer: loaded.problems.join('\n') };
  const { config } = loaded;
  try {
    return { ok: true, answer: await withOwnDatabase(config, silentLog(), (from) => move(config, from, to)) };
  } catch (error) {
    if (isToldAsItIs(error)) return { ok: false, answer: error.message };
    throw error;
  }
}

async function move(config: Config, from: string, to: string): Promise<Move> {
  const log = silentLog();
  const clock = systemClock;
  const source = await kindOf(from);
  if (source.inUse.length > 0)
    throw new BackupError(
      `stop the service first, or what it takes meanwhile is lost: connected are ${source.inUse.join(', ')}`,
    );
  await mkdir(config.dataDir, { recursive: true });
  const folder = await mkdtemp(join(config.dataDir, 'move-'));
  try {
    const file = join(folder, 'everything.backup');
    await backUp({ url: from, file, nowAt: toIso(clock.now()) });
    const { tables, rows } = await restore({ url: to, file, personal: undefined, clock, log });
    await migrate({ url: to, clock, log });
    const pool = createPool(to, { applicationName: 'yinling move', log, max: 2, statementTimeoutMs: 0 });
    try {
      await maintainPartitions({ pool, clock, log });
      await rollUp({ pool, clock, log, withinMs: Infinity });
      const { compressed } = await maintainHypertables({ pool, clock, log });
      const { kind } = await kindOf(to);
      return {
        from: source.kind,
        to: kind,
        tables,
        rows,
        compressed: compressed.length,
        next: `start the service with DATABASE_URL set to the new address${kind.includes('TimescaleDB') ? '' : ' (in native partitions: there is no TimescaleDB, or it is switched off)'}; delete the former database when all is well`,
      };
    } finally {
      await pool.end();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a database is, and which programs of ours are on it. */
async function kindOf(url: string): Promise<{ kind: string; inUse: string[] }> {
  const client = new pg.Client(connectionSettings(url, 'yinling move'));
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ kind: string; in_use: string[] }>(
      `select 'PostgreSQL ' || current_setting('server_version') || coalesce((select
           ' with TimescaleDB ' || extversion from pg_extension where extname = 'timescaledb'), '') as kind,
         (select coalesce(array_agg(distinct application_name), '{}') from pg_stat_activity
           where datname = current_database() and application_name like 'yinling%'
             -- an embedded server's owner says only that somebody keeps it running, which here is we
             and application_name not like all (array['yinling move', 'yinling owner%'])) as in_use`,
    );
    return { kind: rows[0]?.kind ?? '', inUse: rows[0]?.in_use ?? [] };
  } finally {
    await client.end();
  }
}
