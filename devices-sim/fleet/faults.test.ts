import { describe, expect, it } from 'vitest';
import { randomOf } from '../random.ts';
import { clockReading, DEFAULT_FAULT_RATE, mishapOf, parseFaults } from './faults.ts';

describe('faults', () => {
  it('are given by name, with or without a rate', () => {
    expect(parseFaults('dup, late=0.5')).toEqual({ dup: DEFAULT_FAULT_RATE, late: 0.5 });
    expect(parseFaults('')).toEqual({});
    expect(() => parseFaults('dupe')).toThrow('unknown fault "dupe"');
    expect(() => parseFaults('dup=2')).toThrow('within 0 and 1');
  });

  it('befall about as many messages as asked for', () => {
    const random = randomOf(1);
    const fates = Array.from({ length: 4000 }, () => mishapOf(random, { dup: 0.2 }, false));
    const repeated = fates.filter((fate) => fate.repeatAfterMs.length > 0).length;
    expect(repeated / fates.length).toBeCloseTo(0.2, 1);
    expect(fates.every((fate) => fate.holdMs === 0 && fate.agedMs === 0 && !fate.cut)).toBe(true);
  });

  it('never hold back or age a call for help', () => {
    const random = randomOf(2);
    const fates = Array.from({ length: 200 }, () => mishapOf(random, { late: 1, reorder: 1, dup: 1 }, true));
    expect(fates.every((fate) => fate.holdMs === 0 && fate.agedMs === 0)).toBe(true);
    expect(fates.every((fate) => fate.repeatAfterMs.length > 0)).toBe(true);
  });

  it('give a device a clock that is absent, in seconds or days ahead', () => {
    const at = 1_768_176_000_123;
    expect(clockReading(at, 'right')).toBe(at);
    expect(clockReading(at, 'absent')).toBeUndefined();
    expect(clockReading(at, 'seconds')).toBe(1_768_176_000);
    expect(clockReading(at, 'ahead')).toBeGreaterThan(at);
  });
});
