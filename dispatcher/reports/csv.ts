export type Cell = string | number | null;

/**
 * RFC 4180, CRLF, with a byte order mark so that spreadsheets read the Chinese. Text that a spreadsheet would take for
 * a formula is quoted with an apostrophe: names of providers are typed by people.
 */
export function toCsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return BYTE_ORDER_MARK + [header, ...rows].map(csvLine).join('');
}

export const BYTE_ORDER_MARK = '\uFEFF';
export const csvLine = (row: readonly Cell[]): string => `${row.map(cell).join(',')}\r\n`;

/** Also after spaces, and in the full-width forms that a Chinese spreadsheet takes for the same. */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export type Form = 'json' | 'csv' | 'html';

/** What the caller would rather have, by `Accept`: JSON unless another form is named and wanted more. */
export function formFor(accept: string | undefined): Form {
  if (accept === undefined) return 'json';
  const weight = (type: string): number => {
    const found = accept
      .toLowerCase()
      .split(',')
      .map((part) => part.trim().split(';'))
      .find(([name]) => name?.trim() === type);
    if (found === undefined) return 0;
    const q = found.map((part) => /^\s*q=([\d.]+)\s*$/.exec(part)?.[1]).find((text) => text !== undefined);
    return q === undefined ? 1 : Number(q);
  };
  const [json, csv, html] = [weight('application/json'), weight('text/csv'), weight('text/html')];
  if (csv > json) return html > csv ? 'html' : 'csv';
  return html > json ? 'html' : 'json';
}
