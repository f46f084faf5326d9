import { hashSecret } from '../../../platform/crypto/secrets.ts';
import type { Pool, Queryable } from '../../../platform/database.ts';
import { toIso } from '../../../schemas/ids.ts';
import {
  FORGET_AFTER_MS,
  FREE_FAILURES_OF_ADDRESS,
  FREE_FAILURES_OF_USER,
  KNOWN_FOR_MS,
  waitAfter,
} from '../login-throttle.ts';

/** People type passwords into the name's field: what was tried is counted without being written down. */
const subjectOf = hashSecret;
const ANY_ADDRESS = '*';
/** Usernames are not empty, so this is nobody's. */
const ANYBODY = subjectOf('');

/** How long a username, an address, and the two together must wait; kept in the database, for every server alike. */
export class LoginLimits {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** 0: may try now. */
  async blockedUntil(username: string, address: string, nowAt: number): Promise<number> {
    const { rows } = await this.#pool.query<{ blocked_until: Date; wide: boolean }>(
      `select blocked_until, (subject, address) <> ($1, $2) as wide from login_failures
       where blocked_until > $5 and (subject, address) in (($1, $2), ($1, $3), ($4, $2))`,
      [subjectOf(username), address, ANY_ADDRESS, ANYBODY, toIso(nowAt)],
    );
    const exempt = rows.some(({ wide }) => wide) && (await this.#isKnown(username, address, nowAt));
    const times = rows.filter(({ wide }) => !(wide && exempt)).map((row) => row.blocked_until.getTime());
    return Math.max(0, ...times);
  }

  /** How often these two have failed now, and how long they must wait. */
  async failed(
    tx: Queryable,
    username: string,
    address: string,
    nowAt: number,
  ): Promise<{ failures: number; waitMs: number }> {
    const { rows } = await tx.query<{ failures: number }>(
      `insert into login_failures as f (subject, address, failures, last_at, blocked_until) values ($1, $2, 1, $3, $3)
       on conflict (subject, address) do update set
         failures = case when f.last_at > $4 then f.failures + 1 else 1 end, last_at = excluded.last_at
       returning failures`,
      [subjectOf(username), address, toIso(nowAt), toIso(nowAt - FORGET_AFTER_MS)],
    );
    const failures = rows[0]?.failures ?? 1;
    const waitMs = waitAfter(failures);
    await this.#block(tx, subjectOf(username), address, nowAt + waitMs);
    await this.#failedWithin(tx, subjectOf(username), ANY_ADDRESS, FREE_FAILURES_OF_USER, nowAt);
    await this.#failedWithin(tx, ANYBODY, address, FREE_FAILURES_OF_ADDRESS, nowAt);
    return { failures, waitMs };
  }

  /** After a success: the slips before it. What others failed stays counted. */
  async forget(tx: Queryable, username: string, address: string): Promise<void> {
    await tx.query('delete from login_failures where subject = $1 and address = $2', [
      subjectOf(username),
      address,
    ]);
  }

  /** What is over, in passing. Rows that another login sweeps are left to it, so that none waits. */
  async sweep(nowAt: number): Promise<void> {
    await this.#pool.query(
      `delete from login_failures where (subject, address) in
         (select subject, address from login_failures where last_at <= $1 limit 100 for update skip locked)`,
      [toIso(nowAt - FORGET_AFTER_MS)],
    );
  }

  async #failedWithin(
    tx: Queryable,
    subject: Buffer,
    address: string,
    free: number,
    nowAt: number,
  ): Promise<void> {
    const { rows } = await tx.query<{ failures: number }>(
      `insert into login_failures as f (subject, address, failures, last_at, blocked_until, since_at)
       values ($1, $2, 1, $3, $3, $3)
       on conflict (subject, address) do update set
         failures = case when f.since_at > $4 then f.failures + 1 else 1 end,
         since_at = case when f.since_at > $4 then f.since_at else excluded.since_at end,
         last_at = excluded.last_at
       returning failures`,
      [subject, address, toIso(nowAt), toIso(nowAt - FORGET_AFTER_MS)],
    );
    const waitMs = waitAfter(rows[0]?.failures ?? 1, free);
    if (waitMs > 0) await this.#block(tx, subject, address, nowAt + waitMs);
  }

  async #block(tx: Queryable, subject: Buffer, address: string, untilAt: number): Promise<void> {
    await tx.query('update login_failures set blocked_until = $3 where subject = $1 and address = $2', [
      subject,
      address,
      toIso(untilAt),
    ]);
  }

  async #isKnown(username: string, address: string, nowAt: number): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      `select from audit where who = $1 and action = 'session.login' and address = $2 and at > $3 limit 1`,
      [username, address, toIso(nowAt - KNOWN_FOR_MS)],
    );
    return rowCount === 1;
  }
}
