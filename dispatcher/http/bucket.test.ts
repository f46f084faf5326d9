import { describe, expect, it } from 'vitest';
import { bucketSeconds } from './bucket.ts';

describe('a bucket', () => {
  it.each([
    ['30s', 30],
    ['5m', 300],
    ['1h', 3_600],
    ['2d', 172_800],
    ['0m', undefined],
    ['5', undefined],
    ['m', undefined],
    ['1.5h', undefined],
    ['5 m', undefined],
    ['-5m', undefined],
  ])('%s is %s seconds', (text, seconds) => {
    expect(bucketSeconds(text)).toBe(seconds);
  });
});
