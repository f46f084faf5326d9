import type { PersonalData } from '../../platform/crypto/personal-data.ts';
import { inTransaction, type Pool, type Transaction } from '../../platform/database.ts';
import { residentTokens } from '../registry/kinds/residents.ts';

/** A column that holds sealed things, and what else of its row follows from the key. */
interface SealedColumn {
  readonly table: string;
  readonly key: string;
  readonly column: string;
  /** A column that is needed besides. */
  readonly with?: string;
  tokens?(cipher: PersonalData, opened: unknown, beside: unknown): Record<string, Buffer[]>;
}

interface Named {
  name: string;
  phone?: string | null;
}

/** Everything sealed; a test holds this list against the tables. The mark of the database comes last. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  {
    table: 'homes',
    key: 'id',
    column: 'personal',
    with: 'community',
    tokens(cipher, opened, community) {
      const { address } = opened as { address: string };
      return { search_tokens: cipher.searchTokens(String(community), address) };
    },
  },
  {
    table: 'residents',
    key: 'id',
    column: 'personal',
    tokens: (cipher, opened) => residentTokens(cipher, opened as Parameters<typeof residentTokens>[1]),
  },
  {
    table: 'caregivers',
    key: 'id',
    column: 'personal',
    tokens(cipher, opened) {
      const { name, phone } = opened as Named;
      return {
        search_tokens: cipher.searchTokens(name),
        phone_tokens: phone == null ? [] : [cipher.phoneToken(phone)],
      };
    },
  },
  { table: 'visits', key: 'order_id', column: 'notes' },
  { table: 'ratings', key: 'order_id', column: 'sealed_comment' },
  { table: 'visit_correction_notes', key: 'order_id', column: 'reason' },
  { table: 'visit_amendment_notes', key: 'amendment_id', column: 'reason' },
  { table: 'ledger_notes', key: 'transaction_id', column: 'personal' },
  { table: 'handovers', key: 'id', column: 'note' },
  { table: 'ambulance_records', key: 'id', column: 'sheet' },
  { table: 'word_keys', key: 'id', column: 'sealed' },
  { table: 'user_totp', key: 'username', column: 'secret' },
  { table: 'data_key_check', key: 'one', column: 'sealed' },
];

const AT_ONCE = 200;
/** Rows that others hold are come back to; after so many empty rounds they are left, and told. */
const PATIENCE = 50;

export interface Resealed {
  resealed: number;
  /** Still under a former key: somebody holds them, or seals with it while we work. Run it again. */
  left: number;
}

/**
 * Seals everything anew that is not under the current key. What is done is done: each batch commits, so it can be
 * stopped at any time and begun again, and the service reads old and new rows alike meanwhile. Versions do not change.
 */
export async function resealAll(pool: Pool, cipher: PersonalData): Promise<Resealed> {
  let resealed = 0;
  for (const sealed of SEALED_COLUMNS)
    for (let empty = 0; empty < PATIENCE;) {
      const done = await inTransaction(pool, (tx) => resealSome(tx, cipher, sealed));
      resealed += done;
      if (done > 0) continue;
      if ((await countUnder(pool, cipher, sealed)) === 0) break;
      empty += 1;
    }
  return { resealed, left: await countLeft(pool, cipher) };
}

/** How much is under another key than the current one. */
export async function countLeft(pool: Pool, cipher: PersonalData): Promise<number> {
  let left = 0;
  for (const sealed of SEALED_COLUMNS) left += await countUnder(pool, cipher, sealed);
  return left;
}

async function countUnder(
  pool: Pool,
  cipher: PersonalData,
  { table, column }: SealedColumn,
): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `select count(*)::int as n from ${table} where substring(${column} from 1 for $2) <> $1`,
    [cipher.mark(), cipher.mark().length],
  );
  return rows[0]?.n ?? 0;
}

async function resealSome(tx: Transaction, cipher: PersonalData, sealed: SealedColumn): Promise<number> {
  const { table, key, column, with: beside } = sealed;
  const { rows } = await tx.query<{ key: unknown; sealed: Uint8Array; beside: unknown }>(
    `select ${key} as key, ${column} as sealed, ${beside ?? 'null'} as beside from ${table}
     where substring(${column} from 1 for $2) <> $1 limit ${AT_ONCE} for update skip locked`,
    [cipher.mark(), cipher.mark().length],
  );
  for (const row of rows) {
    const opened = cipher.open(row.sealed);
    const columns = { [column]: cipher.seal(opened), ...sealed.tokens?.(cipher, opened, row.beside) };
    const sets = Object.keys(columns).map((name, i) => `${name} = $${i + 2}`);
    await tx.query(`update ${table} set ${sets.join(', ')} where ${key} = $1`, [
      row.key,
      ...Object.values(columns),
    ]);
  }
  return rows.length;
}
