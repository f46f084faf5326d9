import { describe, expect, it } from 'vitest';
import { FREE_FAILURES, LONGEST_WAIT_MS, waitAfter } from './login-throttle.ts';

describe('login limits', () => {
  it('forgive a few slips, then double the wait to a bound', () => {
    const waits = Array.from({ length: 12 }, (_, i) => waitAfter(FREE_FAILURES + i));
    expect(waitAfter(FREE_FAILURES - 1)).toBe(0);
    expect(waits.slice(0, 5)).toEqual([2_000, 4_000, 8_000, 16_000, 32_000]);
    expect(waits.at(-1)).toBe(LONGEST_WAIT_MS);
  });
});
