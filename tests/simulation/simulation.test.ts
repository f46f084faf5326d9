import { describe, expect, it } from 'vitest';
import { type Defect, DEFECTS } from './memory-database.ts';
import { shrink } from './shrink.ts';
import { simulate, type SimulationReport } from './simulate.ts';

/** Three hours of a few homes to whom much happens, with a mishap each two and a half minutes. */
const SMALL = { homes: 6, days: 0.12, crashes: true, meanBetweenKillsMs: 150_000, incidentsPerDay: 25 };
const told = ({ seed, offences, trace }: SimulationReport): string =>
  [`npm run simulate -- --seed ${seed}`, ...offences, ...trace].join('\n');

describe('the service between any two effects', () => {
  it.each([1, 2, 3, 4])(
    'I1 I2 I4 I5 I6 I7 I9 I10 I11 I14: killed there, it loses, doubles and delays nothing (seed %i)',
    async (seed) => {
      const report = await simulate({ ...SMALL, seed });
      expect(report.offences, told(report)).toEqual([]);
      // It was a run, and not the absence of one.
      expect(report.kills).toBeGreaterThan(3);
      expect(report.alerts).toBeGreaterThan(3);
      expect(report.orders).toBeGreaterThan(2);
      expect(report.offers).toBeGreaterThan(2);
    },
    120_000,
  );

  it('holds over a week of calls, what devices say all day left out', async () => {
    const week = { homes: 40, days: 7, incidentsOnly: true, incidentsPerDay: 1 / 7, crashes: true };
    const report = await simulate({ ...week, meanBetweenKillsMs: 4 * 3_600_000, seed: 1 });
    expect(report.offences, told(report)).toEqual([]);
    expect(report.kills).toBeGreaterThan(3);
    expect(report.alerts).toBeGreaterThan(10);
    // Nothing is concluded from silence: what there is, was said.
    expect(report.alerts).toBeLessThan(report.messages);
  }, 120_000);

  it('is the same run by the same seed', async () => {
    const run = () => simulate({ ...SMALL, days: 0.05, seed: 6 });
    const [once, again] = [await run(), await run()];
    expect({ ...again, tookMs: 0, cpuMs: 0 }).toEqual({ ...once, tookMs: 0, cpuMs: 0 });
    expect(once.trace.length).toBeGreaterThan(10);
  }, 120_000);
});

/** What the checker must say of each mistake, and from which seed on runs are tried: a mistake must be come to. */
const FOUND: Readonly<Record<Defect, readonly [seed: number, said: RegExp]>> = {
  acknowledged_before_commit: [2, /acknowledged_not_stored/],
  outbox_in_memory: [2, /without its outbox row/],
  dedup_key_dropped: [1, /I5 2 unresolved/],
  deadlines_lost_at_crash: [1, /is overdue since|nobody was asked/],
  message_ids_not_stored: [5, /stored_twice|press_twice/],
  two_emergencies_allowed: [1, /I11 .* emergencies at once/],
  commit_torn_at_crash: [7, /without its (outbox row|event)/],
  snapshot_out_of_date: [1, /is not its refold|I14/],
  emergency_cleared_by_itself: [1, /I7 emergency .* ended by system/],
  expiry_not_stored: [1, /has outlived its time/],
};

const TRIES = 15;

describe('the checker is not blind', () => {
  it.each(DEFECTS)(
    '%s is found',
    async (defect) => {
      const [first, said] = FOUND[defect];
      const lines: string[] = [];
      for (let seed = first; seed < first + TRIES && !said.test(lines.join('\n')); seed += 1)
        lines.push(...(await simulate({ ...SMALL, seed, defects: new Set([defect]) })).offences);
      expect(lines.join('\n')).toMatch(said);
    },
    120_000,
  );

  it('says the smallest number of steps that goes wrong', async () => {
    const options = { ...SMALL, seed: 1, defects: new Set<Defect>(['dedup_key_dropped']) };
    const failed = await simulate(options);
    const least = await shrink(options, failed);
    expect(least.offences.join()).toContain('I5');
    const before = await simulate({ ...options, mostSteps: least.stepsUntilPeace - 1 });
    expect(before.ok || before.stepsUntilPeace >= least.stepsUntilPeace).toBe(true);
  }, 120_000);
});
