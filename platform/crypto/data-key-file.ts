import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { DATA_KEY_BYTES, parseDataKey } from './data-key.ts';

export interface DataKeyOptions {
  /** DATA_KEY_FILE */
  readonly dataKeyFile: string | undefined;
  readonly dataDir: string;
  readonly log: Log;
}

/** The key of personal data: of DATA_KEY_FILE, or of `${dataDir}/data.key`, which is made if it is not there. */
export async function loadDataKey({ dataKeyFile, dataDir, log }: DataKeyOptions): Promise<Buffer> {
  const path = dataKeyFile ?? join(dataDir, 'data.key');
  if (dataKeyFile === undefined) {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await makeOnce(path);
    log.warn(
      { path },
      'the key of personal data lies beside the data: in production keep it elsewhere (DATA_KEY_FILE)',
    );
  }
  const key = parseDataKey(await readFile(path, 'utf8'));
  if (!key) throw new Error(`${path} must hold ${DATA_KEY_BYTES} bytes in base64 or hex`);
  if (((await stat(path)).mode & 0o077) !== 0)
    log.warn({ path }, 'the key of personal data can be read by other users');
  return key;
}

/** Whole or not at all, and never over one that is there: with it the data would be lost. */
async function makeOnce(path: string): Promise<void> {
  if (await stat(path).then(Boolean, () => false)) return;
  const unfinished = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(DATA_KEY_BYTES).toString('base64')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(unfinished, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error; // another was quicker
  } finally {
    await rm(unfinished);
  }
}
