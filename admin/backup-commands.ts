import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BackupError } from '../platform/backup/archive.ts';
import { backUp } from '../platform/backup/backup.ts';
import { restore } from '../platform/backup/restore.ts';
import { systemClock } from '../platform/clock.ts';
import { type Config, loadConfig } from '../platform/config.ts';
import { parseDataKeys } from '../platform/crypto/data-key.ts';
import { dataKeyPath } from '../platform/crypto/data-key-file.ts';
import { createPersonalData, type PersonalData } from '../platform/crypto/personal-data.ts';
import { EmbeddedPostgresError } from '../platform/embedded-postgres/errors.ts';
import { silentLog } from '../platform/log.ts';
import { MigrationError } from '../platform/migrate.ts';
import { toIso } from '../schemas/ids.ts';
import type { LocalAnswer, LocalCall } from './local-commands.ts';
import { withOwnDatabase } from './own-database.ts';

/** `npm run admin -- backup FILE` */
export const backUpCommand = (call: LocalCall): Promise<LocalAnswer> =>
  onFile(call, 'backup', async (config, file) =>
    withOwnDatabase(config, silentLog(), (url) => backUp({ url, file, nowAt: toIso(systemClock.now()) })),
  );

/** `npm run admin -- restore FILE` */
export const restoreCommand = (call: LocalCall): Promise<LocalAnswer> =>
  onFile(call, 'restore', async (config, file) => {
    const personal = await keyInPlace(config);
    const done = await withOwnDatabase(config, silentLog(), (url) =>
      restore({ url, file, personal, clock: systemClock, log: silentLog() }),
    );
    return done?.keyChecked === false
      ? { ...done, next: `put the key of personal data at ${keyPath(config)} before the service is started` }
      : done;
  });

async function onFile(
  { words, env }: LocalCall,
  command: string,
  work: (config: Config, file: string) => Promise<unknown>,
): Promise<LocalAnswer> {
  const [file, ...more] = words;
  if (file === undefined || more.length > 0)
    return { ok: false, answer: `npm run admin -- ${command} FILE: one file is wanted` };
  const loaded = loadConfig(env);
  if (!loaded.ok) return { ok: false, answer: loaded.problems.join('\n') };
  try {
    return { ok: true, answer: await work(loaded.config, resolve(file)) };
  } catch (error) {
    if (isToldAsItIs(error)) return { ok: false, answer: error.message };
    throw error;
  }
}

/** Ours, or of the file system or PostgreSQL: what it says is enough. */
export const isToldAsItIs = (error: unknown): error is Error =>
  error instanceof BackupError ||
  error instanceof MigrationError ||
  error instanceof EmbeddedPostgresError ||
  (error instanceof Error && 'code' in error);

const keyPath = dataKeyPath;

async function keyInPlace(config: Config): Promise<PersonalData | undefined> {
  const text = await readFile(keyPath(config), 'utf8').catch(() => undefined);
  const keys = text === undefined ? undefined : parseDataKeys(text);
  return keys && createPersonalData(keys.current, keys.former);
}
