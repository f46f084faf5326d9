import { describe, expect, it } from 'vitest';
import { randomOf } from './random.ts';

const draws = (count: number, seed: number | string) => {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => random.next());
};

describe('seeded chance', () => {
  it('gives the same draws for the same seed, and others for another', () => {
    expect(draws(100, 7)).toEqual(draws(100, 7));
    expect(draws(5, 7)).not.toEqual(draws(5, 8));
  });

  it('forks do not depend on how much the parent has drawn', () => {
    const parent = randomOf(1);
    const before = parent.fork('a').next();
    parent.next();
    expect(parent.fork('a').next()).toBe(before);
    expect(parent.fork('b').next()).not.toBe(before);
  });

  it('is even: mean, bounds and moments are what they should be', () => {
    const many = draws(20_000, 3);
    const mean = many.reduce((a, b) => a + b) / many.length;
    expect(mean).toBeCloseTo(0.5, 1);
    expect(Math.min(...many)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...many)).toBeLessThan(1);
    const random = randomOf(4);
    const waits = Array.from({ length: 20_000 }, () => random.exponential(10));
    expect(waits.reduce((a, b) => a + b) / waits.length).toBeCloseTo(10, 0);
  });

  it('some() picks different items, never more than there are', () => {
    const random = randomOf(5);
    expect(new Set(random.some([1, 2, 3, 4], 3)).size).toBe(3);
    expect(random.some([1, 2], 5)).toEqual([1, 2]);
  });

  it('weighted() follows the weights', () => {
    const random = randomOf(6);
    const picked = Array.from({ length: 10_000 }, () =>
      random.weighted([
        ['a', 3],
        ['b', 1],
      ]),
    );
    expect(picked.filter((item) => item === 'a').length / 10_000).toBeCloseTo(0.75, 1);
  });
});
