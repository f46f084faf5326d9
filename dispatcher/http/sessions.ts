import { hashSecret, newSecret } from '../../platform/crypto/secrets.ts';
import { hashPassword, needsRehash, verifyPassword } from '../../platform/crypto/password.ts';
import type { Clock } from '../../platform/clock.ts';
import { inTransaction, type Pool } from '../../platform/database.ts';
import type { UserRole } from '../../schemas/registry.ts';
import { toIso } from '../../schemas/ids.ts';
import { writeAudit } from '../registry/audit-log.ts';
import { FORGET_AFTER_MS, waitAfter } from './login-throttle.ts';
import { Turns } from './turns.ts';

export const SESSION_MS = 12 * 3_600_000;

/** A user as `GET /me` and the login show it. */
export interface SessionUser {
  username: string;
  role: UserRole;
  /** Empty: the whole district. */
  streets: string[];
  caregiverId: string | null;
}

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long, and is false, where there is no hash (no such user). */
  verify(password: string, hash: string | undefined): Promise<boolean>;
  /** Whether a hash that has just matched is of an older kind. */
  isOutdated(hash: string): boolean;
}
export const scryptPasswords: Passwords = {
  hash: (password) => hashPassword(password),
  verify: verifyPassword,
  isOutdated: needsRehash,
};

export type LoginResult =
  | { ok: true; token: string; user: SessionUser; expiresAt: string }
  | { ok: false; code: 'wrong' }
  | { ok: false; code: 'throttled'; retryAfterMs: number };

/** Of one username from one address: parallel guesses win no more than this. */
const LOGINS_AT_ONCE = 4;
const LONGEST_LINE = 256;
/**
 * Passwords hashed at a time, whoever they are of: each takes a core for a fifth of a second, and alarms need one
 * while everybody logs in at the change of shifts.
 */
export const HASHES_AT_ONCE = 1;
/** Logins waiting for that; whoever comes later is told to come again. */
export const LONGEST_HASH_LINE = 64;
const COME_AGAIN_MS = 5_000;

/**
 * Sessions: random tokens, stored only as hashes, so that a stolen database opens no door. Role and scope are read with
 * every request: what an administrator changes holds at once.
 */
export class Sessions {
  readonly #pool: Pool;
  readonly #clock: Clock;
  readonly #passwords: Passwords;
  readonly #turns = new Turns({ atOnce: LOGINS_AT_ONCE, longest: LONGEST_LINE });
  readonly #hashing = new Turns({ atOnce: HASHES_AT_ONCE, longest: LONGEST_HASH_LINE });

  constructor(pool: Pool, clock: Clock, passwords: Passwords) {
    this.#pool = pool;
    this.#clock = clock;
    this.#passwords = passwords;
  }

