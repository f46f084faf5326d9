/**
 * `npm run audit`: known weaknesses of what we depend on. Fails on any of moderate or graver; says so and goes on where
 * the registry cannot answer, for then nothing is known, good or bad.
 */
import { spawnSync } from 'node:child_process';

/** What `npm audit --json` has said: findings, none, or no answer. Pure. */
export function verdictOf(output: string): { known: boolean; findings: string[]; why?: string } {
  let report: unknown;
  try {
    report = JSON.parse(output);
  } catch {
    return { known: false, findings: [], why: 'npm audit gave no report' };
  }
  const { vulnerabilities, message, error } = report as {
    vulnerabilities?: Record<string, { severity: string; range: string }>;
    message?: string;
    error?: { summary?: string };
  };
  if (vulnerabilities === undefined)
    return { known: false, findings: [], why: message ?? error?.summary ?? 'npm audit gave no report' };
  const findings = Object.entries(vulnerabilities)
    .filter(([, { severity }]) => severity !== 'info' && severity !== 'low')
    .map(([name, { severity, range }]) => `${severity}: ${name} ${range}`);
  return { known: true, findings: findings.sort() };
}

if (import.meta.main) {
  const { stdout } = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8', timeout: 60_000 });
  const { known, findings, why } = verdictOf(stdout);
  for (const finding of findings) process.stderr.write(`${finding}\n`);
  process.stdout.write(
    known ? `npm audit: ${findings.length} findings\n` : `npm audit could not be asked: ${why}\n`,
  );
  process.exitCode = findings.length > 0 ? 1 : 0;
}
