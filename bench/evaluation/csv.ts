/** Rows of a comma-separated text; the header names the columns. Quoted fields may hold commas, but no line ends. */
export function csvRows(text: string): Record<string, string>[] {
  const rows: Record<string, string>[] = [];
  eachRow(text, (row) => rows.push(row));
  return rows;
}

export function eachRow(text: string, take: (row: Record<string, string>) => void): void {
  let names: string[] | undefined;
  for (const line of lines(text)) {
    const fields = fieldsOf(line);
    if (names === undefined) names = fields.map((name) => name.trim());
    else take(Object.fromEntries(names.map((name, i) => [name, fields[i]?.trim() ?? ''])));
  }
}

const fieldsOf = (line: string): string[] =>
  line.includes('"')
    ? [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
        quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
      )
    : line.split(',');

/** Lines without their ends; no array of a million strings is built. */
export function* lines(text: string): Generator<string> {
  let from = 0;
  while (from < text.length) {
    const at = text.indexOf('\n', from);
    const end = at < 0 ? text.length : at;
    const line = text[end - 1] === '\r' ? text.slice(from, end - 1) : text.slice(from, end);
    if (line !== '') yield line;
    from = end + 1;
  }
}