  /** Guesses at one username from one address are taken a few at a time, so that parallel ones win little. */
  async login(username: string, password: string, address: string): Promise<LoginResult> {
    const result = await this.#turns.take(`${username}\n${address}`, () =>
      this.#login(username, password, address),
    );
    return result ?? { ok: false, code: 'throttled', retryAfterMs: waitAfter(Infinity) };
  }

  /** The user of a live session; undefined for any other token. */
  async find(token: string): Promise<SessionUser | undefined> {
    const { rows } = await this.#pool.query<UserRow>(
      `select u.username, u.role, u.streets, u.caregiver_id from sessions s join users u using (username)
       where s.token_hash = $1 and s.expires_at > $2 and u.retired_at is null`,
      [hashSecret(token), toIso(this.#clock.now())],
    );
    return rows[0] && userOf(rows[0]);
  }

  async end(token: string, user: SessionUser, address: string): Promise<void> {
    await inTransaction(this.#pool, async (tx) => {
      await tx.query('delete from sessions where token_hash = $1', [hashSecret(token)]);
      await writeAudit(tx, { ...user, address }, this.#clock.now(), {
        action: 'session.logout',
        object: `user:${user.username}`,
      });
    });
  }

  async #login(username: string, password: string, address: string): Promise<LoginResult> {
    const nowAt = this.#clock.now();
    const blockedUntil = await this.#blockedUntil(username, address);
    if (blockedUntil > nowAt) return { ok: false, code: 'throttled', retryAfterMs: blockedUntil - nowAt };
    const { rows } = await this.#pool.query<UserRow & { password_hash: string }>(
      'select username, role, streets, caregiver_id, password_hash from users where username = $1 and retired_at is null',
      [username],
    );
    const [row] = rows;
    const matches = await this.#hashing.take('', () => this.#passwords.verify(password, row?.password_hash));
    if (matches === undefined) return { ok: false, code: 'throttled', retryAfterMs: COME_AGAIN_MS };
    if (!row || !matches) {
      await this.#recordFailure(username, address, row);
      return { ok: false, code: 'wrong' };
    }
    if (this.#passwords.isOutdated(row.password_hash)) await this.#rehash(row, password);
    return this.#open(userOf(row), address);
  }

  async #rehash(
    { username, password_hash }: UserRow & { password_hash: string },
    password: string,
  ): Promise<void> {
    await this.#pool.query('update users set password_hash = $3 where username = $1 and password_hash = $2', [
      username,
      password_hash,
      await this.#passwords.hash(password),
    ]);
  }

  async #blockedUntil(username: string, address: string): Promise<number> {
    const { rows } = await this.#pool.query<{ blocked_until: Date }>(
      'select blocked_until from login_failures where subject = $1 and address = $2',
      [subjectOf(username), address],
    );
    return rows[0]?.blocked_until.getTime() ?? 0;
  }

  async #recordFailure(username: string, address: string, row: UserRow | undefined): Promise<void> {
    const nowAt = this.#clock.now();
    await inTransaction(this.#pool, async (tx) => {
      const { rows } = await tx.query<{ failures: number }>(
        `insert into login_failures as f (subject, address, failures, last_at, blocked_until) values ($1, $2, 1, $3, $3)
         on conflict (subject, address) do update set
           failures = case when f.last_at > $4 then f.failures + 1 else 1 end, last_at = excluded.last_at
         returning failures`,
        [subjectOf(username), address, toIso(nowAt), toIso(nowAt - FORGET_AFTER_MS)],
      );
      const failures = rows[0]?.failures ?? 1;
      const waitMs = waitAfter(failures);
      await tx.query('update login_failures set blocked_until = $3 where subject = $1 and address = $2', [
        subjectOf(username),
        address,
        toIso(nowAt + waitMs),
      ]);
      const who = { username: row?.username ?? 'unknown', role: row?.role ?? '', address };
      await writeAudit(tx, who, nowAt, {
        action: 'session.refused',
        object: row ? `user:${row.username}` : 'user:unknown',
        detail: { failures, waitMs },
      });
    });
  }

  async #open(user: SessionUser, address: string): Promise<LoginResult> {
    const nowAt = this.#clock.now();
    const token = newSecret();
    const expiresAt = toIso(nowAt + SESSION_MS);
    await inTransaction(this.#pool, async (tx) => {
      await tx.query('delete from login_failures where subject = $1 and address = $2', [
        subjectOf(user.username),
        address,
      ]);
      await tx.query(
        'insert into sessions (token_hash, username, created_at, expires_at) values ($1, $2, $3, $4)',
        [hashSecret(token), user.username, toIso(nowAt), expiresAt],
      );
      await writeAudit(tx, { ...user, address }, nowAt, {
        action: 'session.login',
        object: `user:${user.username}`,
      });
    });
    await this.#sweep(nowAt);
    return { ok: true, token, user, expiresAt };
  }

  /** What is over, in passing. Rows that another login sweeps are left to it, so that none waits. */
  async #sweep(nowAt: number): Promise<void> {
    await this.#pool.query(
      `delete from sessions where token_hash in
         (select token_hash from sessions where expires_at <= $1 limit 100 for update skip locked)`,
      [toIso(nowAt)],
    );
    await this.#pool.query(
      `delete from login_failures where (subject, address) in
         (select subject, address from login_failures where last_at <= $1 limit 100 for update skip locked)`,
      [toIso(nowAt - FORGET_AFTER_MS)],
    );
  }
}

/** People type passwords into the name's field: what was tried is counted without being written down. */
const subjectOf = hashSecret;
/** Names a session in this process without being able to open it. */
export const sessionKey = (token: string): string => hashSecret(token).toString('hex');

interface UserRow {
  username: string;
  role: UserRole;
  streets: string[];
  caregiver_id: string | null;
}
const userOf = (row: UserRow): SessionUser => ({
  username: row.username,
  role: row.role,
  streets: row.streets,
  caregiverId: row.caregiver_id,
});
