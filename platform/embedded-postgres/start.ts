import { realpath } from 'node:fs/promises';
import { Client } from 'pg';
import { type Clock, systemClock } from '../clock.ts';
import { makeFolder } from '../make-folder.ts';
import { connectionSettings } from '../connection.ts';
import type { Log } from '../log.ts';
import { locatePackage, usableBinaries } from './binaries.ts';
import { databaseUrl, openCluster } from './cluster.ts';
import { EmbeddedPostgresError, errnoOf } from './errors.ts';
import { ensureServer, type ServerOptions } from './ensure-server.ts';
import { Keeper } from './keeper.ts';
import { clusterPath, DATABASE } from './layout.ts';
import { sweepUnfinished } from './make-cluster.ts';
import { claim } from './owner.ts';
import { chooseRunUser } from './run-user.ts';
import { SERVER_SETTINGS } from './settings.ts';
import { stopServer } from './stop-server.ts';

export { EmbeddedPostgresError } from './errors.ts';
export { STOP_SERVER_WITHIN_MS } from './stop-server.ts';

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** Over `SERVER_SETTINGS`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** Holds the password: not to be logged. The same until `stop`, also over a crash of the server. */
  readonly url: string;
  /** Stops the server in order; takes `STOP_SERVER_WITHIN_MS` at most. */
  stop(): Promise<void>;
}

/**
 * A real PostgreSQL in `${dataDir}/postgres`, made at the first start, for this process alone. The server is a process of
 * its own that lives on when ours dies, to be found again by the next start; one that dies is started anew, on the same
 * port. Rejects with an `EmbeddedPostgresError`.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, clock = systemClock } = options;
  await makeFolder(options.dataDir).catch((cause: unknown) => {
    throw new EmbeddedPostgresError(
      'no_folder',
      `DATA_DIR: the folder ${options.dataDir} cannot be made (${errnoOf(cause) ?? String(cause)})`,
      { cause },
    );
  });
  const dataDir = await realpath(options.dataDir);
  const found = await locatePackage();
  const user = await chooseRunUser(clusterPath(dataDir));
  const binaries = await usableBinaries(found, { user, dataDir, log });
  const cluster = await openCluster(dataDir, user, binaries, log);
  const server: ServerOptions = {
    cluster,
    binaries,
    clock,
    log,
    settings: { ...SERVER_SETTINGS, ...options.settings },
  };

  const port = await ensureServer(server);
  await ensureDatabase(databaseUrl(cluster, port, 'postgres'));
  const url = databaseUrl(cluster, port, DATABASE);
  const first = await claim(url, dataDir, clock);
  await sweepUnfinished(dataDir, log);

  const keeper = new Keeper(first, { ...server, port, claim: () => claim(url, dataDir, clock) });
  return {
    url,
    stop: async () => {
      await keeper.stop();
      await stopServer(server);
    },
  };
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new Client(connectionSettings(url, 'yinling start'));
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0)
      await client.query(`create database ${DATABASE}`).catch((error: { code?: string }) => {
        if (error.code !== '42P04' && error.code !== '23505') throw error; // a second service was quicker
      });
  } finally {
    await client.end();
  }
}
