import { constants, type Stats } from 'node:fs';
import { access, readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EmbeddedPostgresError, errnoOf } from './errors.ts';

/** Whom the server runs as; undefined: as ourselves. PostgreSQL refuses to run as root. */
export type RunUser = { readonly uid: number; readonly gid: number } | undefined;

/** Accounts that a root service takes on for its database, the first that exists. initdb wants one with an entry. */
const ACCOUNTS = ['postgres', '_postgres', 'nobody'];

/** `uid:gid` of the first of `names` in the text of /etc/passwd. */
export function findAccount(passwd: string, names: readonly string[] = ACCOUNTS): RunUser {
  const entries = passwd.split('\n').map((line) => line.split(':'));
  for (const name of names) {
    const entry = entries.find((fields) => fields[0] === name);
    const [uid, gid] = [Number(entry?.[2]), Number(entry?.[3])];
    // macOS writes nobody's -2 as such
    if (Number.isInteger(uid) && Number.isInteger(gid) && uid !== 0)
      return { uid: uid >>> 0, gid: gid >>> 0 };
  }
  return undefined;
}

/** Whom to run the cluster in `cluster` as, which need not exist yet: its owner if it has one. */
export async function chooseRunUser(cluster: string): Promise<RunUser> {
  const owner = await stat(cluster).catch(() => undefined);
  const ourUid = process.getuid?.();
  if (ourUid === undefined)
    throw new EmbeddedPostgresError(
      'no_package',
      `no embedded PostgreSQL on ${process.platform}: set DATABASE_URL`,
    );
  if (ourUid !== 0) {
    if (owner && owner.uid !== ourUid)
      throw new EmbeddedPostgresError(
        'wrong_user',
        `${cluster} belongs to user ${owner.uid}, this is user ${ourUid}: start the service as before, or change the owner`,
      );
    return undefined;
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const account = findAccount(await readFile('/etc/passwd', 'utf8'));
  if (!account)
    throw new EmbeddedPostgresError(
      'wrong_user',
      `PostgreSQL does not run as root, and none of the users ${ACCOUNTS.join(', ')} exists: start as an ordinary user, or set DATABASE_URL`,
    );
  return account;
}

type Modes = Pick<Stats, 'mode' | 'uid' | 'gid'>;

/** By the permission bits alone, as for a user without further groups; `bits` of rwx, e.g. 0o5. */
export function permits(user: NonNullable<RunUser>, { mode, uid, gid }: Modes, bits: number): boolean {
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  return ((mode >> shift) & bits) === bits;
}

/** Whether that user can get to `path` and read it (and enter or execute it, if `executable`). */
export async function canReach(user: RunUser, path: string, executable = false): Promise<boolean> {
  try {
    if (!user) {
      await access(path, executable ? constants.R_OK | constants.X_OK : constants.R_OK);
      return true;
    }
    const real = await realpath(path);
    if (!permits(user, await stat(real), executable ? 0o5 : 0o4)) return false;
    for (let above = dirname(real), below = real; above !== below; below = above, above = dirname(above))
      if (!permits(user, await stat(above), 0o1)) return false;
    return true;
  } catch (error) {
    if (errnoOf(error) !== undefined) return false;
    throw error;
  }
}
