import { expect, test } from 'vitest';
import { dayRuns, pageGroups } from './page-groups.ts';

test('the menu’s groups keep the order of pages, and leave out what the role does not see', () => {
  expect(pageGroups(['wall', 'residents', 'vouchers', 'policies', 'audit'])).toEqual([
    { group: 'live', pages: ['wall'] },
    { group: 'people', pages: ['residents', 'vouchers'] },
    { group: 'rules', pages: ['policies'] },
    { group: 'system', pages: ['audit'] },
  ]);
  expect(pageGroups(['homes'])).toEqual([{ group: 'people', pages: ['homes'] }]);
});
test('weekdays are read as runs', () => {
  expect(dayRuns([1, 2, 3, 5])).toEqual([
    [1, 3],
    [5, 5],
  ]);
  expect(dayRuns([7, 1])).toEqual([
    [1, 1],
    [7, 7],
  ]);
});
