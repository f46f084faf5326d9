import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { cpuMsOf, zoneOfMorning } from './child.ts';

it('the CPU time of a process is that of all its threads, and of none that is not there', () => {
  const { user, system } = process.cpuUsage();
  const told = cpuMsOf(process.pid);
  // Only Linux has /proc
  expect(told !== undefined).toBe(existsSync('/proc/self/stat'));
  if (told !== undefined) expect(Math.abs(told - (user + system) / 1000)).toBeLessThan(1_000);
  expect(cpuMsOf(2 ** 30)).toBeUndefined();
});

it('benchmarks run where it is ten in the morning, whatever the hour here', () => {
  for (let hour = 0; hour < 24; hour++) {
    const now = new Date(Date.UTC(2026, 10, 23, hour, 30));
    const there = new Intl.DateTimeFormat('en-GB', { timeZone: zoneOfMorning(now), timeStyle: 'short' });
    expect(there.format(now)).toBe('10:30');
  }
});
