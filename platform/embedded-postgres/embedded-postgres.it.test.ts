import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { type Clock, systemClock } from '../clock.ts';
import { silentLog } from '../log.ts';
import { FixtureProcess } from './fixture-process.ts';
import { parsePidFile, pidFilePath, servesCluster } from './pid-file.ts';
import { findAccount } from './run-user.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './start.ts';
import { stopServer } from './stop-server.ts';

const log = silentLog();
const isRoot = process.getuid?.() === 0;
const account = findAccount(readFileSync('/etc/passwd', 'utf8'));
const folders: string[] = [];
const processes: FixtureProcess[] = [];

function folder(parent = tmpdir()): string {
  const made = mkdtempSync(join(parent, 'yinling-pg-'));
  folders.push(made);
  return made;
}
function service(dataDir: string, user?: typeof account): FixtureProcess {
  const started = new FixtureProcess(dataDir, user);
  processes.push(started);
  return started;
}
const cluster = (dataDir: string) => join(dataDir, 'postgres');
const serverPid = (dataDir: string): number =>
  parsePidFile(readFileSync(pidFilePath(cluster(dataDir)), 'utf8'))?.pid ?? 0;
/** A folder with a database that has been stopped; the first takes a second to make, the others are copies. */
async function stoppedFolder(): Promise<string> {
  seed ??= mkdtempSync(join(tmpdir(), 'yinling-pg-seed-'));
  if (readdirSync(seed).length === 0) await (await start(seed)).stop();
  const dataDir = folder();
  execFileSync('cp', ['-a', `${seed}/.`, dataDir]);
  return dataDir;
}
let seed: string | undefined;
afterAll(() => {
  if (seed !== undefined) rmSync(seed, { recursive: true });
});
const start = (dataDir: string): Promise<EmbeddedPostgres> => startEmbeddedPostgres({ dataDir, log });
const isServing = async (dataDir: string, pid: number) => servesCluster(pid, cluster(dataDir));

async function query<T>(url: string | undefined, text: string): Promise<T[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, T>>(text)).rows.flatMap((row) => Object.values(row));
  } finally {
    await client.end();
  }
}

afterEach(async () => {
  for (const one of processes.splice(0))
    if (one.child.exitCode === null && one.child.signalCode === null) await one.kill();
  for (const dataDir of folders.splice(0)) {
    const pid = existsSync(pidFilePath(cluster(dataDir))) ? serverPid(dataDir) : 0;
    if (pid > 0 && (await isServing(dataDir, pid))) {
      process.kill(pid, 'SIGQUIT');
      await vi.waitFor(async () => expect(await isServing(dataDir, pid)).toBe(false), 10_000);
    }
    rmSync(dataDir, { recursive: true, force: true });
  }
});

describe('a folder of its own', () => {
  test('data survive a stop and a start, and the stop leaves no server', async () => {
    const dataDir = join(folder(), 'not', 'yet', 'there');
    const first = await start(dataDir);
    await query(first.url, 'create table t as select 7 as x');
    const pid = serverPid(dataDir);
    await first.stop();
    expect(await isServing(dataDir, pid)).toBe(false);
    await expect(query(first.url, 'select 1')).rejects.toThrow();

    const second = await start(dataDir);
    expect(await query(second.url, 'select x from t')).toEqual([7]);
    await second.stop();
    folders.push(dataDir);
  });

  test('the server is durable, in UTF-8 and UTC, checks its pages, and listens on this machine only, to who knows the password', async () => {
    const postgres = await start(folder());
    const names = [
      'fsync',
      'synchronous_commit',
      'full_page_writes',
      'data_checksums',
      'server_encoding',
      'TimeZone',
      'listen_addresses',
      'jit',
    ];
    const values = await query(
      postgres.url,
      `select current_setting(name) from unnest(array['${names.join("','")}']) as name`,
    );
    expect(values).toEqual(['on', 'on', 'on', 'on', 'UTF8', 'UTC', '127.0.0.1', 'off']);
    expect(await query(postgres.url, `select 'a' < 'B' as by_byte, upper('ä') as upper`)).toEqual([
      false,
      'Ä',
    ]);
    await expect(query(postgres.url.replace(/:[^:@]+@/, ':wrong@'), 'select 1')).rejects.toThrow(/password/);
    await postgres.stop();
  });

  test('a half-made database is not taken for one, and is swept up', async () => {
    const dataDir = folder();
    mkdirSync(cluster(dataDir)); // empty: as good as none
    mkdirSync(join(dataDir, 'postgres.new-cut-off', 'data', 'base'), { recursive: true });
    const postgres = await start(dataDir);
    expect(await query(postgres.url, 'select 1')).toEqual([1]);
    expect(readdirSync(dataDir).filter((name) => name.startsWith('postgres.new-'))).toEqual([]);
    await postgres.stop();
  });

  test('a kill -9 while the database is being made is made good by the next start', async () => {
    const dataDir = folder();
    const cutOff = service(dataDir);
    await vi.waitFor(() => expect(readdirSync(dataDir).join()).toContain('postgres.new-'), {
      timeout: 20_000,
      interval: 1,
    });
    await cutOff.kill();
    expect(readdirSync(dataDir)).not.toContain('postgres');
    const postgres = await start(dataDir);
    expect(await query(postgres.url, 'select 1')).toEqual([1]);
    await postgres.stop();
  });
});

