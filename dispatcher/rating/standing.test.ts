import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { standing, standingMinutes } from './standing.ts';

const rule = { priorMean: 9, priorWeight: 10 };
const of = (...scores: number[]) => ({ count: scores.length, sum: scores.reduce((a, b) => a + b, 0) });

describe('a standing', () => {
  it('without ratings is the programme’s mean', () => {
    expect(standing(of(), rule)).toBe(9);
    expect(standing(of(), { priorMean: 8, priorWeight: 0 })).toBe(8);
  });

  it('is not buried by one bad score, and not made by one good one', () => {
    expect(standing(of(0), rule)).toBeCloseTo(8.18, 2);
    expect(standing(of(10), rule)).toBeCloseTo(9.09, 2);
    expect(standing(of(10), rule)).toBeLessThan(standing(of(...Array.from({ length: 30 }, () => 9.8)), rule));
  });

  it('comes to be one’s own with many', () => {
    expect(standing({ count: 1_000, sum: 7_000 }, rule)).toBeCloseTo(7.02, 2);
  });

  it('lies between the own mean and the programme’s, and rises with every better score', () => {
    const scores = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(scores, (given) => {
        const scored = of(...given);
        const value = standing(scored, rule);
        const mean = scored.sum / scored.count;
        expect(value).toBeGreaterThanOrEqual(Math.min(mean, 9) - 1e-9);
        expect(value).toBeLessThanOrEqual(Math.max(mean, 9) + 1e-9);
        expect(standing({ ...scored, sum: scored.sum + 1 }, rule)).toBeGreaterThan(value);
      }),
    );
  });

  it('is worth some minutes of travel and no more', () => {
    expect([9, 10, 0].map((value) => standingMinutes(value, rule))).toEqual([0, -2, 5]);
  });
});
