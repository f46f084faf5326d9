import type { Cell } from './csv.ts';

export interface PrintTable {
  caption: string;
  header: readonly string[];
  rows: readonly (readonly Cell[])[];
  /** The last row is a sum. */
  summed?: boolean;
}
export interface PrintPage {
  title: string;
  /** Period, scope and the like. */
  subtitle: string;
  tables: readonly PrintTable[];
}

/** A report as a page that prints well: no script, its style from our own file, headers repeated on every sheet. Pure. */
export function printPage({ title, subtitle, tables }: PrintPage): string {
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="/docs/report.css">
</head>
<body>
<header><h1>${escaped(title)}</h1><p>${escaped(subtitle)}</p></header>
${tables.map(tableOf).join('\n')}
</body>
</html>
`;
}

function tableOf({ caption, header, rows, summed }: PrintTable): string {
  const body = summed === true ? rows.slice(0, -1) : rows;
  const foot = summed === true ? rows.slice(-1) : [];
  return `<table>
<caption>${escaped(caption)}</caption>
<thead><tr>${header.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('')}</tr></thead>
<tbody>${body.map(rowOf).join('')}</tbody>${foot.length === 0 ? '' : `\n<tfoot>${foot.map(rowOf).join('')}</tfoot>`}
</table>`;
}

const rowOf = (row: readonly Cell[]): string => `<tr>${row.map(cellOf).join('')}</tr>`;
const cellOf = (cell: Cell): string =>
  typeof cell === 'number' || (typeof cell === 'string' && /^\d+\.\d+$/.test(cell))
    ? `<td class="number">${cell}</td>`
    : `<td>${escaped(cell ?? '–')}</td>`;

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
