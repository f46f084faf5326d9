import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DESKTOP, goTo, PAGES, PHONE } from '../../console/dev/pages.ts';
import { leftOut, openBench, startFakeApi } from './fixture.ts';
import type { Bench } from './fixture.ts';

/** Phone pages in their whole length: what scrolls under the bar at the bottom is not covered, it is on its way. */
const WHOLE_PHONE = { ...PHONE, height: 2400 };
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
interface Violation {
  id: string;
  impact: string;
  nodes: { target: string[]; failureSummary: string }[];
}

describe.skipIf(leftOut !== undefined)('accessibility, as axe sees it', () => {
  let bench: Bench;
  let axe: string;
  beforeAll(async () => {
    bench = await openBench();
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  });
  afterAll(() => bench.close());

  it('is asked on every page that the routers know, and in every dialog', async () => {
    const root = new URL('../../console/', import.meta.url);
    const found = async (path: string, pattern: RegExp): Promise<string[]> =>
      [...(await readFile(new URL(path, root), 'utf8')).matchAll(pattern)].map(([, name = '']) => name);
    const routed = await Promise.all(
      ['operator/OperatorApp.vue', 'supervisor/SupervisorView.vue'].map((path) =>
        found(path, /page === '([\w-]+)'/g),
      ),
    );
    const [union = ''] = await found('wire/desk.ts', /type DialogName =([^;]+);/g);
    const dialogs = [...union.matchAll(/'([\w-]+)'/g)].map(([, name = '']) => name);
    expect([routed.flat().length > 8, dialogs.length > 6]).toEqual([true, true]);
    const visited = new Set(PAGES.map(({ url }) => /^\/#\/([\w-]+)/.exec(url)?.[1]));
    expect(routed.flat().filter((page) => !visited.has(page))).toEqual([]);
    expect(dialogs.filter((name) => !PAGES.some((page) => page.name === name))).toEqual([]);
  });

  /** The other theme is other colours on the same page. */
  const RUN = {
    dark: { type: 'tag', values: TAGS },
    light: { type: 'rule', values: ['color-contrast'] },
  };
  const serious = async (page: Page, theme: keyof typeof RUN): Promise<string[]> => {
    await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
    const found = await page.evaluate<Violation[]>(
      `axe.run(document, { runOnly: ${JSON.stringify(RUN[theme])}, resultTypes: ['violations'] }).then((r) => r.violations)`,
    );
    return found
      .filter((v) => v.impact === 'serious' || v.impact === 'critical')
      .flatMap((v) => v.nodes.map((n) => `${theme}: ${v.id}: ${n.target.join(' ')}: ${n.failureSummary}`));
  };

  it.each(
    PAGES.flatMap((state) => (['zh', 'en'] as const).map((lang) => ({ name: state.name, lang, state }))),
  )('no serious violation on $name ($lang), dark and light', async ({ lang, state }) => {
    const api = await startFakeApi({ alerts: 16, dist: bench.dist });
    onTestFinished(() => api.close());
    const context = await bench.browser.newContext({
      viewport: state.phone ? WHOLE_PHONE : DESKTOP,
      hasTouch: state.phone ?? false,
      // Colours are judged as they come to rest.
      reducedMotion: 'reduce',
    });
    onTestFinished(() => context.close());
    await context.addInitScript(
      (prefs) => localStorage.setItem('yinling.prefs', prefs),
      JSON.stringify({ lang, theme: 'dark' }),
    );
    const page = await context.newPage();
    await goTo(page, api, state);
    await page.evaluate(axe);
    expect([...(await serious(page, 'dark')), ...(await serious(page, 'light'))]).toEqual([]);
  });
});
