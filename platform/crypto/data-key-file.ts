import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { DATA_KEY_BYTES, type DataKeys, parseDataKeys } from './data-key.ts';

export interface DataKeyOptions {
  /** DATA_KEY_FILE */
  readonly dataKeyFile: string | undefined;
  readonly dataDir: string;
  readonly log: Log;
}

/** Where the key of personal data lies. */
export const dataKeyPath = ({ dataKeyFile, dataDir }: Omit<DataKeyOptions, 'log'>): string =>
  dataKeyFile ?? join(dataDir, 'data.key');

/** The keys of personal data: of DATA_KEY_FILE, or of `${dataDir}/data.key`, which is made if it is not there. */
export async function loadDataKeys({ dataKeyFile, dataDir, log }: DataKeyOptions): Promise<DataKeys> {
  const path = dataKeyPath({ dataKeyFile, dataDir });
  if (dataKeyFile === undefined) {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await makeOnce(path);
    log.warn(
      { path },
      'the key of personal data lies beside the data: in production keep it elsewhere (DATA_KEY_FILE)',
    );
  }
  const keys = parseDataKeys(await readFile(path, 'utf8'));
  if (!keys) throw new Error(notAKey(path));
  if (((await stat(path)).mode & 0o077) !== 0)
    log.warn({ path }, 'the key of personal data can be read by other users');
  return keys;
}

const notAKey = (path: string): string =>
  `${path} must hold ${DATA_KEY_BYTES} bytes in base64 or hex, former keys in lines below it`;

/** As they are in the file now; for a process that meets what another has sealed with a newer key. */
export function readDataKeysAgain(path: string): DataKeys {
  const keys = parseDataKeys(readFileSync(path, 'utf8'));
  if (!keys) throw new Error(notAKey(path));
  return keys;
}

/** Replaces the file whole or not at all, and only once the keys are on the disk. */
export async function writeDataKeys(path: string, { current, former }: DataKeys): Promise<void> {
  const text = [current, ...former].map((key) => `${key.toString('base64')}\n`).join('');
  const unfinished = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
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
