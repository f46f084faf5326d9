import { expect, it } from 'vitest';
import { PAGES_OF } from '../model/registry-specs.ts';
import { PAGES } from './pages.ts';

/** Axe and the pictures visit what stands in `pages.ts`; a page of the menu that is not there would be seen by nobody. */
it('every page of every role’s menu is visited by axe and pictured', () => {
  const visited = new Set(PAGES.map(({ url }) => /^\/#\/([\w-]+)/.exec(url)?.[1]));
  const pages = new Set(Object.values(PAGES_OF).flat());
  expect([...pages].filter((page) => !visited.has(page))).toEqual([]);
});
