import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresError, errnoOf } from './errors.ts';
import { giveTo } from './files.ts';
import { clusterPath, PASSWORD_FILE, SETTINGS_FILE, SUPERUSER } from './layout.ts';
import { makeCluster } from './make-cluster.ts';
import type { RunUser } from './run-user.ts';

/** A folder with a database in it, and what is needed to run a server there. */
export interface Cluster {
  /** `${dataDir}/postgres`, links resolved. */
  readonly path: string;
  readonly user: RunUser;
  readonly password: string;
  readonly settingsPath: string;
  /** Where the server's own log goes; the server outlives us, so it cannot be a pipe to us. */
  readonly logPath: string;
}

/** The cluster of `dataDir`, made if there is none. */
export async function openCluster(
  dataDir: string,
  user: RunUser,
  binaries: Binaries,
  log: Log,
): Promise<Cluster> {
  const path = clusterPath(dataDir);
  if (!(await isThere(path)))
    await makeCluster(dataDir, user, binaries, log).catch(async (error: unknown) => {
      // Two starts at once: the first to be done sweeps up what the other has under way.
      if (!(await isThere(path))) throw error;
    });
  await check(path, binaries.major);
  if (user && (await stat(path)).uid === 0) await giveTo(user, path); // restored by root from a backup
  return {
    path: await realpath(path),
    user,
    password: await readPassword(path),
    settingsPath: join(path, SETTINGS_FILE),
    logPath: join(dataDir, 'postgres.log'),
  };
}

/** Something other than an empty folder is there. */
async function isThere(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length > 0;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      const isDangling = await lstat(path).then(Boolean, () => false);
      if (!isDangling) return false;
      throw new EmbeddedPostgresError(
        'not_ours',
        `${path} is a link to nowhere: the database it meant is not mounted`,
      );
    }
    throw error;
  }
}

async function check(path: string, major: number): Promise<void> {
  const found = (await readFile(join(path, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  if (found === '')
    throw new EmbeddedPostgresError(
      'not_ours',
      `${path} is not empty and holds no PostgreSQL data: move it away`,
    );
  if (Number(found) !== major)
    throw new EmbeddedPostgresError(
      'other_major',
      `${path} holds data of PostgreSQL ${found}, and this version of the service brings ${major}: dump it with the former version of the service and restore it into this one's`,
    );
}

async function readPassword(path: string): Promise<string> {
  try {
    return (await readFile(join(path, PASSWORD_FILE), 'utf8')).trim();
  } catch (error) {
    throw new EmbeddedPostgresError(
      'not_ours',
      `${path} was not made by this service (no ${PASSWORD_FILE} in it)`,
      {
        cause: error,
      },
    );
  }
}

export const databaseUrl = (cluster: Cluster, port: number, database: string): string =>
  `postgres://${SUPERUSER}:${cluster.password}@127.0.0.1:${port}/${database}`;