describe('a life longer than ours', () => {
  test('after kill -9 of the service the server lives on, and the next start attaches to it', async () => {
    const dataDir = await stoppedFolder();
    const killed = service(dataDir);
    const { url } = await killed.says();
    await query(url, 'create table t as select 7 as x');
    const pid = serverPid(dataDir);
    await killed.kill();
    expect(await query(url, 'select x from t')).toEqual([7]);

    const next = service(dataDir);
    expect(await next.says()).toEqual({ url });
    expect(serverPid(dataDir)).toBe(pid);
    expect(await next.stop()).toBe(0);
    expect(await isServing(dataDir, pid)).toBe(false);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    "a %s to the service's whole process group does not reach the server",
    async (signal) => {
      const dataDir = await stoppedFolder();
      const draining = service(dataDir);
      const { url } = await draining.says();
      process.kill(-draining.pid, signal);
      if (signal === 'SIGTERM') expect(await draining.says()).toEqual({ draining: true });
      expect(await query(url, 'select 1')).toEqual([1]);
    },
  );

  test('a server that is killed is brought back on the same address, with its data', async () => {
    const dataDir = await stoppedFolder();
    const postgres = await start(dataDir);
    await query(postgres.url, 'create table t as select 7 as x');
    process.kill(serverPid(dataDir), 'SIGKILL');
    await vi.waitFor(async () => expect(await query(postgres.url, 'select x from t')).toEqual([7]), {
      timeout: 30_000,
      interval: 50,
    });
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'in_use' }); // claimed again, too
    await postgres.stop();
  });
});

describe('one service at a time', () => {
  test('a second service on the same folder is told so, and by whom; the first goes on', async () => {
    const dataDir = await stoppedFolder();
    const first = service(dataDir);
    const { url } = await first.says();
    const second = await service(dataDir).says();
    expect(second.code).toBe('in_use');
    expect(second.message).toContain(`process ${first.pid}`);
    expect(second.message).toContain(dataDir);
    expect(await query(url, 'select 1')).toEqual([1]);
    expect(await first.stop()).toBe(0);
  });

  test('of two that start at once on an empty folder, one runs and the other is told', async () => {
    const dataDir = folder();
    const both = [service(dataDir), service(dataDir)];
    const said = await Promise.all(both.map((one) => one.says()));
    expect(said.map((line) => line.code ?? 'runs').toSorted()).toEqual(['in_use', 'runs']);
  });

  test('a pid file left behind, its number now in other hands, misleads nobody', async () => {
    const dataDir = await stoppedFolder();
    const killed = service(dataDir);
    await killed.says();
    const pid = serverPid(dataDir);
    await killed.kill();
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(async () => expect(await isServing(dataDir, pid)).toBe(false), 10_000);
    // Of the same user, or PostgreSQL itself would see that it is no server of its own.
    const owner = statSync(cluster(dataDir));
    const stranger = spawn('sleep', ['60'], isRoot ? { uid: owner.uid, gid: owner.gid } : {});
    const path = pidFilePath(cluster(dataDir));
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^\d+/, String(stranger.pid)));
    const postgres = await start(dataDir);
    expect(await query(postgres.url, 'select 1')).toEqual([1]);
    expect(stranger.exitCode).toBeNull();
    stranger.kill();
    await postgres.stop();
  });

  test('a copy of a running folder, pid file and all, does not attach to the server of the original', async () => {
    const dataDir = await stoppedFolder();
    const first = await start(dataDir);
    await query(first.url, 'create table original (x int)');
    await query(first.url, 'checkpoint');
    const copyDir = folder();
    execFileSync('cp', ['-a', cluster(dataDir), copyDir]);
    const second = await start(copyDir);
    expect(new URL(second.url).port).not.toBe(new URL(first.url).port);
    await second.stop();
    expect(await query(first.url, 'select count(*)::int from original')).toEqual([0]);
    await first.stop();
  });
});

