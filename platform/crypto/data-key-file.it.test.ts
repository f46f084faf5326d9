import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '../log.ts';
import { loadDataKeys, readDataKeysAgain, writeDataKeys } from './data-key-file.ts';

let dir: string;
let warnings: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'yinling-key-'));
  warnings = [];
});
afterEach(() => rmSync(dir, { recursive: true }));
const load = (dataKeyFile?: string) =>
  loadDataKeys({
    dataKeyFile,
    dataDir: join(dir, 'data'),
    log: createLog({ level: 'warn', stream: { write: (line) => void warnings.push(JSON.parse(line).msg) } }),
  });

test('without DATA_KEY_FILE a key is made once, for our eyes only, with a warning', async () => {
  const [key, ...others] = await Promise.all([load(), load(), load()]);
  expect(key?.current).toHaveLength(32);
  expect(others).toEqual([key, key]);
  expect(await load()).toEqual(key);
  expect(statSync(join(dir, 'data', 'data.key')).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(dir, 'data'))).toEqual(['data.key']);
  expect(warnings[0]).toContain('in production keep it elsewhere');
});

test('with DATA_KEY_FILE that one is used, and none is made', async () => {
  const path = join(dir, 'key');
  writeFileSync(path, 'ab'.repeat(32), { mode: 0o600 });
  expect(await load(path)).toEqual({ current: Buffer.alloc(32, 0xab), former: [] });
  expect([warnings, readdirSync(dir)]).toEqual([[], ['key']]);
  chmodSync(path, 0o644);
  await load(path);
  expect(warnings[0]).toContain('other users');
});

test('a file that holds no key is refused, and its contents not told', async () => {
  const path = join(dir, 'key');
  writeFileSync(path, 'hunter2');
  await expect(load(path)).rejects.toThrow(/32 bytes/);
  await expect(load(path)).rejects.not.toThrow(/hunter2/);
});

test('former keys stand below the current one; a file that is replaced is for our eyes only', async () => {
  const path = join(dir, 'key');
  const keys = { current: Buffer.alloc(32, 1), former: [Buffer.alloc(32, 2), Buffer.alloc(32, 3)] };
  writeFileSync(path, 'ab'.repeat(32), { mode: 0o644 });
  await writeDataKeys(path, keys);
  expect(await load(path)).toEqual(keys);
  expect(readDataKeysAgain(path)).toEqual(keys);
  expect([statSync(path).mode & 0o777, readdirSync(dir)]).toEqual([0o600, ['key']]);
  writeFileSync(path, `${'ab'.repeat(32)}\nhunter2\n`);
  await expect(load(path)).rejects.toThrow(/32 bytes/);
});
