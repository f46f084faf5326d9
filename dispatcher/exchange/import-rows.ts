import { databaseErrorKind, inTransaction, type Pool, type Transaction } from '../../platform/database.ts';
import { Refused } from '../registry/refused.ts';
import type { RowProblem, Table, TableRow } from './read-table.ts';

/** `all`: nothing is taken if anything is wrong; `skip`: what is wrong is left out. */
export const IMPORT_MODES = ['all', 'skip'] as const;
export interface ImportOptions {
  mode: (typeof IMPORT_MODES)[number];
  /** Everything is tried and nothing is kept. */
  checkOnly: boolean;
}
/** What a row whose id is there already does: it is a bad row, or it changes what is there. */
export const EXISTING = ['refuse', 'update'] as const;
export interface Imported {
  line: number;
  id: string;
  what: 'created' | 'updated' | 'unchanged';
  secret?: string;
}
export interface ImportOutcome {
  rows: number;
  imported: Imported[];
  /** By line. */
  problems: RowProblem[];
  /** False: nothing of it stands in the database. */
  kept: boolean;
}

/** Undoes the transaction without being a fault. */
class NotKept extends Error {}

/**
 * One transaction for the whole file, a savepoint for each row: so every bad row is found, not only the first, and
 * either all of the file is there or what was good of it. `written` runs at the end, before the commit.
 */
export async function importRows<B>(
  pool: Pool,
  table: Table<B>,
  { mode, checkOnly }: ImportOptions,
  write: (tx: Transaction, row: TableRow<B>) => Promise<Omit<Imported, 'line'>>,
  written: (tx: Transaction, outcome: ImportOutcome) => Promise<void>,
): Promise<ImportOutcome> {
  const outcome: ImportOutcome = {
    rows: table.count,
    imported: [],
    problems: [...table.problems],
    kept: true,
  };
  try {
    await inTransaction(pool, async (tx) => {
      outcome.imported = [];
      outcome.problems = [...table.problems];
      await tx.query('savepoint one_row');
      for (const row of table.rows) {
        try {
          outcome.imported.push({ line: row.line, ...(await write(tx, row)) });
          await tx.query('release savepoint one_row; savepoint one_row');
        } catch (error) {
          const found = problemsOf(error, row.line, table);
          if (found === undefined) throw error;
          await tx.query('rollback to savepoint one_row');
          outcome.problems.push(...found);
        }
      }
      outcome.problems.sort((a, b) => a.line - b.line);
      if (checkOnly || (mode === 'all' && outcome.problems.length > 0)) throw new NotKept();
      await written(tx, outcome);
    });
  } catch (error) {
    if (!(error instanceof NotKept)) throw error;
    outcome.kept = false;
  }
  return outcome;
}

/** Undefined: not the row's fault. */
function problemsOf<B>(error: unknown, line: number, table: Table<B>): RowProblem[] | undefined {
  if (error instanceof Refused) {
    if (error.code === 'exists') return [table.locate(line, 'id', error.message)];
    if (error.problems.length === 0) return [{ line, column: null, message: error.message }];
    return error.problems.map(({ field, message }) => table.locate(line, field, message));
  }
  return databaseErrorKind(error) === 'data'
    ? [{ line, column: null, message: 'a value cannot be stored' }]
    : undefined;
}
