/** One table of the evaluation, for the terminal and for docs/evaluation.md alike. */
export interface Section {
  title: string;
  /** What was done, and how the data was split. */
  lines: readonly string[];
  header?: readonly string[];
  rows?: readonly (readonly string[])[];
  after?: readonly string[];
}

export const recording = {
  absent: (title: string, names: readonly string[]): Section => ({
    title,
    lines: [`Left out: no recording ${names.join(', ')} here (YINLING_DATA names the folder).`],
  }),
};

export const markdown = ({ title, lines, header, rows, after }: Section): string =>
  [
    `## ${title}`,
    '',
    ...lines,
    ...(header && rows
      ? [
          '',
          `| ${header.join(' | ')} |`,
          `|${' --- |'.repeat(header.length)}`,
          ...rows.map((r) => `| ${r.join(' | ')} |`),
        ]
      : []),
    ...(after && after.length > 0 ? ['', ...after.flatMap((line) => [line, '']).slice(0, -1)] : []),
    '',
  ].join('\n');

/** The same with columns padded, for people at a terminal. */
export function plain({ title, lines, header, rows, after }: Section): string {
  const all = header && rows ? [header, ...rows] : [];
  const widths = (header ?? []).map((_, c) => Math.max(...all.map((r) => [...(r[c] ?? '')].length)));
  const line = (r: readonly string[]): string =>
    r
      .map((text, c) => text.padEnd(widths[c] ?? 0))
      .join('  ')
      .trimEnd();
  return [`== ${title}`, ...lines, ...all.map(line), ...(after ?? []), ''].join('\n');
}
