import { mkdtemp, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from './make-folder.ts';

test('a folder is made with those above it, for its owner alone, and once', async () => {
  const root = await mkdtemp(join(tmpdir(), 'yinling-folder-'));
  const folder = join(root, 'a', 'b');
  await makeFolder(folder);
  await makeFolder(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test('where none can be made it says so at once', async () => {
  const root = await mkdtemp(join(tmpdir(), 'yinling-folder-'));
  const file = join(root, 'file');
  await writeFile(file, '');
  await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(join(file, 'x'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test.runIf(process.platform === 'linux')('in /proc it does not try for ever', async () => {
  await expect(makeFolder('/proc/yinling/data')).rejects.toMatchObject({ code: expect.any(String) });
});
