import { ALERT_STATEMENTS } from './statements-of-alerts.ts';
import { INGEST_STATEMENTS } from './statements-of-ingest.ts';
import { ORDER_STATEMENTS } from './statements-of-orders.ts';
import { PEOPLE_STATEMENTS } from './statements-of-people.ts';
import type { Transaction } from './memory-transaction.ts';

export interface Answer {
  readonly rows: unknown[];
  readonly rowCount: number;
  readonly command?: string;
}
/** What a statement of the service does, by its name or, if it has none, by how its text begins. */
export type Statement = (tx: Transaction, values: readonly unknown[]) => unknown[];
export type Statements = Readonly<Record<string, Statement>>;

const ALL: Statements = {
  ...ALERT_STATEMENTS,
  ...ORDER_STATEMENTS,
  ...INGEST_STATEMENTS,
  ...PEOPLE_STATEMENTS,
};
const BY_TEXT = Object.keys(ALL).filter((key) => key.includes(' '));

/** @throws if the service says something that this database does not know: then it has to be taught. */
export function statementOf(name: string | undefined, text: string): { label: string; run: Statement } {
  const found = name !== undefined ? ALL[name] : undefined;
  if (found !== undefined && name !== undefined) return { label: name, run: found };
  const plain = text.replaceAll(/\s+/g, ' ').trim().toLowerCase();
  const begin = BY_TEXT.find((known) => plain.startsWith(known));
  const run = begin === undefined ? undefined : ALL[begin];
  if (run === undefined)
    throw new Error(`the simulation knows no statement ${name ?? ''}: ${plain.slice(0, 200)}`);
  return { label: plain.slice(0, 24), run };
}
