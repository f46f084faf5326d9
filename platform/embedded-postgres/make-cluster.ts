import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresError, errnoOf } from './errors.ts';
import { append, sync, writeFor } from './files.ts';
import { clusterPath, PASSWORD_FILE, SETTINGS_FILE, SUPERUSER } from './layout.ts';
import { addressOf, cannotRun, PROGRAM_ENV } from './programs.ts';
import type { RunUser } from './run-user.ts';

const UNFINISHED = 'postgres.new-';

/**
 * Made under another name and renamed once whole, so a half-made cluster is never taken for one, and of two that make one
 * at a time the second takes the first's.
 */
export async function makeCluster(
  dataDir: string,
  user: RunUser,
  binaries: Binaries,
  log: Log,
): Promise<void> {
  const staging = await mkdtemp(join(dataDir, UNFINISHED));
  try {
    const data = join(staging, 'data');
    await mkdir(data, { mode: 0o700 });
    for (const folder of [staging, data]) if (user) await chown(folder, user.uid, user.gid);
    const password = randomBytes(32).toString('base64url');
    await writeFor(user, join(staging, 'password'), password);
    await initdb(data, user, binaries);
    await writeFor(user, join(data, PASSWORD_FILE), password);
    await writeFor(user, join(data, SETTINGS_FILE), '');
    await append(join(data, 'postgresql.conf'), `\ninclude_if_exists '${SETTINGS_FILE}'\n`);
    await rename(data, clusterPath(dataDir)).catch((error: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) throw error;
    });
    await sync(dataDir);
    log.info({ major: binaries.major }, 'database made');
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function initdb(data: string, user: RunUser, binaries: Binaries): Promise<void> {
  const folder = await addressOf(data, user);
  const options = {
    pgdata: folder,
    pwfile: `${folder}/../password`,
    username: SUPERUSER,
    auth: 'scram-sha-256',
    encoding: 'UTF8',
    locale: 'C',
    'locale-provider': 'builtin',
    'builtin-locale': 'C.UTF-8',
    // 256 random bits are not guessed; what the iterations cost would be paid at every reconnection
    set: 'scram_iterations=1',
  };
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  await new Promise<void>((resolve, reject) => {
    const child = spawn(binaries.initdb, [...flags, '--data-checksums', '--no-instructions'], {
      cwd: data,
      env: PROGRAM_ENV,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...user,
    });
    let said = '';
    for (const output of [child.stdout, child.stderr])
      output.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('error', (error) => reject(cannotRun(binaries.initdb, user, error)));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new EmbeddedPostgresError(
            'server',
            `initdb failed: ${said.trim().split('\n').slice(-3).join(' ')}`,
          ),
        );
    });
  });
}

/** Left behind by a start that was cut off. To be called by the owner only. */
export async function sweepUnfinished(dataDir: string, log: Log): Promise<void> {
  for (const name of await readdir(dataDir))
    if (name.startsWith(UNFINISHED))
      await rm(join(dataDir, name), { recursive: true, force: true }).catch((error: unknown) =>
        log.warn({ err: error, folder: name }, 'left-over of a half-made database stays'),
      );
}
