import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '../log.ts';
import { loadDataKey } from './data-key-file.ts';

let dir: string;
let warnings: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'yinling-key-'));
  warnings = [];
});
afterEach(() => rmSync(dir, { recursive: true }));
const load = (dataKeyFile?: string) =>
  loadDataKey({
    dataKeyFile,
    dataDir: join(dir, 'data'),
    log: createLog({ level: 'warn', stream: { write: (line) => void warnings.push(JSON.parse(line).msg) } }),
  });

test('without DATA_KEY_FILE a key is made once, for our eyes only, with a warning', async () => {
  const [key, ...others] = await Promise.all([load(), load(), load()]);
  expect(key).toHaveLength(32);
  expect(others).toEqual([key, key]);
  expect(await load()).toEqual(key);
  expect(statSync(join(dir, 'data', 'data.key')).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(dir, 'data'))).toEqual(['data.key']);
  expect(warnings[0]).toContain('in production keep it elsewhere');
});

test('with DATA_KEY_FILE that one is used, and none is made', async () => {
  const path = join(dir, 'key');
  writeFileSync(path, 'ab'.repeat(32), { mode: 0o600 });
  expect(await load(path)).toEqual(Buffer.alloc(32, 0xab));
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
