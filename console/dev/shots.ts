import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, launchChromium } from './chromium.ts';
import { startFakeApi } from './fake-api.ts';

/** `node console/dev/shots.ts DIR [name…]`: pictures of every page in both languages and themes, to be looked at. */
const [, , dir = '/tmp/shots', ...only] = process.argv;
const path = chromiumPath();
if (!path) throw new Error('no chromium');
await mkdir(dir, { recursive: true });
const browser: Browser = await launchChromium(path);
const api = await startFakeApi({ alerts: 16 });

interface Shot {
  name: string;
  user?: string;
  url?: string;
  size?: [number, number];
  lang?: 'zh' | 'en';
  theme?: 'dark' | 'light' | 'wall';
  touch?: boolean;
  steps?: (page: Page) => Promise<void>;
}
const top = async (page: Page): Promise<void> => {
  await page.locator('.queue-row').first().click();
  await page.locator('.chart').first().waitFor();
  await page.locator('.candidates ol li').first().waitFor();
};
const owned = async (page: Page): Promise<void> => {
  await top(page);
  await page.keyboard.press('a');
  await page.locator('.protocol').waitFor();
};
const shots: Shot[] = [
  { name: 'login', user: '' },
  { name: 'desk-zh-dark', steps: top },
  { name: 'desk-en-light', lang: 'en', theme: 'light', steps: top },
  { name: 'desk-zh-light', theme: 'light', steps: owned },
  { name: 'desk-1024', size: [1024, 768], steps: top },
  { name: 'desk-en-1024', size: [1024, 768], lang: 'en', steps: top },
  {
    name: 'resolve',
    steps: async (p) => (await owned(p), await p.keyboard.press('r'), await p.locator('dialog').waitFor()),
  },
  {
    name: 'keys',
    steps: async (p) => (await top(p), await p.keyboard.press('?'), await p.locator('dialog').waitFor()),
  },
  { name: 'calm', steps: async (p) => p.locator('.segments button').nth(3).click() },
];
shots.push(
  {
    name: 'lost',
    steps: async (p) => {
      await top(p);
      api.dropStreams(4000);
      await p.locator('.banner.bad').waitFor();
    },
  },
  {
    name: 'pending',
    theme: 'light',
    steps: async (p) => {
      const seed = { kind: 'fall', priority: 2, device: 'radar', zone: 'bathroom' } as const;
      const alert = api.desk.open(seed, 30, Date.now() - 8000, {
        state: 'pending',
        deadlineAt: new Date(Date.now() + 12_000).toISOString(),
      });
      await p.locator(`[data-alert=${alert.id}]`).click();
      await p.locator('.chart').first().waitFor();
    },
  },
  {
    name: 'picking-en',
    lang: 'en',
    steps: async (p) => {
      await p.locator('.queue-row').nth(2).click();
      await p.locator('.candidates ol li').first().waitFor();
      await p.keyboard.press('d');
      await p.locator('.queue-row').nth(1).hover();
      api.desk.open({ kind: 'sos', priority: 1, device: 'sos' }, 33, Date.now());
    },
  },
  { name: 'desk-wall', theme: 'wall', size: [1920, 1080], steps: top },
  {
    name: 'search',
    steps: async (p) => (
      await p.keyboard.press('/'),
      await p.locator('dialog input').fill('王'),
      await p.locator('dialog input').fill('王桂'),
      await p.locator('.found-row').first().waitFor()
    ),
  },
);
const phone: [number, number] = [390, 844];
let offered = '';
const offerTo =
  (emergency: boolean) =>
  async (page: Page): Promise<void> => {
    const alert = [...api.desk.alerts.values()].find(
      (a) => a.priority === (emergency ? 1 : 3) && a.state !== 'resolved',
    );
    if (alert) offered = api.desk.offer(alert.homeId, emergency ? 'urgent' : 'meal', 'cg-001', alert).id;
    await page.locator('.offer').waitFor();
  };
const visit =
  (...steps: string[]) =>
  async (page: Page): Promise<void> => {
    await offerTo(true)(page);
    await page.locator('.offer .act').first().click();
    await page.locator('.visit').waitFor();
    for (const step of steps) api.desk.orderCommand(offered, step, 'cg-001', {});
    await page.waitForTimeout(300);
  };
