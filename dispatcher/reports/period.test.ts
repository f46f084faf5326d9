import { describe, expect, it } from 'vitest';
import { momentOf } from './period.ts';

describe('a period', () => {
  it.each([
    ['2024-09', 'from', '2024-08-31T16:00:00.000Z'],
    ['2024-09', 'to', '2024-09-30T16:00:00.000Z'],
    ['2024-12', 'to', '2024-12-31T16:00:00.000Z'],
    ['2024-09-01', 'from', '2024-08-31T16:00:00.000Z'],
    ['2024-09-30', 'to', '2024-09-30T16:00:00.000Z'],
    ['2024-09-01T00:00:00Z', 'from', '2024-09-01T00:00:00.000Z'],
    ['2024-09-01T08:00:00+08:00', 'to', '2024-09-01T00:00:00.000Z'],
  ] as const)('%s as %s is %s in Shanghai', (text, end, moment) => {
    expect(momentOf(text, end, 'Asia/Shanghai')).toBe(moment);
  });

  it('knows that clocks change', () => {
    expect(momentOf('2024-03-31', 'from', 'Europe/Berlin')).toBe('2024-03-30T23:00:00.000Z');
    expect(momentOf('2024-03-31', 'to', 'Europe/Berlin')).toBe('2024-03-31T22:00:00.000Z');
  });

  it.each(['', '2024', '2024-13', '2024-02-30', 'yesterday', '2024-09-01T00:00:00', '2024-9-1'])(
    '%j is none',
    (text) => {
      expect(momentOf(text, 'from', 'Asia/Shanghai')).toBeUndefined();
    },
  );
});
