import type { Queryable } from '../../platform/database.ts';
import { accountExists, balanceOf, type NoteCipher } from './ledger.ts';

export interface StatementEntry {
  transactionId: string;
  kind: string;
  at: string;
  /** Of the account: what comes in positive, what goes out negative. */
  minutes: number;
  /** The order whose visit a deposit pays. */
  orderId: string | null;
  for: string | null;
  relation: string | null;
  /** Who had the good of it, if that was not the volunteer. */
  residentId: string | null;
  /** Of a reversal: what it takes back. */
  reverses: string | null;
  by: string;
  /** Number of the block that covers it; null until it is sealed. */
  block: number | null;
}
export interface Statement {
  accountId: string;
  /** Below zero only where a deposit was taken back that had been spent. */
  balance: number;
  deposited: number;
  redeemed: number;
  entries: StatementEntry[];
}

export interface StatementPage {
  limit: number;
  /** Entries before this one, newest first. */
  before?: { at: string; transactionId: string } | undefined;
}

/** An account as its owner reads it, newest entries first; undefined if nobody of that id can have one. */
export async function statementOf(
  db: Queryable,
  accountId: string,
  page: StatementPage,
  notes: NoteCipher,
): Promise<Statement | undefined> {
  if (!(await accountExists(db, accountId))) return undefined;
  const sums = await db.query<{ deposited: number; redeemed: number }>(
    `select coalesce(sum(minutes) filter (where minutes > 0), 0)::int as deposited,
            coalesce(-sum(minutes) filter (where minutes < 0), 0)::int as redeemed
     from ledger_entries where account_id = $1`,
    [accountId],
  );
  const { rows } = await db.query<EntryRow>(
    `select t.id, t.kind, t.at, t.ref, t.by_whom, e.minutes, n.personal, i.block_no
     from ledger_entries e
     join ledger_transactions t on t.id = e.transaction_id
     left join ledger_notes n on n.transaction_id = t.id
     left join ledger_block_items i on i.transaction_id = t.id
     where e.account_id = $1 and ($2::timestamptz is null or (t.at, t.id) < ($2, $3))
     order by t.at desc, t.id desc limit $4`,
    [accountId, page.before?.at ?? null, page.before?.transactionId ?? null, page.limit],
  );
  return {
    accountId,
    balance: await balanceOf(db, accountId),
    deposited: sums.rows[0]?.deposited ?? 0,
    redeemed: sums.rows[0]?.redeemed ?? 0,
    entries: rows.map((row) => entryOf(row, notes)),
  };
}

interface EntryRow {
  id: string;
  kind: string;
  at: Date;
  ref: string | null;
  by_whom: string;
  minutes: number;
  personal: Uint8Array | null;
  block_no: number | null;
}

function entryOf(row: EntryRow, notes: NoteCipher): StatementEntry {
  const note = row.personal === null ? undefined : readNote(notes.open(row.personal));
  return {
    transactionId: row.id,
    kind: row.kind,
    at: row.at.toISOString(),
    minutes: row.minutes,
    orderId: row.kind === 'deposit' ? row.ref : null,
    for: note?.for ?? null,
    relation: note?.relation ?? null,
    residentId: note?.residentId ?? null,
    reverses: row.kind === 'reverse' ? row.ref : null,
    by: row.by_whom,
    block: row.block_no,
  };
}

interface ReadNote {
  for: string;
  relation: string | null;
  residentId?: string;
}
const readNote = (opened: unknown): ReadNote | undefined => (opened as { note?: ReadNote } | undefined)?.note;
