import { randomBytes } from 'node:crypto';
import { inTransaction, type Pool } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import { writeAudit } from './audit-log.ts';
import { ADMIN_USERNAME } from './kinds/users.ts';

export interface AdminOptions {
  /** ADMIN_PASSWORD; absent: made once. */
  password: string | undefined;
  nowAt: number;
  passwords: {
    hash(password: string): Promise<string>;
    verify(password: string, hash: string | undefined): Promise<boolean>;
  };
}

/**
 * Sees to the user `admin`, at every start: a given password is applied, and ends older sessions if it is another one;
 * without one an existing user is left alone and a missing one gets a made password. Returns what was made, for the
 * root to print once; undefined otherwise.
 */
export async function prepareAdmin(pool: Pool, options: AdminOptions): Promise<string | undefined> {
  const { password, nowAt, passwords } = options;
  return inTransaction(pool, async (tx) => {
    // Several servers may start at once.
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('yinling admin user', 0))`);
    const { rows } = await tx.query<{ password_hash: string; retired: boolean; role: string }>(
      'select password_hash, role, retired_at is not null as retired from users where username = $1',
      [ADMIN_USERNAME],
    );
    const [admin] = rows;
    const whole = admin !== undefined && !admin.retired && admin.role === 'admin';
    if (whole && (password === undefined || (await passwords.verify(password, admin.password_hash))))
      return undefined;
    const made = password === undefined ? randomBytes(15).toString('base64url') : undefined;
    await tx.query(
      `insert into users (username, password_hash, role, created_at) values ($1, $2, 'admin', $3)
       on conflict (username) do update set
         password_hash = excluded.password_hash, role = 'admin', streets = '{}', retired_at = null,
         version = users.version + 1`,
      [ADMIN_USERNAME, await passwords.hash(password ?? made ?? ''), toIso(nowAt)],
    );
    await tx.query('delete from sessions where username = $1', [ADMIN_USERNAME]);
    await writeAudit(tx, { username: 'system', role: '', address: '' }, nowAt, {
      action: admin === undefined ? 'user.create' : 'user.change',
      object: `user:${ADMIN_USERNAME}`,
    });
    return made;
  });
}
