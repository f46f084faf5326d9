import type { z } from 'zod';
import { type Column, columnOf, put } from './columns.ts';
import type { GivenCell } from './merge-row.ts';
import { parseCsv } from './parse-csv.ts';

export interface RowProblem {
  line: number;
  /** As the file calls it; null: the row as a whole. */
  column: string | null;
  message: string;
}
export interface TableRow<B> {
  line: number;
  body: B;
}
export interface Table<B> {
  /** How many rows the file has, good and bad. */
  count: number;
  rows: TableRow<B>[];
  problems: RowProblem[];
  /** The problem, at a path of the body, as one of a line and column. */
  locate(line: number, path: string, message: string): RowProblem;
}

/** A row of a file is longer than this only by mistake; more rows are more than one transaction should hold. */
export const MOST_ROWS = 20_000;

/**
 * A file as bodies, and everything that is wrong with it at once, each with its line and column. Columns may stand in
 * any order, under their own names or the Chinese ones; one that is not known is refused, for it would be lost
 * silently. Pure.
 */
export function readTable<B>(csv: string, columns: readonly Column[], schema: z.ZodType<B>): Table<B> {
  const cells = readCells(csv, columns);
  const rows = cells.rows.flatMap(({ line, body: given }): TableRow<B>[] => {
    const draft: Record<string, unknown> = {};
    for (const { path, value } of given) if (value !== undefined) put(draft, path, value);
    const body = schema.safeParse(draft);
    if (body.success) return [{ line, body: body.data }];
    for (const { path, message } of body.error.issues)
      cells.problems.push(cells.locate(line, path.join('.'), message));
    return [];
  });
  cells.problems.sort((a, b) => a.line - b.line);
  return { ...cells, rows };
}

/** The same, before it is known what the rows are to be. Pure. */
export function readCells(csv: string, columns: readonly Column[]): Table<GivenCell[]> {
  const used = new Map<Column, string>();
  const table: Table<GivenCell[]> = {
    count: 0,
    rows: [],
    problems: [],
    locate(line, path, message) {
      const column = path === '' ? undefined : (columnOf([...used.keys()], path) ?? columnOf(columns, path));
      if (column === undefined)
        return { line, column: null, message: path === '' ? message : `${path}: ${message}` };
      return { line, column: used.get(column) ?? column.name, message };
    },
  };
  const refuse = (line: number, column: string | null, message: string): void =>
    void table.problems.push({ line, column, message });

  const parsed = parseCsv(csv);
  if (!parsed.ok) {
    refuse(parsed.line, null, parsed.message);
    return table;
  }
  const [head, ...rows] = parsed.rows;
  if (head === undefined) {
    refuse(1, null, 'the file is empty; its first line names the columns');
    return table;
  }
  const order = head.cells.map((given) => {
    const name = given.trim();
    if (name === '') return undefined;
    const column = columns.find((item) => sameName(item.name, name) || item.also.includes(name));
    if (column === undefined)
      refuse(head.line, name, `unknown column, one of ${columns.map((item) => item.name).join(', ')}`);
    else if (used.has(column)) refuse(head.line, name, `stands twice, also as ${used.get(column)}`);
    else used.set(column, name);
    return column;
  });
  if (table.problems.length > 0) return table;
  table.count = rows.length;
  if (rows.length > MOST_ROWS) {
    refuse(rows[MOST_ROWS]?.line ?? 1, null, `more than ${MOST_ROWS} rows; split the file`);
    return table;
  }
  for (const { line, cells } of rows) {
    const before = table.problems.length;
    const given: GivenCell[] = [];
    for (const [i, column] of order.entries())
      if (column !== undefined && column.only !== 'written' && (cells[i] ?? '').trim() === '')
        given.push({ path: column.path, value: undefined });
    for (const [i, cell] of cells.entries()) {
      const column = order[i];
      if (cell.trim() === '') continue;
      if (column === undefined) {
        refuse(line, null, `cell ${i + 1} is under no column`);
        continue;
      }
      if (column.only === 'written') continue;
      const read = column.read(unguarded(cell));
      if (typeof read === 'string') refuse(line, used.get(column) ?? column.name, read);
      else given.push({ path: column.path, value: read.value });
    }
    if (table.problems.length === before) table.rows.push({ line, body: given });
  }
  return table;
}

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Takes away the apostrophe that our own export puts before what a spreadsheet would run. */
const unguarded = (cell: string): string =>
  /^'\s*[=+\-@＝＋－＠]|^'[\t\r\n]/.test(cell) ? cell.slice(1) : cell;
