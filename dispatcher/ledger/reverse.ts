import type { Transaction } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import { insertEntries, isBankAccount, lockAccount, type RedemptionContext, sealNote } from './ledger.ts';
import { transactionsById } from './stored-transactions.ts';

export type ReverseResult =
  | { ok: true; transactionId: string; accountId: string; minutes: number; changed: boolean }
  | { ok: false; code: 'not_found' }
  /** What takes back is not taken back; what should stand is entered anew. */
  | { ok: false; code: 'is_reversal' };

/**
 * Takes a transaction back by its mirror image; itself it stays as it was. Once: a retry changes nothing. An account may
 * be left below zero, for what was wrongly paid in may be spent; it is then drawn on no more until it is level.
 */
export async function reverse(
  tx: Transaction,
  asked: { transactionId: string; reason: string },
  context: Omit<RedemptionContext, 'newId'>,
): Promise<ReverseResult> {
  const { transactionId: wrong, reason } = asked;
  const original = (await transactionsById(tx, [wrong])).get(wrong);
  if (original === undefined) return { ok: false, code: 'not_found' };
  if (original.kind === 'reverse') return { ok: false, code: 'is_reversal' };
  const own = original.entries.find(([accountId]) => !isBankAccount(accountId));
  if (own === undefined) throw new Error(`ledger transaction ${wrong} concerns no account`);
  const [accountId, minutes] = own;
  await lockAccount(tx, accountId);
  const id = `reverse_${wrong}`;
  const note = sealNote({ for: reason, relation: null }, context.notes);
  const made = await tx.query(
    `insert into ledger_transactions (id, kind, at, ref, by_whom, note_digest) values ($1, 'reverse', $2, $3, $4, $5)
     on conflict do nothing`,
    [id, toIso(context.nowAt), wrong, context.by, note.digest],
  );
  const changed = made.rowCount === 1;
  if (changed) {
    await tx.query('insert into ledger_notes (transaction_id, personal) values ($1, $2)', [id, note.sealed]);
    await insertEntries(
      tx,
      id,
      original.entries.map(([account, amount]) => [account, -amount] as const),
    );
  }
  return { ok: true, transactionId: id, accountId, minutes: -minutes, changed };
}
