import { realpath } from 'node:fs/promises';
import type { Log } from '../log.ts';
import { locatePackage, usableBinaries } from './binaries.ts';
import { databaseUrl, openCluster } from './cluster.ts';
import { errnoOf } from './errors.ts';
import { clusterPath, DATABASE } from './layout.ts';
import { readPidFile, servesCluster } from './pid-file.ts';
import { probe } from './probe.ts';
import { chooseRunUser } from './run-user.ts';

/**
 * The URL of the embedded server that runs in `dataDir` just now, whoever started it; undefined: none does. For
 * administration beside a running service: it claims nothing, starts nothing and stops nothing.
 */
export async function findEmbeddedPostgres(given: string, log: Log): Promise<string | undefined> {
  const dataDir = await realpath(given).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (dataDir === undefined) return undefined;
  const path = clusterPath(dataDir);
  const found = await readPidFile(path);
  if (found === undefined || found.port === 0 || !(await servesCluster(found.pid, path))) return undefined;
  const user = await chooseRunUser(path);
  const binaries = await usableBinaries(await locatePackage(), { user, dataDir, log });
  const cluster = await openCluster(dataDir, user, binaries, log);
  return (await probe(cluster, found.port)) === 'ours'
    ? databaseUrl(cluster, found.port, DATABASE)
    : undefined;
}
