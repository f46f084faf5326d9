import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { systemClock } from '../../platform/clock.ts';
import { type Binaries, locatePackage, usableBinaries } from '../../platform/embedded-postgres/binaries.ts';
import { type Cluster, databaseUrl, openCluster } from '../../platform/embedded-postgres/cluster.ts';
import { ensureServer } from '../../platform/embedded-postgres/ensure-server.ts';
import { clusterPath } from '../../platform/embedded-postgres/layout.ts';
import { readPidFile } from '../../platform/embedded-postgres/pid-file.ts';
import { chooseRunUser } from '../../platform/embedded-postgres/run-user.ts';
import { SERVER_SETTINGS } from '../../platform/embedded-postgres/settings.ts';
import { stopServer } from '../../platform/embedded-postgres/stop-server.ts';
import { silentLog } from '../../platform/log.ts';
import { until } from './until.ts';

const SMALL = { shared_buffers: '64MB', max_wal_size: '128MB', min_wal_size: '64MB', wal_level: 'replica' };
const DATABASE = 'district';
const log = silentLog();

/** One of the two, by what it was made as. */
export interface PostgresServer {
  readonly port: number;
  readonly url: string;
  query(text: string): Promise<Record<string, unknown>[]>;
  kill9(): Promise<void>;
}

/** A primary whose commits wait for its streaming replica, as docs/how-to/survive-a-machine.md has it. */
export interface TwoServers {
  readonly primary: PostgresServer;
  readonly replica: PostgresServer;
  close(): Promise<void>;
}

export async function startTwoServers(): Promise<TwoServers> {
  const folder = mkdtempSync(join(tmpdir(), 'yinling-two-'));
  const homes = { primary: join(folder, 'primary'), replica: join(folder, 'replica') };
  for (const home of [folder, ...Object.values(homes)]) mkdirSync(home, { recursive: true, mode: 0o755 });
  // mkdtemp gives 0700, and PostgreSQL may run as another user than we do.
  chmodSync(folder, 0o755);
  // Should the run be killed, no server stays behind.
  const heir = spawn('sh', ['-c', CLEAN_UP, 'heir', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  heir.unref();
  const cleaned = once(heir, 'exit');

  const user = await chooseRunUser(clusterPath(homes.primary));
  const binaries = await usableBinaries(await locatePackage(), { user, dataDir: homes.primary, log });
  const first = await openCluster(homes.primary, user, binaries, log);
  // A copy of a stopped server's folder is what pg_basebackup takes of a running one.
  cpSync(first.path, clusterPath(homes.replica), { recursive: true });
  chmodSync(clusterPath(homes.replica), 0o700);
  if (user) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, clusterPath(homes.replica)]);

  const primary = await serve(first, binaries);
  await primary.query(`create database ${DATABASE}`);
  const second = await openCluster(homes.replica, user, binaries, log);
  const own = (name: string, text: string): void => {
    const path = join(second.path, name);
    writeFileSync(path, text, { flag: 'a', mode: 0o600 });
    if (user) chownSync(path, user.uid, user.gid);
  };
  own('standby.signal', '');
  appendFileSync(
    join(second.path, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=yinling password=${second.password} application_name=replica'\n`,
  );
  const replica = await serve(second, binaries);
  await primary.query(`alter system set synchronous_standby_names = 'replica'`);
  await primary.query('select pg_reload_conf()');
  await until(
    'the replica to follow synchronously',
    async () =>
      (await primary.query('select sync_state from pg_stat_replication')).some(
        ({ sync_state: s }) => s === 'sync',
      ),
    30_000,
  );
  return {
    primary,
    replica,
    async close() {
      for (const cluster of [first, second]) await stopServer({ cluster, clock: systemClock, log });
      heir.ref();
      heir.stdin.end();
      await cleaned;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function serve(cluster: Cluster, binaries: Binaries): Promise<PostgresServer> {
  const port = await ensureServer({
    cluster,
    binaries,
    clock: systemClock,
    log,
    settings: { ...SERVER_SETTINGS, ...SMALL },
  });
  return {
    port,
    url: databaseUrl(cluster, port, DATABASE),
    async query(text) {
      const client = new Client({ connectionString: databaseUrl(cluster, port, 'postgres') });
      client.on('error', () => undefined);
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(text)).rows;
      } finally {
        await client.end();
      }
    },
    async kill9() {
      const pid = (await readPidFile(cluster.path))?.pid;
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    },
  };
}

/** Waits until whoever holds the other end of its input is gone or done. */
const CLEAN_UP = `read -r _
for home in primary replica; do
  pid=$(head -n 1 "$1/$home/postgres/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid"
done
sleep 1
rm -rf "$1"`;
