import { chown, lchown, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunUser } from './run-user.ts';

/** Readable by the server and us, on disk when this resolves. */
export async function writeFor(user: RunUser, path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    if (user) await file.chown(user.uid, user.gid);
    await file.sync();
  } finally {
    await file.close();
  }
}

export async function append(path: string, text: string): Promise<void> {
  const file = await open(path, 'a');
  try {
    await file.appendFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename is on disk once its folder is. */
export async function sync(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The folder and everything in it. */
export async function giveTo(user: NonNullable<RunUser>, folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    await lchown(join(entry.parentPath, entry.name), user.uid, user.gid);
  await chown(folder, user.uid, user.gid);
}
