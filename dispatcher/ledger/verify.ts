import { inTransaction, type Pool, type Queryable, type Transaction } from '../../platform/database.ts';
import type { BlockHead } from './chain.ts';
import { anchoredHeads } from './daily-anchors.ts';
import { TRANSACTION_COLUMNS, transactionOf, type TransactionRow } from './stored-transactions.ts';
import { type LedgerTotals, type LedgerVerdict, LedgerVerifier, type StoredBlock } from './verifier.ts';

const BLOCKS_AT_ONCE = 200;

/** Reads the whole ledger as of one moment and checks it. `anchors` are heads kept elsewhere. */
export async function verifyLedger(
  pool: Pool,
  anchors: readonly Pick<BlockHead, 'no' | 'hash'>[] = [],
): Promise<LedgerVerdict> {
  return inTransaction(pool, async (tx) => {
    await tx.query('set transaction isolation level repeatable read, read only');
    const verifier = new LedgerVerifier(anchors);
    for await (const block of blocksOf(tx)) verifier.block(block);
    return verifier.finish(await totalsOf(tx));
  });
}

/**
 * One check at a time, and one more for all who asked meanwhile: whoever asks gets a check that began after they asked,
 * and nobody can keep the database busy by asking often. Remembers the newest head it has seen, so that cutting off the
 * end of the chain is found for as long as this process lives.
 */
export class LedgerAuditor {
  readonly #pool: Pool;
  #running: Promise<LedgerVerdict> | undefined;
  #next: Promise<LedgerVerdict> | undefined;
  #seen: Pick<BlockHead, 'no' | 'hash'> | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  verify(): Promise<LedgerVerdict> {
    if (this.#running === undefined) return this.#run();
    this.#next ??= this.#running.then(
      () => this.#run(),
      () => this.#run(),
    );
    return this.#next;
  }

  #run(): Promise<LedgerVerdict> {
    this.#next = undefined;
    const seen = this.#seen ? [this.#seen] : [];
    const run = anchoredHeads(this.#pool).then(async (anchored) => {
      const verdict = await verifyLedger(this.#pool, [...anchored, ...seen]);
      if (verdict.ok && verdict.head !== null) this.#seen = { no: verdict.blocks, hash: verdict.head };
      return verdict;
    });
    this.#running = run;
    void run.then(
      () => this.#ended(run),
      () => this.#ended(run),
    );
    return run;
  }

  #ended(run: Promise<LedgerVerdict>): void {
    if (this.#running === run) this.#running = undefined;
  }
}

interface BlockRow extends Omit<TransactionRow, 'id' | 'at'> {
  no: number;
  sealed_at: Date;
  prev_hash: Buffer;
  hash: Buffer;
  size: number;
  transaction_id: string | null;
  digest: Buffer | null;
  id: string | null;
  at: Date | null;
}

async function* blocksOf(tx: Transaction): AsyncGenerator<StoredBlock> {
  const bounds = await tx.query<{ first: number | null; last: number | null }>(
    'select min(no) as first, max(no) as last from ledger_blocks',
  );
  const { first = null, last = null } = bounds.rows[0] ?? {};
  if (first === null || last === null) return;
  for (let from = first; from <= last; from += BLOCKS_AT_ONCE) {
    const { rows } = await tx.query<BlockRow>(
      `select b.no, b.sealed_at, b.prev_hash, b.hash, b.size, i.transaction_id, i.digest, ${TRANSACTION_COLUMNS}
       from ledger_blocks b
       left join ledger_block_items i on i.block_no = b.no
       left join ledger_transactions t on t.id = i.transaction_id
       where b.no >= $1 and b.no < $2 order by b.no, i.position`,
      [from, from + BLOCKS_AT_ONCE],
    );
    for (const group of Map.groupBy(rows, (row) => row.no).values()) {
      const [head] = group;
      if (head !== undefined) yield blockOf(head, group);
    }
  }
}

const blockOf = (head: BlockRow, rows: readonly BlockRow[]): StoredBlock => ({
  no: head.no,
  sealedAt: head.sealed_at.toISOString(),
  prevHash: head.prev_hash.toString('hex'),
  hash: head.hash.toString('hex'),
  size: head.size,
  items: rows.flatMap((row) =>
    row.transaction_id === null || row.digest === null
      ? []
      : [
          {
            transactionId: row.transaction_id,
            digest: row.digest.toString('hex'),
            transaction:
              row.id === null || row.at === null
                ? undefined
                : transactionOf({ ...row, id: row.id, at: row.at }),
          },
        ],
  ),
});

async function totalsOf(db: Queryable): Promise<LedgerTotals> {
  const { rows } = await db.query<Omit<LedgerTotals, 'uncovered'>>(
    `select (select count(*)::int from ledger_transactions) as transactions,
            (select count(*)::int from ledger_waiting) as waiting,
            count(*)::int as entries, coalesce(sum(minutes), 0)::int as minutes,
            count(*) filter (where not exists (
              select from ledger_transactions t where t.id = e.transaction_id))::int as orphans
     from ledger_entries e`,
  );
  const uncovered = await db.query<{ id: string }>(
    `select id from ledger_transactions t
     where not exists (select from ledger_block_items i where i.transaction_id = t.id)
       and not exists (select from ledger_waiting w where w.transaction_id = t.id)
     order by id limit 101`,
  );
  const totals = rows[0] ?? { transactions: 0, waiting: 0, entries: 0, minutes: 0, orphans: 0 };
  return { ...totals, uncovered: uncovered.rows.map((row) => row.id) };
}
