import type { Queryable } from '../../platform/database.ts';
import type { Anchor, PublicBlock } from './outside-check.ts';

interface BlockRow {
  no: number;
  sealed_at: Date;
  prev_hash: Buffer;
  hash: Buffer;
  digests: Buffer[];
}

/** Blocks after `no`, in order. Digests only: nobody's account, order or time stands in them. */
export async function blocksAfter(db: Queryable, no: number, limit: number): Promise<PublicBlock[]> {
  const { rows } = await db.query<BlockRow>(
    `select b.no, b.sealed_at, b.prev_hash, b.hash,
            array(select i.digest from ledger_block_items i where i.block_no = b.no order by i.position) as digests
     from ledger_blocks b where b.no > $1 order by b.no limit $2`,
    [no, limit],
  );
  return rows.map((row) => ({
    no: row.no,
    sealedAt: row.sealed_at.toISOString(),
    prevHash: row.prev_hash.toString('hex'),
    hash: row.hash.toString('hex'),
    digests: row.digests.map((digest) => digest.toString('hex')),
  }));
}

/** The last block sealed before this moment; undefined: there was none. */
export async function anchorBefore(db: Queryable, before: string): Promise<Anchor | undefined> {
  const { rows } = await db.query<{ no: number; sealed_at: Date; hash: Buffer; transactions: number }>(
    `select b.no, b.sealed_at, b.hash, (select sum(c.size)::int from ledger_blocks c where c.no <= b.no) as transactions
     from ledger_blocks b where b.sealed_at < $1 order by b.no desc limit 1`,
    [before],
  );
  const [row] = rows;
  return (
    row && {
      format: 'yinling-anchor-1',
      no: row.no,
      hash: row.hash.toString('hex'),
      sealedAt: row.sealed_at.toISOString(),
      transactions: row.transactions,
    }
  );
}
