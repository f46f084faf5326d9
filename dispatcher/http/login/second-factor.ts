import { randomBytes } from 'node:crypto';
import type { PersonalData } from '../../../platform/crypto/personal-data.ts';
import { hashSecret } from '../../../platform/crypto/secrets.ts';
import { base32, otpauthUri, totpStepOf } from '../../../platform/crypto/totp.ts';
import { inTransaction, type Pool } from '../../../platform/database.ts';
import { toIso } from '../../../schemas/ids.ts';
import type { Actor } from '../../ports.ts';
import { type Auditor, writeAudit } from '../../registry/audit-log.ts';

export const ISSUER = 'Yinling';
/** RFC 4226, section 4: at least 128 bits; 160 are what apps expect. */
const SECRET_BYTES = 20;
const RECOVERY_CODES = 10;
/** 80 bits each: they are kept as plain hashes, like every random secret of ours. */
const RECOVERY_BYTES = 10;

export type SecondFactorMeans = 'totp' | 'recovery';

/**
 * A second factor beside the password: codes of an app (RFC 6238), and ten recovery codes for a lost telephone. It asks
 * for nothing until one code has shown that the app has the secret.
 */
export class SecondFactor {
  readonly #pool: Pool;
  readonly #now: () => number;
  readonly #cipher: Pick<PersonalData, 'seal' | 'open'>;

  constructor(pool: Pool, now: () => number, cipher: Pick<PersonalData, 'seal' | 'open'>) {
    this.#pool = pool;
    this.#now = now;
    this.#cipher = cipher;
  }

  /** Whether a login of this user needs a code. */
  async isOn(username: string): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      'select from user_totp where username = $1 and confirmed_at is not null',
      [username],
    );
    return rowCount === 1;
  }

  /** A new secret, told this once; undefined: a factor is on, and must be ended first. */
  async begin(actor: Actor): Promise<{ secret: string; otpauthUri: string } | undefined> {
    const secret = randomBytes(SECRET_BYTES);
    const { rowCount } = await this.#pool.query(
      `insert into user_totp (username, secret, created_at) values ($1, $2, $3)
       on conflict (username) do update set secret = excluded.secret, created_at = excluded.created_at, last_step = 0
         where user_totp.confirmed_at is null`,
      [actor.username, this.#cipher.seal(secret.toString('base64')), toIso(this.#now())],
    );
    if (rowCount !== 1) return undefined;
    return { secret: base32(secret), otpauthUri: otpauthUri(ISSUER, actor.username, secret) };
  }

  /** Turns it on with a first code; gives the recovery codes, told this once. undefined: the code is wrong. */
  async confirm(actor: Actor, code: string): Promise<string[] | undefined> {
    const nowAt = this.#now();
    return inTransaction(this.#pool, async (tx) => {
      const { rows } = await tx.query<{ secret: Uint8Array }>(
        'select secret from user_totp where username = $1 and confirmed_at is null for update',
        [actor.username],
      );
      const [row] = rows;
      const step = row && totpStepOf(this.#open(row.secret), code, nowAt, 0);
      if (step === undefined) return undefined;
      const codes = Array.from({ length: RECOVERY_CODES }, () => base32(randomBytes(RECOVERY_BYTES)));
      await tx.query(
        'update user_totp set confirmed_at = $2, last_step = $3, recovery = $4 where username = $1',
        [actor.username, toIso(nowAt), step, codes.map(hashSecret)],
      );
      await writeAudit(tx, actor, nowAt, {
        action: 'user.second-factor.on',
        object: `user:${actor.username}`,
      });
      return codes;
    });
  }

  /** Whether the code is good, which it then was for the last time. */
  async spend(username: string, code: string): Promise<SecondFactorMeans | undefined> {
    const typed = code.replaceAll(/[\s-]/g, '').toUpperCase();
    const { rows } = await this.#pool.query<{ secret: Uint8Array; last_step: number }>(
      'select secret, last_step from user_totp where username = $1 and confirmed_at is not null',
      [username],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    const step = totpStepOf(this.#open(row.secret), typed, this.#now(), row.last_step);
    if (step !== undefined) {
      const taken = await this.#pool.query(
        'update user_totp set last_step = $2 where username = $1 and last_step < $2',
        [username, step],
      );
      return taken.rowCount === 1 ? 'totp' : undefined;
    }
    const taken = await this.#pool.query(
      'update user_totp set recovery = array_remove(recovery, $2) where username = $1 and $2 = any(recovery)',
      [username, hashSecret(typed)],
    );
    return taken.rowCount === 1 ? 'recovery' : undefined;
  }

  /** Off again, by its owner or an administrator; false: there was none. */
  async end(username: string, actor: Actor): Promise<boolean> {
    return endSecondFactor(this.#pool, username, actor, this.#now());
  }

  /** How many recovery codes are left; undefined: no second factor. */
  async recoveryCodesLeft(username: string): Promise<number | undefined> {
    const { rows } = await this.#pool.query<{ left: number }>(
      'select cardinality(recovery) as left from user_totp where username = $1 and confirmed_at is not null',
      [username],
    );
    return rows[0]?.left;
  }

  #open(sealed: Uint8Array): Buffer {
    return Buffer.from(String(this.#cipher.open(sealed)), 'base64');
  }
}

/** Takes a second factor off; false: there was none. */
export async function endSecondFactor(
  pool: Pool,
  username: string,
  by: Auditor,
  nowAt: number,
): Promise<boolean> {
  return inTransaction(pool, async (tx) => {
    const { rowCount } = await tx.query('delete from user_totp where username = $1', [username]);
    if (rowCount !== 1) return false;
    await writeAudit(tx, by, nowAt, { action: 'user.second-factor.off', object: `user:${username}` });
    return true;
  });
}
