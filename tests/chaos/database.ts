import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  appendFileSync,
  statfsSync,
} from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { locatePackage, usableBinaries } from '../../platform/embedded-postgres/binaries.ts';
import { databaseUrl, openCluster } from '../../platform/embedded-postgres/cluster.ts';
import { ensureServer, type ServerOptions } from '../../platform/embedded-postgres/ensure-server.ts';
import { clusterPath } from '../../platform/embedded-postgres/layout.ts';
import { readPidFile } from '../../platform/embedded-postgres/pid-file.ts';
import { chooseRunUser } from '../../platform/embedded-postgres/run-user.ts';
import { SERVER_SETTINGS } from '../../platform/embedded-postgres/settings.ts';
import { stopServer } from '../../platform/embedded-postgres/stop-server.ts';
import { systemClock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';

/** A real PostgreSQL that can be done everything to. */
export interface ChaosDatabase {
  readonly port: number;
  /** Straight to it, past every link. */
  readonly url: string;
  /** Where the disk can be filled: a small file system of its own. */
  readonly canFillDisk: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill9(): Promise<void>;
  /** Every process of the server stands still, connections and all. Returns the thaw. */
  freeze(): Promise<() => void>;
  /** Takes every connection there is, also of those that are in use. Returns the release. */
  takeConnections(): Promise<() => Promise<void>>;
  /** Returns what makes room again. */
  fillDisk(): Promise<() => void>;
  close(): Promise<void>;
}

/** For so many processes of the service: what they have open, and what those that start anew want besides. */
const connectionsOf = (processes: number): number => Math.max(70, 20 * processes);
const TAKEN_AT_ONCE = 10;
const SETTINGS = {
  shared_buffers: '64MB',
  max_wal_size: '128MB',
  min_wal_size: '64MB',
};
const DISK = 'size=500m,mode=755';

export async function startChaosDatabase(
  folder: string,
  log: Log,
  processes: number,
): Promise<ChaosDatabase> {
  const mostConnections = connectionsOf(processes);
  const home = join(folder, 'database');
  mkdirSync(home, { mode: 0o755 });
  const canFillDisk = mounted(home);
  const user = await chooseRunUser(clusterPath(home));
  const binaries = await usableBinaries(await locatePackage(), { user, dataDir: home, log });
  const cluster = await openCluster(home, user, binaries, log);
  const server: ServerOptions = {
    cluster,
    binaries,
    clock: systemClock,
    log,
    settings: { ...SERVER_SETTINGS, ...SETTINGS, max_connections: String(mostConnections) },
  };
  const port = await ensureServer(server);
  const admin = new Client({ connectionString: databaseUrl(cluster, port, 'postgres') });
  await admin.connect();
  await admin.query('create database chaos');
  await admin.end();
  const url = databaseUrl(cluster, port, 'chaos');
  const pid = async () => (await readPidFile(cluster.path))?.pid;
  const ballast = join(home, 'ballast');

  return {
    port,
    url,
    canFillDisk,
    start: async () => void (await ensureServer(server, port)),
    stop: () => stopServer(server),
    async kill9() {
      const main = await pid();
      if (main !== undefined) for (const one of [main, ...childrenOf(main)]) signal(one, 'SIGKILL');
    },
    async freeze() {
      const main = await pid();
      // The main process first: nothing new comes after it.
      const all = main === undefined ? [] : [main];
      if (main !== undefined) signal(main, 'SIGSTOP');
      if (main !== undefined) all.push(...childrenOf(main));
      for (const one of all) signal(one, 'SIGSTOP');
      return () => all.forEach((one) => signal(one, 'SIGCONT'));
    },
    async takeConnections() {
      const taken: Client[] = [];
      const take = async () => {
        const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
        client.on('error', () => undefined);
        await client.connect();
        taken.push(client);
      };
      // On a busy machine a server that has just come back lets nobody in for a while
      for (let tries = 0; taken.length === 0 && tries < PATIENCE; tries += 1)
        await take().catch(() => undefined);
      await taken[0]
        ?.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where pid <> pg_backend_pid() and backend_type = 'client backend'`,
        )
        .catch(() => undefined);
      for (let tries = 0; taken.length < mostConnections && tries <= mostConnections; tries += TAKEN_AT_ONCE)
        await Promise.allSettled(Array.from({ length: TAKEN_AT_ONCE }, take));
      return async () => void (await Promise.allSettled(taken.map((client) => client.end())));
    },
    fillDisk() {
      const { bavail, bsize } = statfsSync(home);
      writeFileSync(ballast, '');
      // In one go, then block by block what was freed meanwhile; the server may have taken the room before us.
      try {
        execFileSync('fallocate', ['-l', String(Math.max(1, bavail - 16) * bsize), ballast], {
          stdio: 'ignore',
        });
      } catch {
        // Block by block, then.
      }
      try {
        for (;;) appendFileSync(ballast, Buffer.alloc(bsize));
      } catch {
        // It is full: that was the aim.
      }
      return Promise.resolve(() => rmSync(ballast, { force: true }));
    },
    async close() {
      await stopServer(server).catch(() => undefined);
      if (canFillDisk) execFileSync('umount', ['-l', home]);
    },
  };
}

/** Attempts to be let in at all. */
const PATIENCE = 15;

function mounted(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', DISK, 'yinling-chaos', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
}
