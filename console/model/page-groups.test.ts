import { expect, test } from 'vitest';
import { dayRuns, isFolded, pageGroups } from './page-groups.ts';
import { PAGES_OF } from './registry-specs.ts';

test('the menu’s groups keep the order of pages, and leave out what the role does not see', () => {
  expect(pageGroups(['wall', 'residents', 'vouchers', 'policies', 'audit'])).toEqual([
    { group: 'live', pages: ['wall'] },
    { group: 'people', pages: ['residents'] },
    { group: 'care', pages: ['vouchers'] },
    { group: 'rules', pages: ['policies'] },
    { group: 'system', pages: ['audit'] },
  ]);
  expect(pageGroups(['homes'])).toEqual([{ group: 'people', pages: ['homes'] }]);
});
test('a long menu is folded, a short one stands open, and no group is longer than a screen', () => {
  expect(Object.entries(PAGES_OF).map(([role, pages]) => [role, isFolded(pages)])).toEqual([
    ['supervisor', true],
    ['admin', true],
    ['auditor', true],
    ['operator', false],
    ['technician', false],
  ]);
  for (const pages of Object.values(PAGES_OF))
    for (const { pages: group } of pageGroups(pages)) expect(group.length).toBeLessThan(12);
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