/** Ends what an earlier picture left on the phone. */
const clear = (page: Page): Promise<void> => {
  for (const o of api.desk.orders.values()) api.desk.orderCommand(o.id, 'cancel', null, { reason: 'x' });
  return page.waitForTimeout(100);
};
shots.push(
  { name: 'h5-login', user: '', url: '/h5', size: phone, theme: 'light' },
  { name: 'h5-idle', user: 'carer', url: '/h5', size: phone, theme: 'light', steps: clear },
  { name: 'h5-offer', user: 'carer', url: '/h5', size: phone, theme: 'light', steps: offerTo(true) },
  {
    name: 'h5-en-offer-dark',
    user: 'carer',
    url: '/h5',
    size: phone,
    lang: 'en',
    theme: 'dark',
    steps: async (p) => (await clear(p), await offerTo(false)(p)),
  },
  {
    name: 'h5-visit',
    user: 'carer',
    url: '/h5',
    size: phone,
    theme: 'light',
    steps: async (p) => (await clear(p), await visit()(p)),
  },
  {
    name: 'h5-scene',
    user: 'carer',
    url: '/h5',
    size: phone,
    theme: 'light',
    steps: async (p) => (await clear(p), await visit('depart', 'arrive')(p)),
  },
  {
    name: 'h5-me',
    user: 'carer',
    url: '/h5',
    size: phone,
    theme: 'light',
    steps: async (p) => (await clear(p), await p.locator('.tabs button').nth(1).click()),
  },
);

const admin = (name: string, url: string, more: Partial<Shot> = {}): Shot => ({
  name,
  user: 'admin',
  url: `/#/${url}`,
  ...more,
});
shots.push(
  admin('wall', 'wall', { theme: 'wall' }),
  admin('wall-en-light', 'wall', { lang: 'en', theme: 'light' }),
  admin('residents', 'residents', { theme: 'light' }),
  admin('resident-form', 'registry/residents/h-0001-r1', {
    theme: 'light',
    steps: (p) => p.locator('dialog').waitFor(),
  }),
  admin('policy-en', 'registry/policies/default-1', {
    lang: 'en',
    steps: (p) => p.locator('dialog').waitFor(),
  }),
  admin('device-secret', 'devices', {
    steps: async (p) => {
      await p.locator('.page-head .primary').click();
      await p.locator('dialog input').nth(1).fill('h-0001');
      await p.locator('dialog select').selectOption('sos_button');
      await p.locator('dialog button[type=submit]').click();
      await p.locator('.qr').waitFor();
    },
  }),
  admin('kpi', 'reports', { theme: 'light' }),
  admin('response-en', 'reports', { lang: 'en', steps: (p) => p.locator('.segments button').nth(1).click() }),
  admin('orders', 'orders'),
  admin('audit', 'audit', { theme: 'light' }),
  admin('dead-letters-en', 'dead-letters', { lang: 'en' }),
  { name: 'handover', url: '/#/handover', theme: 'light' },
);
for (const s of shots) {
  if (only.length > 0 && !only.some((o) => s.name.startsWith(o))) continue;
  const [width, height] = s.size ?? [1440, 900];
  const context = await browser.newContext({
    viewport: { width, height },
    locale: 'zh-CN',
    hasTouch: s.touch ?? false,
  });
  await context.addInitScript(
    (prefs) => localStorage.setItem('yinling.prefs', prefs),
    JSON.stringify({ lang: s.lang ?? 'zh', theme: s.theme ?? 'dark' }),
  );
  const page = await context.newPage();
  page.on(
    'console',
    (m) => ['error', 'warning'].includes(m.type()) && process.stderr.write(`${s.name}: ${m.text()}\n`),
  );
  page.on('pageerror', (e) => process.stderr.write(`${s.name}: ${e.message}\n`));
  await page.goto(api.url + (s.url ?? '/'));
  if (s.user !== '') {
    await page.locator('input[name=username]').fill(s.user ?? 'operator');
    await page.locator('input[name=password]').fill('password');
    await page.locator('button[type=submit]').click();
    await page.locator('.login').waitFor({ state: 'detached' });
  } else await page.locator('.login').waitFor();
  await page.waitForTimeout(500);
  await s.steps?.(page);
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(dir, `${s.name}.png`) });
  await context.close();
}
await browser.close();
await api.close();
