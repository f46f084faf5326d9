import { readFile, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { type Clock, wait } from '../clock.ts';
import type { Cluster } from './cluster.ts';
import { EmbeddedPostgresError, errnoOf } from './errors.ts';
import { type Launch, type LaunchOptions, launchServer } from './launch.ts';
import { isAlive, parsePidFile, pidFilePath, readPidFile, servesCluster } from './pid-file.ts';
import { probe } from './probe.ts';

export interface ServerOptions extends LaunchOptions {
  readonly clock: Clock;
}

/** Recovery after a crash replays up to `max_wal_size`; on a slow disk that takes minutes. */
const UP_WITHIN_MS = 10 * 60_000;
const SAY_EVERY_MS = 10_000;
const LOOK_EVERY_MS = 25;

/**
 * Brings the cluster's server up, or finds it up: after a kill -9 of ours it lives on. `port`: where it must listen if it
 * has to be started; by default any free one. Starts none any more once `isGivenUp` says so. Returns the port.
 */
export async function ensureServer(
  options: ServerOptions,
  port?: number,
  isGivenUp = (): boolean => false,
): Promise<number> {
  const { cluster, clock, log } = options;
  const startedAt = clock.now();
  let saidAt = startedAt;
  let launch: Launch | undefined;
  while (clock.now() - startedAt < UP_WITHIN_MS) {
    const found = await readPidFile(cluster.path);
    const isServing = found !== undefined && (await servesCluster(found.pid, cluster.path));
    if (found && found.port > 0) {
      const answer = await probe(cluster, found.port);
      if (answer === 'ours') {
        log.info(
          { pid: found.pid, port: found.port, launched: launch !== undefined },
          'embedded database is up',
        );
        return found.port;
      }
      if (answer === 'denied' && isServing)
        throw new EmbeddedPostgresError(
          'not_ours',
          `${cluster.path} has a server that does not take its password`,
        );
    }
    const exited = await launch?.lastWords();
    if (exited !== undefined) {
      launch = undefined;
      if (!MAY_PASS.test(exited)) throw doesNotStart(cluster, exited);
    } else if (!isServing && !launch) {
      if (isGivenUp()) break;
      if (found) await discardPidFile(cluster, found.pid);
      launch = await launchServer(options, port ?? (await freePort()));
    }
    if (clock.now() - saidAt >= SAY_EVERY_MS) {
      saidAt = clock.now();
      log.warn({ ms: saidAt - startedAt }, 'the embedded database is not ready yet');
    }
    await wait(clock, LOOK_EVERY_MS);
  }
  throw doesNotStart(cluster, 'it does not answer');
}

/** Another was quicker, a port was taken meanwhile, or the dead server's last processes are still going. */
const MAY_PASS =
  /lock file "postmaster.pid" already exists|could not create any TCP\/IP sockets|is still in use/;

const doesNotStart = (cluster: Cluster, why: string): EmbeddedPostgresError =>
  new EmbeddedPostgresError(
    'server',
    `the embedded database does not start: ${why} (see ${cluster.logPath})`,
  );

/**
 * A pid file left behind by a power cut or a kill -9, whose number is perhaps in other hands by now: PostgreSQL would
 * take those for a server and not start. It removes one of a dead process itself. (Should processes of the dead server
 * live on, its shared memory tells the new one.)
 */
async function discardPidFile(cluster: Cluster, pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  const path = pidFilePath(cluster.path);
  const aside = `${path}.stale`;
  try {
    await rename(path, aside);
    // Another service may have put a new one there since we looked.
    if (parsePidFile(await readFile(aside, 'utf8'))?.pid === pid) await rm(aside);
    else await rename(aside, path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
