import { inTransaction, type Pool, type Transaction } from '../../platform/database.ts';
import { blockHash, GENESIS_HASH } from '../ledger/chain.ts';
import { ENTRY_COLUMNS, entryDigest, type SealedEntry } from './chain.ts';

export interface AuditVerdict {
  ok: boolean;
  blocks: number;
  entries: number;
  /** Not yet sealed: younger than a second or two, unless the service is down. */
  waiting: number;
  /** Hash of the last block, the anchor to keep outside; null without any. */
  head: string | null;
  problems: string[];
}

const BLOCKS_AT_ONCE = 200;
const MOST_PROBLEMS = 100;

type Row = {
  no: number;
  sealed_at: Date;
  prev_hash: Buffer;
  hash: Buffer;
  size: number;
  audit_id: number | null;
  digest: Buffer | null;
} & { [K in keyof SealedEntry]: SealedEntry[K] | null };

/** Reads the whole log as of one moment: every entry against its digest, every block against the one before it. */
export async function verifyAudit(pool: Pool): Promise<AuditVerdict> {
  return inTransaction(pool, async (tx) => {
    await tx.query('set transaction isolation level repeatable read, read only');
    const problems: string[] = [];
    let before = { no: 0, hash: GENESIS_HASH };
    for await (const rows of blocksOf(tx)) {
      const [block] = rows;
      if (block === undefined) continue;
      const { no } = block;
      if (no !== before.no + 1) problems.push(`block ${before.no + 1} is missing before block ${no}`);
      if (block.prev_hash.toString('hex') !== before.hash)
        problems.push(`block ${no} does not continue the block before it`);
      const items = rows.filter(({ audit_id }) => audit_id !== null);
      if (items.length !== block.size)
        problems.push(`block ${no} holds ${items.length} entries, not ${block.size}`);
      const digests = items.map(({ digest }) => digest?.toString('hex') ?? '');
      for (const [i, item] of items.entries()) {
        if (item.id === null) problems.push(`entry ${item.audit_id} of block ${no} is gone`);
        else if (entryDigest(item as SealedEntry) !== digests[i])
          problems.push(`entry ${item.audit_id} of block ${no} has been changed`);
      }
      const head = {
        no,
        sealedAt: block.sealed_at.toISOString(),
        prevHash: block.prev_hash.toString('hex'),
      };
      const hash = block.hash.toString('hex');
      if (blockHash(head, digests) !== hash) problems.push(`block ${no} has been changed`);
      before = { no, hash };
    }
    const { rows } = await tx.query<{ entries: number; waiting: number; uncovered: number }>(
      `select (select count(*)::int from audit) as entries, (select count(*)::int from audit_waiting) as waiting,
         (select count(*)::int from audit a
          where not exists (select from audit_block_items i where i.audit_id = a.id)
            and not exists (select from audit_waiting w where w.audit_id = a.id)) as uncovered`,
    );
    const totals = rows[0] ?? { entries: 0, waiting: 0, uncovered: 0 };
    if (totals.uncovered > 0) problems.push(`${totals.uncovered} entries are covered by no block`);
    const shown = problems.slice(0, MOST_PROBLEMS);
    if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`);
    return {
      ok: problems.length === 0,
      blocks: before.no,
      entries: totals.entries,
      waiting: totals.waiting,
      head: before.no === 0 ? null : before.hash,
      problems: shown,
    };
  });
}

async function* blocksOf(tx: Transaction): AsyncGenerator<Row[]> {
  const bounds = await tx.query<{ last: number | null }>('select max(no) as last from audit_blocks');
  const last = bounds.rows[0]?.last ?? 0;
  for (let from = 1; from <= last; from += BLOCKS_AT_ONCE) {
    const { rows } = await tx.query<Row>(
      `select b.no, b.sealed_at, b.prev_hash, b.hash, b.size, i.audit_id, i.digest, ${ENTRY_COLUMNS}
       from audit_blocks b
       left join audit_block_items i on i.block_no = b.no
       left join audit a on a.id = i.audit_id
       where b.no >= $1 and b.no < $2 order by b.no, i.position`,
      [from, from + BLOCKS_AT_ONCE],
    );
    yield* Map.groupBy(rows, (row) => row.no).values();
  }
}
