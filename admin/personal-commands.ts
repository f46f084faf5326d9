import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock } from '../platform/clock.ts';
import { loadConfig } from '../platform/config.ts';
import { checkDataKey } from '../platform/crypto/data-key-check.ts';
import { dataKeyPath, readDataKeysAgain, writeDataKeys } from '../platform/crypto/data-key-file.ts';
import { DATA_KEY_BYTES, DATA_KEY_CHANGED, type DataKeys } from '../platform/crypto/data-key.ts';
import { createPersonalData, type PersonalData, SealError } from '../platform/crypto/personal-data.ts';
import { createPool, type Pool } from '../platform/database.ts';
import { silentLog } from '../platform/log.ts';
import { migrate } from '../platform/migrate.ts';
import type { LocalAnswer, LocalCall, LocalCommand } from './local-commands.ts';
import { withOwnDatabase } from './own-database.ts';

/** Whoever works on the service's own machine; the audit log shows them apart from its users. */
const BY = { username: 'admin-command', role: '', address: 'local' };
type By = typeof BY;
type Kind = 'resident' | 'caregiver';

/** What knows the tables; handed in by the root. */
export interface PersonalWork {
  resealAll(pool: Pool, cipher: PersonalData): Promise<{ resealed: number; left: number }>;
  countLeft(pool: Pool, cipher: PersonalData): Promise<number>;
  /** A new key of people's words; the former ones are sealed anew, and stay for what they sealed. */
  makeWordKey(pool: Pool, cipher: PersonalData): Promise<void>;
  /** What was written before such words were sealed; how many rows, by table. */
  sealOldWords(pool: Pool, cipher: PersonalData, nowAt: number): Promise<Record<string, number>>;
  exportPerson(
    deps: { pool: Pool; cipher: PersonalData; nowAt: number; by: By },
    kind: Kind,
    id: string,
    write: (piece: string) => Promise<void>,
  ): Promise<Record<string, number> | undefined>;
  erasePerson(
    deps: { pool: Pool; cipher: PersonalData; nowAt: number; by: By },
    kind: Kind,
    id: string,
  ): Promise<{ ok: true } | { ok: false; reason: string }>;
  endSecondFactor(pool: Pool, username: string, by: By, nowAt: number): Promise<boolean>;
}

interface Place {
  pool: Pool;
  keyPath: string;
  keys: DataKeys;
  cipher: PersonalData;
  nowAt: number;
}

const USAGE: Readonly<Record<string, string>> = {
  keys: 'npm run admin -- keys rotate | keys prune | keys seal',
  person: 'npm run admin -- person export resident|caregiver ID FILE | person erase resident|caregiver ID',
  'second-factor': 'npm run admin -- second-factor off USERNAME',
};

export function personalCommands(work: PersonalWork): Record<string, LocalCommand> {
  return {
    keys: (call) =>
      onDatabase(call, async (place) => {
        const [action, ...more] = call.words;
        if (more.length > 0) return usage('keys');
        if (action === 'rotate') return rotate(work, place);
        if (action === 'seal')
          return {
            ok: true,
            answer: { sealed: await work.sealOldWords(place.pool, place.cipher, place.nowAt) },
          };
        return action === 'prune' ? prune(work, place) : usage('keys');
      }),
    person: (call) =>
      onDatabase(call, async (place) => {
        const [action, kind, id, file, ...more] = call.words;
        if ((kind !== 'resident' && kind !== 'caregiver') || id === undefined || more.length > 0)
          return usage('person');
        if (action === 'export' && file !== undefined)
          return writeExport(work, place, kind, id, resolve(file));
        if (action !== 'erase' || file !== undefined) return usage('person');
        const done = await work.erasePerson({ ...place, by: BY }, kind, id);
        return done.ok ? { ok: true, answer: done } : { ok: false, answer: done.reason };
      }),
    'second-factor': (call) =>
      onDatabase(call, async ({ pool, nowAt }) => {
        const [action, username, ...more] = call.words;
        if (action !== 'off' || username === undefined || more.length > 0) return usage('second-factor');
        const ended = await work.endSecondFactor(pool, username, BY, nowAt);
        return ended
          ? { ok: true, answer: { secondFactor: 'off', username } }
          : { ok: false, answer: `${username} has no second factor` };
      }),
  };
}