describe('what is refused, with a reason', () => {
  test('data of another major version', async () => {
    const dataDir = await stoppedFolder();
    writeFileSync(join(cluster(dataDir), 'PG_VERSION'), '17\n');
    await expect(start(dataDir)).rejects.toMatchObject({
      code: 'other_major',
      message: expect.stringMatching(/PostgreSQL 17.*18/),
    });
  });

  test('a folder with something else in it', async () => {
    const dataDir = folder();
    mkdirSync(cluster(dataDir));
    writeFileSync(join(cluster(dataDir), 'letters.txt'), 'dear');
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'not_ours' });
  });

  test('a server that cannot start: its own words are given', async () => {
    const dataDir = folder();
    const options = { dataDir, log, settings: { shared_buffers: 'plenty' } };
    await expect(startEmbeddedPostgres(options)).rejects.toMatchObject({
      code: 'server',
      message: expect.stringContaining('shared_buffers'),
    });
  });
});

describe.runIf(isRoot && account)('started by root', () => {
  test('it works in a home of mode 700, and the data stay there', async () => {
    const home = folder();
    chmodSync(home, 0o700);
    const dataDir = join(home, 'app', '.data');
    const first = await start(dataDir);
    await query(first.url, 'create table t as select generate_series(1, 20000) as x');
    await query(first.url, 'checkpoint');
    await first.stop();
    expect(statSync(cluster(dataDir)).uid).toBe(account?.uid);
    const second = await start(dataDir);
    expect(await query(second.url, 'select count(*)::int from t')).toEqual([20_000]);
    const checkpointer = await query<number>(
      second.url,
      `select pid from pg_stat_activity where backend_type = 'checkpointer'`,
    );
    process.kill(checkpointer[0] ?? 0, 'SIGKILL'); // a crash of one process: the server recovers by itself
    await vi.waitFor(
      async () => expect(await query(second.url, 'select count(*)::int from t')).toEqual([20_000]),
      20_000,
    );
    await second.stop();
    folders.push(dataDir);
  });

  test('a folder restored by root from a backup is given back to the user of the database', async () => {
    const dataDir = await stoppedFolder();
    execFileSync('chown', ['-R', '0:0', cluster(dataDir)]);
    const postgres = await start(dataDir);
    expect(await query(postgres.url, 'select 1')).toEqual([1]);
    await postgres.stop();
  });
});

/** A clone in a folder of root's alone (`/root`, one of mktemp) has nothing that another user could start. */
const mayEnter = (user: NonNullable<typeof account>): boolean =>
  spawnSync(process.execPath, ['--version'], { uid: user.uid, gid: user.gid }).status === 0;
const canBeAnother = isRoot && account !== undefined && mayEnter(account);
if (isRoot && !canBeAnother)
  console.warn(
    'an embedded server of an ordinary user is not tested: none may enter the folder of this project',
  );

describe.runIf(canBeAnother)('started by an ordinary user', () => {
  const theirs = (): string => {
    const dataDir = folder();
    chownSync(dataDir, account?.uid ?? 0, account?.gid ?? 0);
    return dataDir;
  };

  test('the server runs as that user', async () => {
    const dataDir = theirs();
    const ordinary = service(dataDir, account);
    const { url } = await ordinary.says();
    expect(await query(url, 'select 1')).toEqual([1]);
    expect(statSync(`/proc/${serverPid(dataDir)}`).uid).toBe(account?.uid);
    expect(await ordinary.stop()).toBe(0);
  });

  test("another user's data are refused", async () => {
    const dataDir = theirs();
    chmodSync(dataDir, 0o777);
    cpSync('/etc/hostname', join(dataDir, 'postgres', 'PG_VERSION')); // of root
    expect(await service(dataDir, account).says()).toMatchObject({ code: 'wrong_user' });
  });
});

test('a server that does not stop is cut off in time', async () => {
  const dataDir = await stoppedFolder();
  const killed = service(dataDir);
  await killed.says();
  await killed.kill();
  const pid = serverPid(dataDir);
  process.kill(pid, 'SIGSTOP');
  let nowAt = 0;
  const hurried: Clock = {
    now: () => nowAt,
    setTimer: (ms, fn) => {
      nowAt += ms * 50;
      return systemClock.setTimer(1, fn);
    },
  };
  const target = { path: cluster(dataDir), user: account, password: '', settingsPath: '', logPath: '' };
  await expect(stopServer({ cluster: target, clock: hurried, log })).rejects.toMatchObject({
    code: 'server',
  });
  process.kill(pid, 'SIGCONT'); // what was sent to it meanwhile takes effect
  await vi.waitFor(async () => expect(await isServing(dataDir, pid)).toBe(false), 10_000);
});
