import type { Queryable } from '../../platform/database.ts';

/** Conditions of one query, with their parameters: `?` in a condition stands for the next of its values. */
export class Conditions {
  readonly params: unknown[] = [];
  readonly #conditions: string[] = [];

  and(condition: string, ...values: unknown[]): this {
    let next = 0;
    this.#conditions.push(condition.replace(/\?/g, () => this.param(values[next++])));
    return this;
  }

  /** Adds a parameter and gives its place, `$n`. */
  param(value: unknown): string {
    this.params.push(value);
    return `$${this.params.length}`;
  }

  /** `true` when there are none. */
  get sql(): string {
    return this.#conditions.length === 0 ? 'true' : this.#conditions.map((c) => `(${c})`).join(' and ');
  }
}

/** Column names are ours, never a client's. */
export type Columns = Readonly<Record<string, unknown>>;

/** False if a row of that key is there already, retired or not. */
export async function insertRow(db: Queryable, table: string, columns: Columns): Promise<boolean> {
  const names = Object.keys(columns);
  const places = names.map((_, i) => `$${i + 1}`);
  const { rowCount } = await db.query(
    `insert into ${table} (${names.join(', ')}) values (${places.join(', ')}) on conflict (${names[0]}) do nothing`,
    Object.values(columns),
  );
  return rowCount === 1;
}

export async function updateRow(
  db: Queryable,
  table: string,
  key: string,
  id: string,
  columns: Columns,
): Promise<void> {
  const names = Object.keys(columns);
  const sets = names.map((name, i) => `${name} = $${i + 2}`);
  await db.query(`update ${table} set ${[...sets, 'version = version + 1'].join(', ')} where ${key} = $1`, [
    id,
    ...Object.values(columns),
  ]);
}
