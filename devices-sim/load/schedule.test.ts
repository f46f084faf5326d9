import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomOf } from '../random.ts';
import { parseBursts } from './bursts.ts';
import { arrivals, dayFactor, FLAT, peakFactor, rateFactor, type Shape } from './schedule.ts';

const DAY: Shape = { profile: 'day', dayMs: 24_000, bursts: [] };

describe('the schedule of a load', () => {
  it('gives the same arrivals for the same seed, in order, and others for another', () => {
    const run = (seed: number) => [...arrivals(randomOf(seed), FLAT, 'telemetry', 500, [0, 2_000])];
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    expect(run(1)).toEqual(run(1).toSorted((a, b) => a - b));
  });

  it('is Poisson at the rate asked for: count and waiting times agree with it', () => {
    const times = [...arrivals(randomOf(3), FLAT, 'telemetry', 1_000, [0, 20_000])];
    expect(Math.abs(times.length - 20_000)).toBeLessThan(5 * Math.sqrt(20_000));
    const gaps = times.map((at, i) => at - (times[i - 1] ?? 0));
    const longer = gaps.filter((gap) => gap > 1).length / gaps.length;
    expect(longer).toBeGreaterThan(0.35);
    expect(longer).toBeLessThan(0.39); // 1/e
  });

  it('has a day whose mean is one and whose nights are quieter than its mornings', () => {
    const steps = Array.from({ length: 24_000 }, (_, at) => dayFactor(DAY, at));
    expect(steps.reduce((a, b) => a + b) / steps.length).toBeCloseTo(1, 3);
    expect(dayFactor(DAY, 3_000)).toBeLessThan(dayFactor(DAY, 8_000) / 2);
    expect(dayFactor(DAY, 8_000 + 24_000)).toBeCloseTo(dayFactor(DAY, 8_000), 9);
    const night = [...arrivals(randomOf(1), DAY, 'telemetry', 2_000, [1_000, 4_000])].length;
    const morning = [...arrivals(randomOf(1), DAY, 'telemetry', 2_000, [7_000, 10_000])].length;
    expect(morning).toBeGreaterThan(2 * night);
  });

  it('multiplies calls for help in a heat wave, and only then', () => {
    const shape: Shape = { ...FLAT, bursts: parseBursts('heat-wave@5s+2s*20') };
    expect(rateFactor(shape, 'presses', 4_999)).toBe(1);
    expect(rateFactor(shape, 'presses', 5_000)).toBe(20);
    expect(rateFactor(shape, 'presses', 7_000)).toBe(1);
    expect(rateFactor(shape, 'telemetry', 6_000)).toBeCloseTo(1.3);
    const times = [...arrivals(randomOf(1), shape, 'presses', 50, [0, 10_000])];
    expect(times.filter((at) => at >= 5_000 && at < 7_000).length).toBeGreaterThan(1_700);
    expect(times.filter((at) => at < 5_000).length).toBeLessThan(350);
  });

  it('never exceeds the peak that thinning starts from', () => {
    const bursts = parseBursts('heat-wave@1s+8s*0.5,heat-wave@2s+3s*30');
    const at = fc.double({ min: -5_000, max: 50_000, noNaN: true });
    fc.assert(
      fc.property(
        at,
        fc.constantFrom('flat', 'day'),
        fc.constantFrom('telemetry', 'presses'),
        (when, profile, what) => {
          const shape: Shape = { profile, dayMs: 24_000, bursts };
          expect(rateFactor(shape, what, when)).toBeLessThanOrEqual(peakFactor(shape, what) + 1e-9);
        },
      ),
    );
  });
});

describe('bursts on the command line', () => {
  it('have a kind, a time, and a length and amount if wanted', () => {
    expect(parseBursts('heat-wave@10s+20s*15, reconnection@500ms,power-cut@0s*0.5')).toEqual([
      { kind: 'heat-wave', atMs: 10_000, forMs: 20_000, amount: 15 },
      { kind: 'reconnection', atMs: 500, forMs: 1_000, amount: 1 },
      { kind: 'power-cut', atMs: 0, forMs: 5_000, amount: 0.5 },
    ]);
    expect(parseBursts('')).toEqual([]);
  });

  it.each([
    'flood@1s',
    'heat-wave',
    'heat-wave@soon',
    'power-cut@1s*2',
    'power-cut@1s*0',
    'heat-wave@1s+x',
    'reconnection@1s*x',
  ])('refuse "%s"', (text) => {
    expect(() => parseBursts(text)).toThrow(`"${text}"`);
  });
});
