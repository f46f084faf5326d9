import { inTransaction, type Pool } from '../../platform/database.ts';
import { appendBlock, type ChainTables, type SealedBlock } from '../ledger/append-block.ts';
import { ENTRY_COLUMNS, entryDigest, type SealedEntry } from './chain.ts';

/** Entries in one block at most; what is left waits for the next one, at once. */
export const AUDIT_BLOCK_SIZE = 5_000;
const SEALING_LOCK = 7_107_204_100_02;
const AUDIT: ChainTables = { name: 'audit', idColumn: 'audit_id', idType: 'bigint' };

/** Seals what waits into one block, unless another sealer is at it. */
export async function sealAudit(pool: Pool, nowAt: number): Promise<SealedBlock | undefined> {
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
    const ids = rows.map(({ id }) => id);
    return appendBlock(tx, AUDIT, ids, rows.map(entryDigest), nowAt);
  });
}
