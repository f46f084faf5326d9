import type { Queryable } from '../../platform/database.ts';
import type { LedgerTransaction } from './chain.ts';

export interface TransactionRow {
  id: string;
  kind: string;
  at: Date;
  ref: string | null;
  by_whom: string;
  note_digest: Buffer | null;
  entries: [string, number][] | null;
}

/** Columns of a `TransactionRow`, for a query in which `ledger_transactions` is `t`. */
export const TRANSACTION_COLUMNS = `t.id, t.kind, t.at, t.ref, t.by_whom, t.note_digest,
  (select json_agg(json_build_array(e.account_id, e.minutes) order by e.line)
   from ledger_entries e where e.transaction_id = t.id) as entries`;

export const transactionOf = (row: TransactionRow): LedgerTransaction => ({
  id: row.id,
  kind: row.kind,
  at: row.at.toISOString(),
  ref: row.ref,
  by: row.by_whom,
  noteDigest: row.note_digest?.toString('hex') ?? null,
  entries: row.entries ?? [],
});

export async function transactionsById(
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, LedgerTransaction>> {
  const { rows } = await db.query<TransactionRow>(
    `select ${TRANSACTION_COLUMNS} from ledger_transactions t where t.id = any($1)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, transactionOf(row)]));
}
