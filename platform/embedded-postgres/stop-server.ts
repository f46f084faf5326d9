import { type Clock, wait } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Cluster } from './cluster.ts';
import { EmbeddedPostgresError, errnoOf } from './errors.ts';
import { readPidFile, servesCluster } from './pid-file.ts';

const DOWN_WITHIN_MS = 20_000;
const KILLED_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 25;

/** How long an orderly stop may take, at most. */
export const STOP_SERVER_WITHIN_MS = DOWN_WITHIN_MS + KILLED_WITHIN_MS;

/** Fast shutdown: sessions are cut, everything is written. One that takes too long is cut off, and recovers at the next start. */
export async function stopServer({
  cluster,
  clock,
  log,
}: {
  cluster: Cluster;
  clock: Clock;
  log: Log;
}): Promise<void> {
  const found = await readPidFile(cluster.path);
  if (!found || !(await servesCluster(found.pid, cluster.path))) return;
  const isDown = async () => !(await servesCluster(found.pid, cluster.path));
  for (const [signal, withinMs] of [
    ['SIGINT', DOWN_WITHIN_MS],
    ['SIGQUIT', KILLED_WITHIN_MS],
  ] as const) {
    kill(found.pid, signal);
    const untilAt = clock.now() + withinMs;
    while (clock.now() < untilAt) {
      if (await isDown()) {
        log.info({ signal }, 'embedded database stopped');
        return;
      }
      await wait(clock, LOOK_EVERY_MS);
    }
    log.error({ signal, withinMs }, 'the embedded database does not stop');
  }
  throw new EmbeddedPostgresError('server', `the embedded database (process ${found.pid}) does not stop`);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
