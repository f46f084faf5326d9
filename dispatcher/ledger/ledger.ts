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
  await insertEntries(tx, id, [
    [ISSUED_ACCOUNT, -visit.minutes],
    [visit.caregiverId, visit.minutes],
  ]);
  return true;
}

export interface Redemption {
  accountId: string;
  minutes: number;
  /** What or whom the minutes are spent on; personal, sealed. */
  for: string;
  /** The beneficiary's relation to the volunteer, e.g. `mother`. */
  relation?: string | undefined;
  /** Who has the good of it, if that is not the volunteer. */
  residentId?: string | undefined;
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
  await lockAccount(tx, accountId);
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
  const { relation = null, residentId = null } = redemption;
  const note = sealNote({ for: redemption.for, relation, ...(residentId !== null && { residentId }) }, notes);
  await tx.query(
    `insert into ledger_transactions (id, kind, at, ref, by_whom, note_digest) values ($1, 'redeem', $2, null, $3, $4)`,
    [id, toIso(nowAt), by, note.digest],
  );
  await tx.query('insert into ledger_notes (transaction_id, personal) values ($1, $2)', [id, note.sealed]);
  await insertEntries(tx, id, [
    [accountId, -minutes],
    [REDEEMED_ACCOUNT, minutes],
  ]);
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

/** Whatever reads a balance to decide on it waits here for whoever does so too, on any server. */
export async function lockAccount(tx: Transaction, accountId: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('ledger account ' || $1, 0))`, [accountId]);
}

export const isBankAccount = (accountId: string): boolean => accountId.startsWith('bank:');

interface Note {
  for: string;
  relation: string | null;
  residentId?: string;
}
/** What is personal, sealed, and the digest by which the chain is bound to it. */
export function sealNote(note: Note, notes: NoteCipher): { sealed: Uint8Array; digest: Buffer } {
  const salt = randomBytes(16).toString('hex');
  return { sealed: notes.seal({ salt, note }), digest: Buffer.from(noteDigest(salt, note), 'hex') };
}

/** In the order of their lines; they sum to zero, or the database refuses them. */
export async function insertEntries(
  tx: Queryable,
  transactionId: string,
  entries: readonly (readonly [accountId: string, minutes: number])[],
): Promise<void> {
  await tx.query(
    `insert into ledger_entries (transaction_id, line, account_id, minutes)
     select $1, line, account_id, minutes
     from unnest($2::text[], $3::int[]) with ordinality as entry (account_id, minutes, line)`,
    [transactionId, entries.map(([account]) => account), entries.map(([, minutes]) => minutes)],
  );
}
