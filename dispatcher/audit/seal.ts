import { inTransaction, type Pool } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import { blockHash, GENESIS_HASH } from '../ledger/chain.ts';
import { ENTRY_COLUMNS, entryDigest, type SealedEntry } from './chain.ts';

/** Entries in one block at most; what is left waits for the next one, at once. */
export const AUDIT_BLOCK_SIZE = 5_000;
const SEALING_LOCK = 7_107_204_100_02;

/** Seals what waits into one block, unless another sealer is at it. */
export async function sealAudit(
  pool: Pool,
  nowAt: number,
): Promise<{ no: number; size: number } | undefined> {
  return inTransaction(pool, async (tx) => {
    const lock = await tx.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [
      SEALING_LOCK,
    ]);
    if (lock.rows[0]?.mine !== true) return undefined;
    const { rows } = await tx.query<SealedEntry>(
      `select ${ENTRY_COLUMNS} from audit_waiting w join audit a on a.id = w.audit_id order by w.audit_id limit $1`,
      [AUDIT_BLOCK_SIZE],
    );
    if (rows.length === 0) return undefined;
    const digests = rows.map(entryDigest);
    const last = await tx.query<{ no: number; hash: Buffer }>(
      'select no, hash from audit_blocks order by no desc limit 1',
    );
    const head = {
      no: (last.rows[0]?.no ?? 0) + 1,
      sealedAt: toIso(nowAt),
      prevHash: last.rows[0]?.hash.toString('hex') ?? GENESIS_HASH,
    };
    const ids = rows.map(({ id }) => id);
    await tx.query(
      'insert into audit_blocks (no, sealed_at, prev_hash, hash, size) values ($1, $2, $3, $4, $5)',
      [
        head.no,
        head.sealedAt,
        Buffer.from(head.prevHash, 'hex'),
        Buffer.from(blockHash(head, digests), 'hex'),
        ids.length,
      ],
    );
    await tx.query(
      `insert into audit_block_items (block_no, position, audit_id, digest)
       select $1, ordinality, id, digest
       from unnest($2::bigint[], $3::bytea[]) with ordinality as item (id, digest, ordinality)`,
      [head.no, ids, digests.map((digest) => Buffer.from(digest, 'hex'))],
    );
    await tx.query('delete from audit_waiting where audit_id = any($1)', [ids]);
    return { no: head.no, size: ids.length };
  });
}
