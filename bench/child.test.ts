import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { cpuMsOf } from './child.ts';

it('the CPU time of a process is that of all its threads, and of none that is not there', () => {
  const { user, system } = process.cpuUsage();
  const told = cpuMsOf(process.pid);
  // Only Linux has /proc
  expect(told !== undefined).toBe(existsSync('/proc/self/stat'));
  if (told !== undefined) expect(Math.abs(told - (user + system) / 1000)).toBeLessThan(1_000);
  expect(cpuMsOf(2 ** 30)).toBeUndefined();
});
