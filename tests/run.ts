/**
 * `npm test`: every suite that this machine can run. Suites that need a program the machine has not are left out
 * aloud; with CI=true a suite that CI can run must not have been. Closes with `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { askServer, databaseLines } from './support/database-notice.ts';

const root = resolve(import.meta.dirname, '..');
const ci = process.env['CI'] === 'true';

/** What suites may need beyond Node.js, and what is left out without it. */
const WANTED: readonly { program: string[]; why: string }[] = [
  { program: ['redis-server'], why: 'wake-ups, persistence and fan-out on Redis' },
  { program: ['mosquitto'], why: 'ingest from an external broker' },
  { program: ['mosquitto_pub'], why: 'a client that nobody here wrote' },
  { program: ['promtool'], why: 'the alert rules, by Prometheus itself' },
  {
    program: ['chromium', 'chromium-browser', 'google-chrome'],
    why: 'console and caregiver page in a real browser',
  },
];
const onPath = (name: string): boolean =>
  [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'].some((dir) =>
    existsSync(join(dir, name)),
  );

const missing = WANTED.filter(({ program }) => !program.some(onPath));
const data = process.env['YINLING_DATA'] ?? resolve(root, '../shared/data');

/** On what the integration tests run: hypertables, or partitions of our own behind the same views. */
async function databaseNotices(): Promise<string[]> {
  const url = process.env['DATABASE_URL'] ?? '';
  try {
    return databaseLines(url === '' ? undefined : await askServer(url));
  } catch (error) {
    return [`DATABASE_URL cannot be had: ${error instanceof Error ? error.message : String(error)}`];
  }
}

const notices = [
  ...(await databaseNotices()),
  ...missing.map(({ program, why }) => `left out: ${why} (no ${program[0]} on this machine)`),
  ...(existsSync(data) ? [] : [`left out: recorded datasets (none at YINLING_DATA, default ../shared/data)`]),
];

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numFailedTestSuites: number;
  testResults: { name: string; status: string; assertionResults: { status: string; fullName: string }[] }[];
}

const run = (command: string, args: readonly string[]): Promise<number> =>
  new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
    child.on('error', fail);
    child.on('exit', (code, signal) => done(signal === null ? (code ?? 1) : 1));
  });

const folder = mkdtempSync(join(tmpdir(), 'yinling-tests-'));
const reportFile = join(folder, 'report.json');
const code = await run(process.execPath, [
  join(root, 'node_modules/vitest/vitest.mjs'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${reportFile}`,
  ...process.argv.slice(2),
]);

let failed = code === 0 ? 0 : 1;
let line = '0 passed, 1 failed, 0 skipped';
if (existsSync(reportFile)) {
  const report = JSON.parse(readFileSync(reportFile, 'utf8')) as Report;
  const skipped = report.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status === 'pending' || test.status === 'skipped' || test.status === 'todo')
      .map((test) => `${file.name.slice(root.length + 1)}: ${test.fullName}`),
  );
  for (const test of skipped) console.log(`skipped: ${test}`);
  // A file that fails to load has no tests of its own, but it is a failure.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  failed = Math.max(failed, report.numFailedTests + brokenFiles);
  if (ci && (skipped.length > 0 || missing.length > 0)) {
    console.log('CI must not skip: install what is missing in .ci/run');
    failed += 1;
  }
  line = `${report.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped`;
}
rmSync(folder, { recursive: true, force: true });
for (const notice of notices) console.log(notice);
console.log(line);
process.exitCode = failed === 0 ? 0 : 1;
