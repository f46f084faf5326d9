import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { AnchorShelf } from './daily-anchors.ts';

/** One file a day, `anchor-2026-01-12.json`, as `check-time-bank.mjs` and `ledger verify` read it; never written over. */
export const anchorFolder = (folder: string): AnchorShelf => ({
  async put({ date, ...anchor }) {
    await mkdir(folder, { recursive: true });
    const file = join(folder, `anchor-${date}.json`);
    try {
      await writeFile(file, `${JSON.stringify(anchor, null, 2)}\n`, { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const there = JSON.parse(await readFile(file, 'utf8')) as unknown;
      if (!isDeepStrictEqual(there, anchor))
        throw new Error(`the anchor of ${date} in ${file} is another one than ours`, { cause: error });
    }
  },
});
