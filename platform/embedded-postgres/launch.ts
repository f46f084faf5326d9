import { spawn } from 'node:child_process';
import { open, readFile, rename, stat } from 'node:fs/promises';
import type { Log } from '../log.ts';
import type { Binaries } from './binaries.ts';
import type { Cluster } from './cluster.ts';
import { writeFor } from './files.ts';
import { addressOf, cannotRun, PROGRAM_ENV } from './programs.ts';
import { configurationFile } from './settings.ts';

export interface LaunchOptions {
  readonly cluster: Cluster;
  readonly binaries: Binaries;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: Log;
}

const LOG_BYTES = 10 * 1024 * 1024;

export interface Launch {
  /** What it said, if it has exited. */
  lastWords(): Promise<string | undefined>;
}

/** Spawns the server, which need not come up: look at `lastWords`. */
export async function launchServer(
  { cluster, binaries, settings, log }: LaunchOptions,
  port: number,
): Promise<Launch> {
  await writeFor(cluster.user, cluster.settingsPath, configurationFile(settings));
  await rotate(cluster.logPath);
  const folder = await addressOf(cluster.path, cluster.user);
  const output = await open(cluster.logPath, 'a', 0o600);
  try {
    const from = (await output.stat()).size;
    const child = spawn(binaries.postgres, ['-D', folder, '-p', String(port)], {
      cwd: cluster.path,
      env: PROGRAM_ENV,
      stdio: ['ignore', output.fd, output.fd],
      detached: true, // a session of its own: neither our terminal's Ctrl-C nor our death reaches it
      ...cluster.user,
    });
    let failure: Error | undefined;
    let hasExited = false;
    child.on('error', (error) => (failure = cannotRun(binaries.postgres, cluster.user, error)));
    child.on('exit', () => (hasExited = true));
    child.unref();
    log.info({ pid: child.pid, port }, 'starting the embedded database');
    return {
      lastWords: async () => {
        if (failure) throw failure;
        return hasExited ? lastWords(cluster.logPath, from) : undefined;
      },
    };
  } finally {
    await output.close();
  }
}

async function rotate(logPath: string): Promise<void> {
  const size = await stat(logPath).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size > LOG_BYTES) await rename(logPath, `${logPath}.1`);
}

const LAST_LINES = 6;

async function lastWords(logPath: string, from: number): Promise<string> {
  const said = (await readFile(logPath)).subarray(from).toString('utf8').trim();
  return said.split('\n').slice(-LAST_LINES).join(' | ') || 'it exited without a word';
}
