import { describe, expect, it } from 'vitest';
import { datesOf } from './plan-dates.ts';

const repeat = { days: [1, 4], everyWeeks: 1, since: '2026-01-01', until: null, except: [] };

describe('the dates of a plan', () => {
  it('are its days of each week', () => {
    // 12 January 2026 is a Monday.
    expect(datesOf(repeat, '2026-01-12', 9)).toEqual(['2026-01-12', '2026-01-15', '2026-01-19']);
  });

  it('of every second week count from the week in which it begins, over the turn of the year', () => {
    const fortnightly = { ...repeat, everyWeeks: 2, since: '2025-12-31' };
    expect(datesOf(fortnightly, '2025-12-29', 30)).toEqual([
      '2026-01-01',
      '2026-01-12',
      '2026-01-15',
      '2026-01-26',
    ]);
  });

  it('leave out exceptions and what is before or after it', () => {
    const bounded = { ...repeat, since: '2026-01-13', until: '2026-01-22', except: ['2026-01-19'] };
    expect(datesOf(bounded, '2026-01-12', 30)).toEqual(['2026-01-15', '2026-01-22']);
  });
});
