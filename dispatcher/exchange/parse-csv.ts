export interface CsvRow {
  /** On which line of the file it begins, from 1. */
  line: number;
  cells: string[];
}
export type ParsedCsv = { ok: true; rows: CsvRow[] } | { ok: false; line: number; message: string };

/**
 * RFC 4180 as spreadsheets really write it: comma, semicolon or tab (whichever the first line has), CRLF or LF, quoted
 * cells that hold separators, quotes and line ends. Rows without anything in them are left out. Pure.
 */
export function parseCsv(text: string): ParsedCsv {
  const separator = separatorOf(text);
  const rows: CsvRow[] = [];
  let row: CsvRow = { line: 1, cells: [] };
  let line = 1;
  let cell = '';
  let at = 0;

  const endRow = (): void => {
    row.cells.push(cell);
    cell = '';
    if (row.cells.some((item) => item.trim() !== '')) rows.push(row);
  };
  while (at < text.length) {
    const char = text[at];
    if (char === '"' && cell === '') {
      const quoted = readQuoted(text, at + 1);
      if (quoted === undefined) return { ok: false, line, message: 'a quoted cell is never closed' };
      cell = quoted.text;
      for (const lineEnd of text.slice(at, quoted.end).matchAll(/\r\n|\n|\r/g)) if (lineEnd) line += 1;
      at = quoted.end;
      const next = text[at];
      if (next !== undefined && next !== separator && next !== '\r' && next !== '\n')
        return { ok: false, line, message: 'there is more after the end of a quoted cell' };
    } else if (char === separator) {
      row.cells.push(cell);
      cell = '';
      at += 1;
      // An empty cell before a quote is not the beginning of a quoted one.
    } else if (char === '\r' || char === '\n') {
      at += char === '\r' && text[at + 1] === '\n' ? 2 : 1;
      endRow();
      line += 1;
      row = { line, cells: [] };
    } else if (char === '\0') return { ok: false, line, message: 'there is a NUL character' };
    else {
      cell += char;
      at += 1;
    }
  }
  endRow();
  return { ok: true, rows };
}

function readQuoted(text: string, from: number): { text: string; end: number } | undefined {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 2))
    if (text[at + 1] !== '"') return { text: text.slice(from, at).replaceAll('""', '"'), end: at + 1 };
  return undefined;
}

function separatorOf(text: string): string {
  const first = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  const counted = [',', ';', '\t'].map((mark) => ({ mark, count: first.split(mark).length }));
  counted.sort((a, b) => b.count - a.count);
  return counted[0]?.mark ?? ',';
}
