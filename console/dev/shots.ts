import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromiumPath, launchChromium } from './chromium.ts';
import { startFakeApi } from './fake-api.ts';
import { A4, DESKTOP, goTo, PAGES, PHONE, PRINTS } from './pages.ts';

/** `node console/dev/shots.ts DIR [name…]`: pictures of every page in both languages and themes, to be looked at. */
const [, , dir = '/tmp/shots', ...only] = process.argv;
const path = chromiumPath();
if (!path) throw new Error('no chromium');
await mkdir(dir, { recursive: true });
const WALLBOARD = { width: 1920, height: 1080 };
const browser = await launchChromium(path);
for (const state of [...PAGES, ...PRINTS]) {
  if (only.length > 0 && !only.includes(state.name)) continue;
  for (const lang of ['zh', 'en'])
    for (const theme of state.print ? ['light'] : ['dark', 'light', ...(state.wallboard ? ['wall'] : [])]) {
      // A district of its own: what one page does is not what the next one shows.
      const api = await startFakeApi({ alerts: 16 });
      const name = `${state.name}-${lang}-${theme}`;
      const context = await browser.newContext({
        viewport: state.phone ? PHONE : theme === 'wall' ? WALLBOARD : DESKTOP,
        locale: 'zh-CN',
        hasTouch: state.phone ?? false,
      });
      await context.addInitScript(
        (prefs) => localStorage.setItem('yinling.prefs', prefs),
        JSON.stringify({ lang, theme }),
      );
      const page = await context.newPage();
      page.on(
        'console',
        (m) => ['error', 'warning'].includes(m.type()) && process.stderr.write(`${name}: ${m.text()}\n`),
      );
      page.on('pageerror', (e) => process.stderr.write(`${name}: ${e.message}\n`));
      await goTo(page, api, state);
      if (state.print) {
        await page.emulateMedia({ media: 'print' });
        await page.setViewportSize(A4);
      }
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(dir, `${name}.png`), fullPage: state.print ?? false });
      await context.close();
      await api.close();
    }
}
await browser.close();
