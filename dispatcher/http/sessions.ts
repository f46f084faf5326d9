import { hashSecret, newSecret } from '../../platform/crypto/secrets.ts';
import { hashPassword, needsRehash, verifyPassword } from '../../platform/crypto/password.ts';
import type { Clock } from '../../platform/clock.ts';
import { inTransaction, type Pool } from '../../platform/database.ts';
import type { UserRole } from '../../schemas/registry.ts';
import { toIso } from '../../schemas/ids.ts';
import type { Actor } from '../ports.ts';
import { writeAudit } from '../registry/audit-log.ts';
import { LoginLimits } from './login/login-limits.ts';
import type { SecondFactor, SecondFactorMeans } from './login/second-factor.ts';
import { waitAfter } from './login-throttle.ts';
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

export type LoginResult = { ok: true; token: string; user: SessionUser; expiresAt: string } | LoginRefusal;
/** `code_needed`: the password is right, and the user has a second factor. */
export type LoginRefusal =
  | { ok: false; code: 'wrong' | 'code_needed' | 'wrong_code' }
  | { ok: false; code: 'throttled'; retryAfterMs: number };

/** How somebody came in. */
export type Means = 'password' | SecondFactorMeans | 'oidc';

/** A session as its owner and administrators see it. */
export interface SessionView {
  /** Names it without opening it. */
  id: string;
  username: string;
  createdAt: string;
  expiresAt: string;
  address: string;
  means: Means;
}

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
  readonly #secondFactor: SecondFactor;
  readonly #limits: LoginLimits;
  readonly #turns = new Turns({ atOnce: LOGINS_AT_ONCE, longest: LONGEST_LINE });
  readonly #hashing = new Turns({ atOnce: HASHES_AT_ONCE, longest: LONGEST_HASH_LINE });

  constructor(pool: Pool, clock: Clock, passwords: Passwords, secondFactor: SecondFactor) {
    this.#pool = pool;
    this.#clock = clock;
    this.#passwords = passwords;
    this.#secondFactor = secondFactor;
    this.#limits = new LoginLimits(pool);
  }

  /** Guesses at one username from one address are taken a few at a time, so that parallel ones win little. */
  async login(username: string, password: string, address: string, code?: string): Promise<LoginResult> {
    return this.#inTurn(username, address, async () => {
      const row = await this.#withPassword(username, password, address);
      if ('ok' in row) return row;
      if (!(await this.#secondFactor.isOn(username))) return this.open(userOf(row), address, 'password');
      if (code === undefined || code === '') return { ok: false, code: 'code_needed' };
      const means = await this.#secondFactor.spend(username, code);
      if (means !== undefined) return this.open(userOf(row), address, means);
      await this.#recordFailure(username, address, row, 'code');
      return { ok: false, code: 'wrong_code' };
    });
  }

  /** Whether it is their password, before something that an open session alone must not do; limited like a login. */
  async confirm(username: string, password: string, address: string): Promise<{ ok: true } | LoginRefusal> {
    return this.#inTurn<{ ok: true }>(username, address, async () => {
      const row = await this.#withPassword(username, password, address);
      return 'ok' in row ? row : { ok: true };
    });
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

  /** Live sessions, the newest first; of everybody if `username` is undefined. */
  async list(username: string | undefined): Promise<SessionView[]> {
    const { rows } = await this.#pool.query<SessionRow>(
      `select token_hash, username, created_at, expires_at, address, means from sessions
       where expires_at > $1 and ($2::text is null or username = $2) order by created_at desc, token_hash limit 1000`,
      [toIso(this.#clock.now()), username ?? null],
    );
    return rows.map((row) => ({
      id: row.token_hash.toString('hex'),
      username: row.username,
      createdAt: row.created_at.toISOString(),
      expiresAt: row.expires_at.toISOString(),
      address: row.address,
      means: row.means,
    }));
  }

  /** Ends a session by its name; false: there is none of that name, or it is of another than `username`. */
  async revoke(id: string, username: string | undefined, actor: Actor): Promise<boolean> {
    return inTransaction(this.#pool, async (tx) => {
      const { rows } = await tx.query<{ username: string }>(
        `delete from sessions where token_hash = decode($1, 'hex') and ($2::text is null or username = $2)
         returning username`,
        [id, username ?? null],
      );
      const [ended] = rows;
      if (ended === undefined) return false;
      await writeAudit(tx, actor, this.#clock.now(), {
        action: 'session.revoke',
        object: `user:${ended.username}`,
      });
      return true;
    });
  }

  /** For somebody whom others vouch for; undefined: there is no user of that name, and none is made. */
  async openFor(
    username: string,
    address: string,
    means: Means,
  ): Promise<(LoginResult & { ok: true }) | undefined> {
    const { rows } = await this.#pool.query<UserRow>(
      'select username, role, streets, caregiver_id from users where username = $1 and retired_at is null',
      [username],
    );
    const [row] = rows;
    if (row !== undefined) return this.open(userOf(row), address, means);
    const nobody = { username: 'unknown', role: '', address };
    await writeAudit(this.#pool, nobody, this.#clock.now(), {
      action: 'session.refused',
      object: 'user:unknown',
      detail: { means },
    });
    return undefined;
  }

  /** Opens a session for somebody who has shown who they are. */
  async open(user: SessionUser, address: string, means: Means): Promise<LoginResult & { ok: true }> {
    const nowAt = this.#clock.now();
    const token = newSecret();
    const expiresAt = toIso(nowAt + SESSION_MS);
    await inTransaction(this.#pool, async (tx) => {
      await this.#limits.forget(tx, user.username, address);
      await tx.query(
        `insert into sessions (token_hash, username, created_at, expires_at, address, means)
         values ($1, $2, $3, $4, $5, $6)`,
        [hashSecret(token), user.username, toIso(nowAt), expiresAt, address, means],
      );
      await writeAudit(tx, { ...user, address }, nowAt, {
        action: 'session.login',
        object: `user:${user.username}`,
        ...(means !== 'password' && { detail: { means } }),
      });
    });
    await this.#sweep(nowAt);
    return { ok: true, token, user, expiresAt };
  }

  async #inTurn<T extends { ok: boolean }>(
    username: string,
    address: string,
    work: () => Promise<T | LoginRefusal>,
  ): Promise<T | LoginRefusal> {
    const result = await this.#turns.take(`${username}\n${address}`, work);
    return result ?? { ok: false, code: 'throttled', retryAfterMs: waitAfter(Infinity) };
  }

  async #withPassword(username: string, password: string, address: string): Promise<UserRow | LoginRefusal> {
    const nowAt = this.#clock.now();
    const blockedUntil = await this.#limits.blockedUntil(username, address, nowAt);
    if (blockedUntil > nowAt) return { ok: false, code: 'throttled', retryAfterMs: blockedUntil - nowAt };
    const { rows } = await this.#pool.query<UserRow & { password_hash: string }>(
      'select username, role, streets, caregiver_id, password_hash from users where username = $1 and retired_at is null',
      [username],
    );
    const [row] = rows;
    const matches = await this.#hashing.take('', () => this.#passwords.verify(password, row?.password_hash));
    if (matches === undefined) return { ok: false, code: 'throttled', retryAfterMs: COME_AGAIN_MS };
    if (!row || !matches) {
      await this.#recordFailure(username, address, row, 'password');
      return { ok: false, code: 'wrong' };
    }
    if (this.#passwords.isOutdated(row.password_hash)) await this.#rehash(row, password);
    return row;
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

  async #recordFailure(
    username: string,
    address: string,
    row: UserRow | undefined,
    wrong: 'password' | 'code',
  ): Promise<void> {
    const nowAt = this.#clock.now();
    await inTransaction(this.#pool, async (tx) => {
      const { failures, waitMs } = await this.#limits.failed(tx, username, address, nowAt);
      const who = { username: row?.username ?? 'unknown', role: row?.role ?? '', address };
      await writeAudit(tx, who, nowAt, {
        action: 'session.refused',
        object: row ? `user:${row.username}` : 'user:unknown',
        detail: { failures, waitMs, wrong },
      });
    });
  }

  /** What is over, in passing. Rows that another login sweeps are left to it, so that none waits. */
  async #sweep(nowAt: number): Promise<void> {
    await this.#pool.query(
      `delete from sessions where token_hash in
         (select token_hash from sessions where expires_at <= $1 limit 100 for update skip locked)`,
      [toIso(nowAt)],
    );
    await this.#limits.sweep(nowAt);
  }
}

/** Names a session in this process without being able to open it. */
export const sessionKey = (token: string): string => hashSecret(token).toString('hex');

interface UserRow {
  username: string;
  role: UserRole;
  streets: string[];
  caregiver_id: string | null;
}
interface SessionRow {
  token_hash: Buffer;
  username: string;
  created_at: Date;
  expires_at: Date;
  address: string;
  means: Means;
}
const userOf = (row: UserRow): SessionUser => ({
  username: row.username,
  role: row.role,
  streets: row.streets,
  caregiverId: row.caregiver_id,
});