/** Again after an interruption: the new key is in place already if something is still under a former one. */
async function rotate(work: PersonalWork, place: Place): Promise<LocalAnswer> {
  const { pool, keyPath, keys } = place;
  const interrupted = keys.former.length > 0 && (await work.countLeft(pool, place.cipher)) > 0;
  const now = interrupted
    ? keys
    : { current: randomBytes(DATA_KEY_BYTES), former: [keys.current, ...keys.former] };
  if (!interrupted) await writeDataKeys(keyPath, now);
  // From here on a running service seals with the new key, and finds by both.
  await pool.query(`select pg_notify('registry', $1)`, [DATA_KEY_CHANGED]);
  const cipher = createPersonalData(now.current, now.former);
  const done = await work.resealAll(pool, cipher);
  await work.makeWordKey(pool, cipher);
  await pool.query(`select pg_notify('registry', $1)`, [DATA_KEY_CHANGED]);
  const next =
    done.left > 0
      ? 'something was held or sealed meanwhile: run keys rotate again'
      : `copy ${keyPath} to where its copy is kept; when no backup needs the former key any more: restart the service, then keys prune`;
  return { ok: done.left === 0, answer: { ...done, formerKeys: now.former.length, next } };
}

async function prune(work: PersonalWork, { pool, keyPath, keys }: Place): Promise<LocalAnswer> {
  if (keys.former.length === 0) return { ok: true, answer: { formerKeys: 0 } };
  const left = await work.countLeft(pool, createPersonalData(keys.current, keys.former));
  if (left > 0)
    return { ok: false, answer: `${left} rows are still sealed with a former key: run keys rotate again` };
  await writeDataKeys(keyPath, { current: keys.current, former: [] });
  await pool.query(`select pg_notify('registry', $1)`, [DATA_KEY_CHANGED]);
  return { ok: true, answer: { formerKeys: 0, removed: keys.former.length } };
}

/** Whole or not at all, for the caller's eyes only. */
async function writeExport(
  work: PersonalWork,
  place: Place,
  kind: Kind,
  id: string,
  file: string,
): Promise<LocalAnswer> {
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(unfinished, 'wx', 0o600);
  try {
    const held = await work.exportPerson({ ...place, by: BY }, kind, id, async (piece) => {
      await handle.write(piece);
    });
    if (held === undefined) return { ok: false, answer: `there is no ${kind} ${id}` };
    await handle.sync();
    await rename(unfinished, file);
    return { ok: true, answer: { file, held } };
  } finally {
    await handle.close();
    await rm(unfinished, { force: true });
  }
}

const usage = (command: string): LocalAnswer => ({ ok: false, answer: USAGE[command] });

async function onDatabase(
  { env }: LocalCall,
  work: (place: Place) => Promise<LocalAnswer>,
): Promise<LocalAnswer> {
  const loaded = loadConfig(env);
  if (!loaded.ok) return { ok: false, answer: loaded.problems.join('\n') };
  const { config } = loaded;
  const keyPath = dataKeyPath(config);
  const log = silentLog();
  try {
    const keys = readDataKeysAgain(keyPath);
    const cipher = createPersonalData(keys.current, keys.former);
    const answer = await withOwnDatabase(config, log, async (url) => {
      await migrate({ url, clock: systemClock, log });
      const pool = createPool(url, { applicationName: 'yinling admin', log, max: 2 });
      try {
        await checkDataKey(pool, cipher);
        return await work({ pool, keyPath, keys, cipher, nowAt: systemClock.now() });
      } finally {
        await pool.end();
      }
    });
    return answer ?? { ok: false, answer: 'there is no database' };
  } catch (error) {
    if (error instanceof SealError || (error instanceof Error && 'code' in error))
      return { ok: false, answer: error.message };
    throw error;
  }
}
