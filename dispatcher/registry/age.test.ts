import { describe, expect, it } from 'vitest';
import { ageOn, localDate } from './age.ts';

describe('age', () => {
  it.each([
    ['1942-03-15', '2026-03-14', 83],
    ['1942-03-15', '2026-03-15', 84],
    ['1944-02-29', '2026-02-28', 81],
    ['1944-02-29', '2026-03-01', 82],
    ['2026-01-01', '2026-01-01', 0],
  ])('of someone born on %s is, on %s, %i', (birthDate, today, years) => {
    expect(ageOn(birthDate, today)).toBe(years);
  });

  it('turns at local midnight, not at midnight UTC', () => {
    expect(localDate(Date.parse('2026-03-14T16:00:00.000Z'), 'Asia/Shanghai')).toBe('2026-03-15');
  });
});
