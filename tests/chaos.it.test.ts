import { expect, it } from 'vitest';
import { runChaos } from './chaos/run.ts';

const said: string[] = [];
const SEED = Number(process.env['CHAOS_SEED'] ?? 20261123);

it(`I1 I2 I4 I6 I10 I11 I12: whatever dies, is cut, freezes or fills up, nothing acknowledged is lost or doubled (seed ${SEED})`, async () => {
  const report = await runChaos({
    seed: SEED,
    durationMs: 14_000,
    layout: 'apart',
    redis: true,
    homes: 8,
    meanGapMs: 200,
    longestFaultMs: 1_500,
    storm: 200,
    recoverWithinMs: 90_000,
    say: (line) => void said.push(line),
  });
  expect(report.offences, said.join('\n')).toEqual([]);
  expect(report).toMatchObject({ lost: 0, duplicated: 0 });
  // It was a run, and not the absence of one.
  expect(report.acknowledged).toBeGreaterThan(50);
  expect(Object.keys(report.faults).length).toBeGreaterThan(4);
  expect(report.alerts).toBeGreaterThan(0);
  expect(report.memory.togetherMb.length).toBeGreaterThan(5);
}, 180_000);
