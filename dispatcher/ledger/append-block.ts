import type { Transaction } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import { blockHash, GENESIS_HASH } from './chain.ts';

/** The tables `<name>_blocks`, `<name>_block_items` and `<name>_waiting`, and how they call what is sealed. */
export interface ChainTables {
  readonly name: 'ledger' | 'audit';
  readonly idColumn: 'transaction_id' | 'audit_id';
  readonly idType: 'text' | 'bigint';
}

export interface SealedBlock {
  no: number;
  size: number;
}

/** Chains one block of these behind the last one, and takes them from those that wait. The caller holds the sealing lock. */
export async function appendBlock(
  tx: Transaction,
  { name, idColumn, idType }: ChainTables,
  ids: readonly (string | number)[],
  digests: readonly string[],
  nowAt: number,
): Promise<SealedBlock> {
  const last = await tx.query<{ no: number; hash: Buffer }>(
    `select no, hash from ${name}_blocks order by no desc limit 1`,
  );
  const head = {
    no: (last.rows[0]?.no ?? 0) + 1,
    sealedAt: toIso(nowAt),
    prevHash: last.rows[0]?.hash.toString('hex') ?? GENESIS_HASH,
  };
  await tx.query(
    `insert into ${name}_blocks (no, sealed_at, prev_hash, hash, size) values ($1, $2, $3, $4, $5)`,
    [
      head.no,
      head.sealedAt,
      Buffer.from(head.prevHash, 'hex'),
      Buffer.from(blockHash(head, digests), 'hex'),
      ids.length,
    ],
  );
  await tx.query(
    `insert into ${name}_block_items (block_no, position, ${idColumn}, digest)
     select $1, ordinality, id, digest
     from unnest($2::${idType}[], $3::bytea[]) with ordinality as item (id, digest, ordinality)`,
    [head.no, ids, digests.map((digest) => Buffer.from(digest, 'hex'))],
  );
  await tx.query(`delete from ${name}_waiting where ${idColumn} = any($1)`, [ids]);
  return { no: head.no, size: ids.length };
}
