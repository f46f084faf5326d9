import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { until } from '../support/until.ts';

it('the wall clock of a process jumps as its file says, there and back; its timers do not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'yinling-clock-'));
  const file = join(folder, 'clock');
  writeFileSync(file, '-600000');
  const preload = pathToFileURL(join(import.meta.dirname, 'wall-clock.ts')).href;
  const script = `setInterval(() => console.log(Date.now(), new Date().getTime(), new Date(5).getTime(), new Date() instanceof Date), 20)`;
  const child = spawn(process.execPath, ['--import', preload, '-e', script], {
    env: { ...process.env, CHAOS_CLOCK: file },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  onTestFinished(async () => {
    child.kill();
    await gone;
    rmSync(folder, { recursive: true, force: true });
  });
  const lines: string[][] = [];
  child.stdout.on('data', (chunk: Buffer) =>
    lines.push(
      ...chunk
        .toString()
        .trim()
        .split('\n')
        .map((line) => line.split(' ')),
    ),
  );
  const off = () => Number(lines.at(-1)?.[0]) - Date.now();
  await until('a clock that is behind', () => off() < -500_000);
  expect(Number(lines[0]?.[1]) - Number(lines[0]?.[0])).toBeLessThan(1_000);
  expect(lines[0]?.slice(2)).toEqual(['5', 'true']);
  writeFileSync(file, '75000');
  // Ticks went on meanwhile: a timer has nothing to do with the time of day.
  await until('a clock that is ahead', () => off() > 50_000);
  writeFileSync(file, '0');
  await until('a clock that is right', () => Math.abs(off()) < 5_000);
});
