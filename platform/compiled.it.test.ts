import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const place = mkdtempSync(join(tmpdir(), 'yinling-compiled-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const SCRIPT = `
  import { keepCompiled, saveCompiled } from ${JSON.stringify(join(import.meta.dirname, 'compiled.ts'))};
  const folder = keepCompiled(process.env);
  const { Lifecycle } = await import(${JSON.stringify(join(import.meta.dirname, 'lifecycle.ts'))});
  saveCompiled();
  process.stdout.write(JSON.stringify({ folder, loaded: typeof Lifecycle }));
  if (process.env.KILLED) process.kill(process.pid, 'SIGKILL');
  await new Promise((done) => setTimeout(done, process.env.KILLED ? 60_000 : 0));`;

interface Ran {
  readonly folder?: string;
  readonly loaded: string;
  /** What Node says of what it has kept. */
  readonly told: string;
}

const run = (env: Record<string, string>): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const all = { PATH: process.env['PATH'] ?? '', NODE_DEBUG_NATIVE: 'COMPILE_CACHE', ...env };
    execFile(
      process.execPath,
      ['--input-type=module', '-e', SCRIPT],
      { env: all, timeout: 60_000 },
      (error, stdout, stderr) => {
        const json = stdout.indexOf('{"');
        if (json < 0) return reject(error ?? new Error(stderr));
        const said = JSON.parse(/\{"[^\n]*?\}/.exec(stdout.slice(json))?.[0] ?? '') as Omit<Ran, 'told'>;
        resolve({ ...said, told: stdout + stderr });
      },
    );
  });

const TAKEN = /lifecycle\.ts[^\n]*was accepted/;

describe('programs as they were compiled', () => {
  it('are found by the next start, also after kill -9', async () => {
    const env = { DATA_DIR: join(place, 'not', 'yet', 'there') };
    const first = await run({ ...env, KILLED: 'yes' });
    expect(first.folder).toContain(join(env.DATA_DIR, 'compiled'));
    expect(readdirSync(first.folder ?? '').length).toBeGreaterThan(0);
    expect(first.told).not.toMatch(TAKEN);
    expect((await run(env)).told).toMatch(TAKEN);
  });

  it('are compiled anew where nothing can be kept, and the start goes on', async () => {
    const file = join(place, 'a-file');
    writeFileSync(file, '');
    for (const folder of [file, join(file, 'below'), '/proc/nowhere']) {
      const { loaded, told } = await run({ DATA_DIR: folder });
      expect(loaded, folder).toBe('function');
      expect(told, folder).not.toMatch(TAKEN);
    }
  });

  it('are not taken from a folder that others may write in', async () => {
    const dataDir = join(place, 'shared');
    mkdirSync(join(dataDir, 'compiled'), { recursive: true });
    chmodSync(join(dataDir, 'compiled'), 0o777);
    expect(await run({ DATA_DIR: dataDir })).toMatchObject({ loaded: 'function' });
    expect(readdirSync(join(dataDir, 'compiled'))).toEqual([]);
  });

  it('lie elsewhere where that is asked for', async () => {
    const env = { DATA_DIR: join(place, 'empty'), NODE_COMPILE_CACHE: join(place, 'elsewhere') };
    expect((await run(env)).folder).toContain(env.NODE_COMPILE_CACHE);
    expect(existsSync(env.DATA_DIR)).toBe(false);
  });
});
