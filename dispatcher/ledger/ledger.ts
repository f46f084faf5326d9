import { randomBytes } from 'node:crypto';
import type { Queryable, Transaction } from '../../platform/database.ts';
import type { NewId } from '../../platform/ids.ts';
import { toIso } from '../../schemas/ids.ts';
import { noteDigest } from './chain.ts';

/**
 * The time bank (时间银行): minutes of volunteers' visits go in, are drawn on later. Double entry: what an account
 * gains, the bank's own account loses, so all accounts together are zero (I12). Nothing is ever changed or removed.
 */
export const ISSUED_ACCOUNT = 'bank:issued';
export const REDEEMED_ACCOUNT = 'bank:redeemed';

/** Seals what is personal about a transaction. */
export interface NoteCipher {
  seal(value: unknown): Uint8Array;
  open(sealed: Uint8Array): unknown;
}

export interface CompletedVisit {
  orderId: string;
  caregiverId: string;
  /** Whole, at least 1. */
  minutes: number;
  /** ms since the epoch. */
  completedAt: number;
}

/**
 * Deposits a volunteer's visit, once per order, in the caller's transaction: call it where the order completes, and as
 * often as that is retried. Other caregivers' visits are paid otherwise. True if this call made the deposit.
 */
export async function depositVisit(tx: Queryable, visit: CompletedVisit): Promise<boolean> {
  const id = `visit_${visit.orderId}`;
  const made = await tx.query(
    `insert into ledger_transactions (id, kind, at, ref, by_whom)
     select $1, 'deposit', $3, $2, 'system' from caregivers where id = $4 and role = 'volunteer'
     on conflict do nothing`,
    [id, visit.orderId, toIso(visit.completedAt), visit.caregiverId],
  );
  if (made.rowCount !== 1) return false;
  await insertEntries(tx, id, ISSUED_ACCOUNT, visit.caregiverId, visit.minutes);
  return true;
}

export interface Redemption {
  accountId: string;
  minutes: number;
  /** What or whom the minutes are spent on; personal, sealed. */
  for: string;
  /** The beneficiary's relation to the volunteer, e.g. `mother`. */
  relation?: string | undefined;
  /** Makes a retry harmless: the same id and content again changes nothing. */
  id?: string | undefined;
}
export interface RedemptionContext {
  by: string;
  nowAt: number;
  newId: NewId;
  notes: NoteCipher;
}
export type RedeemResult =
  | { ok: true; transactionId: string; balance: number; changed: boolean }
  | { ok: false; code: 'no_account' }
  | { ok: false; code: 'insufficient'; balance: number }
  /** The id belongs to another transaction. */
  | { ok: false; code: 'id_taken' };

/** Draws on an account, never below zero: redemptions of one account wait for one another, on any server. */
export async function redeem(
  tx: Transaction,
  redemption: Redemption,
  context: RedemptionContext,
): Promise<RedeemResult> {
  const { accountId, minutes, id: givenId } = redemption;
  const { by, nowAt, newId, notes } = context;
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('ledger account ' || $1, 0))`, [accountId]);
  if (!(await accountExists(tx, accountId))) return { ok: false, code: 'no_account' };
  const balance = await balanceOf(tx, accountId);
  if (givenId !== undefined) {
    const earlier = await tx.query<{ same: boolean }>(
      `select t.kind = 'redeem' and e.account_id = $2 and e.minutes = $3 as same
       from ledger_transactions t join ledger_entries e on e.transaction_id = t.id and e.line = 1 where t.id = $1`,
      [givenId, accountId, -minutes],
    );
    const [row] = earlier.rows;
    if (row)
      return row.same
        ? { ok: true, transactionId: givenId, balance, changed: false }
        : { ok: false, code: 'id_taken' };
  }
  if (balance < minutes) return { ok: false, code: 'insufficient', balance };

  const id = givenId ?? newId('lt');
  const salt = randomBytes(16).toString('hex');
  const note = { for: redemption.for, relation: redemption.relation ?? null };
  await tx.query(
    `insert into ledger_transactions (id, kind, at, ref, by_whom, note_digest) values ($1, 'redeem', $2, null, $3, $4)`,
    [id, toIso(nowAt), by, Buffer.from(noteDigest(salt, note), 'hex')],
  );
  await tx.query('insert into ledger_notes (transaction_id, personal) values ($1, $2)', [
    id,
    notes.seal({ salt, note }),
  ]);
  await insertEntries(tx, id, accountId, REDEEMED_ACCOUNT, minutes);
  return { ok: true, transactionId: id, balance: balance - minutes, changed: true };
}

export async function balanceOf(db: Queryable, accountId: string): Promise<number> {
  const { rows } = await db.query<{ balance: number }>(
    'select coalesce(sum(minutes), 0)::int as balance from ledger_entries where account_id = $1',
    [accountId],
  );
  return rows[0]?.balance ?? 0;
}

/** Every caregiver can have an account; one with entries is never gone, whoever retires. */
export async function accountExists(db: Queryable, accountId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `select where exists (select from caregivers where id = $1 and retired_at is null)
       or exists (select from ledger_entries where account_id = $1)`,
    [accountId],
  );
  return rowCount === 1;
}

async function insertEntries(
  tx: Queryable,
  transactionId: string,
  from: string,
  to: string,
  minutes: number,
): Promise<void> {
  await tx.query(
    'insert into ledger_entries (transaction_id, line, account_id, minutes) values ($1, 1, $2, $4), ($1, 2, $3, $5)',
    [transactionId, from, to, -minutes, minutes],
  );
}
