import { lstatSync, mkdirSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** In `DATA_DIR`. */
const FOLDER = 'compiled';

/**
 * Programs loaded from now on are kept as V8 has compiled them (types stripped, too), in `DATA_DIR/compiled`: a start
 * takes them from there instead of compiling some 1,400 files anew, if they have not changed. Node looks after that, and
 * keeps what each of its versions has compiled apart; where `NODE_COMPILE_CACHE` is set it keeps them there instead. What
 * lies there is run, so a folder that others may write in is not used. Returns the folder; undefined: there is none, and
 * everything is compiled as ever.
 */
export function keepCompiled(env: Readonly<Record<string, string | undefined>>): string | undefined {
  try {
    const dataDir = resolve(env['DATA_DIR']?.trim() || '.data');
    // By Node's own making: in `/proc` that goes on for ever
    if (env['NODE_COMPILE_CACHE'] === undefined) ownFolder(join(dataDir, FOLDER));
    return enableCompileCache(join(dataDir, FOLDER)).directory;
  } catch {
    return undefined;
  }
}

/** Writes what is new of it: Node does so at its end, which a process that is killed does not come to. */
export function saveCompiled(): void {
  flushCompileCache();
}

function ownFolder(path: string): void {
  make(path);
  const { mode, uid } = lstatSync(path);
  if ((mode & 0o022) !== 0 || uid !== process.getuid?.()) throw new Error(`${path} is not ours alone`);
}

function make(path: string): void {
  const parent = dirname(path);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || lstatSync(parent, { throwIfNoEntry: false }) !== undefined) throw error;
    make(parent);
    mkdirSync(path, { mode: 0o700 });
  }
}
