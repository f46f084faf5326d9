import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.ts';

const exact = (values: number[], quantile: number): number =>
  [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(quantile * values.length - 1e-9) - 1)] ?? 0;

const of = (values: number[]): Histogram => {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
};

describe('histogram', () => {
  it('keeps count, least, greatest and mean exactly', () => {
    const summary = of([1, 2, 3, 4, 1000.5]).summary();
    expect(summary).toMatchObject({ count: 5, minMs: 1, maxMs: 1000.5, meanMs: 202.1 });
  });

  it('is exact to the microsecond below 1.024 ms', () => {
    expect(of([0.001, 0.5, 0.777, 1.023]).quantileMs(0.75)).toBe(0.777);
  });

  it('any quantile lies within 1/512 of the true one', () => {
    const values = fc.array(fc.double({ min: 0, max: 3_600_000, noNaN: true }), {
      minLength: 1,
      maxLength: 300,
    });
    fc.assert(
      fc.property(values, fc.constantFrom(0.5, 0.9, 0.99, 0.999, 1), (list, quantile) => {
        const truth = exact(list, quantile);
        expect(Math.abs(of(list).quantileMs(quantile) - truth)).toBeLessThanOrEqual(truth / 512 + 0.001);
      }),
    );
  });

  it('adds up what several processes measured', () => {
    const left = of([1, 5, 9]);
    left.add(JSON.parse(JSON.stringify(of([2, 70]).data())));
    expect(left.summary()).toEqual(of([1, 5, 9, 2, 70]).summary());
  });

  it('of nothing is all zeros, and a value beyond the last class still shows as the greatest', () => {
    expect(new Histogram().summary()).toMatchObject({ count: 0, p99Ms: 0, maxMs: 0, minMs: 0 });
    expect(of([1e9]).summary().maxMs).toBe(1e9);
  });
});
