import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Summary } from '../devices-sim/measure/summary.ts';
import { until } from './support/until.ts';

/** Start-up, the run itself, its end, and a slow machine. */
const TIMEOUT_MS = 180_000;

const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'yinling-demo-'));
let dataDir = join(folder, 'data');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The command as a person types it. */
const asTyped = ['npm', 'run', '--silent', 'demo', '--'] as const;

/** As it comes, on a server of its own, whatever database the suite runs on. */
const withoutDatabase = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'DATABASE_URL'));

function demo(
  [program, ...before]: readonly [string, ...string[]],
  ...args: string[]
): { child: ChildProcess; said(): string; exit: Promise<number | null> } {
  const child = spawn(program, [...before, ...args], {
    cwd: root,
    env: { ...withoutDatabase(), DATA_DIR: dataDir, HTTP_PORT: '0', MQTT_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  // Whatever a failed test leaves running would hold the directory of the next.
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill();
    await exit;
  });
  return { child, said: () => said, exit };
}

describe('npm run demo', { timeout: TIMEOUT_MS }, () => {
  it('-- --for 20s shows alarms from press to rated visit, loses and doubles nothing, and exits 0 (I1, I2, I5, I14)', async () => {
    dataDir = mkdtempSync(join(folder, 'data-'));
    const summaryFile = join(dataDir, 'summary.json');
    const run = demo(asTyped, '--for', '20s', '--summary', summaryFile);
    expect(await run.exit, run.said()).toBe(0);
    const summary = JSON.parse(readFileSync(summaryFile, 'utf8')) as Summary;
    expect(summary).toMatchObject({ lost: 0, duplicated: 0, problems: [] });
    expect(summary.alerts).toBeGreaterThan(3);
    expect(summary.visits).toBeGreaterThan(0);
    expect(summary.hours).toBeGreaterThan(0);
    expect(summary.latencyMs.count).toBe(summary.conservation.presses);
    expect(run.said()).toMatch(/console\s+http:\/\/127\.0\.0\.1:\d+\//);
    expect(run.said()).toMatch(/operator\s+operator \/ \S+/);
  });

  it('starts again on the same directory, is watched, and ends with Ctrl-C', async () => {
    // Without npm in between, which would end by the signal itself and tell nothing of our exit code.
    const run = demo([process.execPath, 'demo.ts'], '--seed', '1');
    await until('an alarm to be told', () => run.said().includes('一键呼叫'), 90_000).catch(
      (error: unknown) => {
        throw new Error(run.said(), { cause: error });
      },
    );
    run.child.kill('SIGINT');
    expect(await run.exit, run.said()).toBe(0);
    expect(run.said()).toMatch(/lost\s+0\n/);
  });

  it('refuses what it does not know with exit code 2', async () => {
    const run = demo(asTyped, '--fast');
    expect(await run.exit).toBe(2);
    expect(run.said()).toContain("Unknown option '--fast'");
  });
});
