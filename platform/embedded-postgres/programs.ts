import { EmbeddedPostgresError, errnoOf } from './errors.ts';
import { canReach, type RunUser } from './run-user.ts';

/** Nothing of our environment: it holds secrets, and the server outlives us. */
export const PROGRAM_ENV = { LANG: 'C', LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' };

export function cannotRun(program: string, user: RunUser, cause: unknown): EmbeddedPostgresError {
  const why: Record<string, string> = {
    ENOENT: 'this system lacks the GNU C library it is built for',
    EACCES: 'the file system forbids running programs',
    EPERM: `this process may not become user ${user?.uid}: start as an ordinary user`,
  };
  const reason = why[errnoOf(cause) ?? ''] ?? String(cause);
  return new EmbeddedPostgresError('cannot_run', `${program} cannot run: ${reason}; or set DATABASE_URL`, {
    cause,
  });
}

/**
 * How the server calls its folder. One that its user cannot get to by path (below a home of mode 700) it calls by way of
 * its working folder, which we enter for it: so the data stay in DATA_DIR, with its volume and its backup.
 */
export async function addressOf(folder: string, user: RunUser): Promise<string> {
  if (await canReach(user, folder, true)) return folder;
  if (process.platform === 'linux') return '/proc/self/cwd';
  throw new EmbeddedPostgresError(
    'wrong_user',
    `user ${user?.uid}, as whom the database runs, cannot reach ${folder}: choose another DATA_DIR, or start as an ordinary user`,
  );
}
