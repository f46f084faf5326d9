/** What the doctor found of one thing, and what to do about it. */
export interface Finding {
  /** What was looked at, a word or two. */
  readonly check: string;
  /** `fail`: alarms are or will be lost, late or unseen; `warn`: not so yet, or not in production. */
  readonly level: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** Said of everything that is not ok. */
  readonly todo?: string;
}

export const ok = (check: string, found: string): Finding => ({ check, level: 'ok', found });
export const warn = (check: string, found: string, todo: string): Finding => ({
  check,
  level: 'warn',
  found,
  todo,
});
export const fail = (check: string, found: string, todo: string): Finding => ({
  check,
  level: 'fail',
  found,
  todo,
});

/** For a person: one line each, what to do below it, the count last. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, level, found, todo }) => [
    `${level === 'ok' ? 'ok  ' : level.toUpperCase()}  ${check.padEnd(width)}  ${found}`,
    ...(todo === undefined ? [] : [`      ${' '.repeat(width)}  → ${todo}`]),
  ]);
  const count = (level: Finding['level']): number => findings.filter((one) => one.level === level).length;
  return [...lines, `${count('ok')} ok, ${count('warn')} to see to, ${count('fail')} failed`].join('\n');
}
