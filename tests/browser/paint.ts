/**
 * `node tests/browser/paint.ts [open] [presses]`: what an operator waits for, measured on the real service in a real
 * Chromium on this machine: press → painted and published → painted by a marker in the page, with `open` alarms open
 * already (default 500); scrolling through them; what a first view loads, compressed, and when it can be used.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { chromiumPath, launchChromium } from '../../console/dev/chromium.ts';
import { type Api, login } from '../support/api.ts';
import { ADMIN_PASSWORD, startServiceProcess } from '../support/service-process.ts';
import { until } from '../support/until.ts';
import { loadedBytes } from './loaded-bytes.ts';

const OPEN = Number(process.argv[2] ?? 500);
const PRESSES = Number(process.argv[3] ?? 200);
const EVERY_MS = 100;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const percentile = (values: readonly number[], p: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * p) - 1)] ?? Number.NaN;
};
const figures = (values: readonly number[]): string =>
  `p50 ${percentile(values, 0.5).toFixed(0)} ms, p99 ${percentile(values, 0.99).toFixed(0)} ms, max ${Math.max(...values).toFixed(0)} ms (n = ${values.length})`;

const path = chromiumPath();
if (path === undefined) throw new Error('no Chromium on this machine (set CHROMIUM)');
const folder = await mkdtemp(join(tmpdir(), 'yinling-paint-'));
const root = join(import.meta.dirname, '..', '..', 'console');
await build({
  configFile: join(root, 'vite.config.ts'),
  root,
  logLevel: 'error',
  build: { outDir: join(folder, 'dist'), emptyOutDir: true },
});
const service = await startServiceProcess({
  DATA_DIR: join(folder, 'data'),
  CONSOLE_DIR: join(folder, 'dist'),
});
const browser = await launchChromium(path);
try {
  const admin = await login(service.httpUrl);
  const homes = await registerHomes(admin, OPEN + PRESSES);
  const bridge = (await admin('POST', '/bridges', { id: 'paint', homes })).body as { secret: string };
  const mqtt = await connectAsync(`mqtt://127.0.0.1:${service.mqttPort}`, {
    username: 'paint',
    password: bridge.secret,
    clientId: 'paint',
  });
  const press = (home: string): Promise<unknown> =>
    mqtt.publishAsync(`care/v1/${home}/button/sos`, '{"action":"press"}', { qos: 1 });
  await Promise.all(homes.slice(0, OPEN).map(press));
  await until(`${OPEN} open alarms`, async () => {
    const { body } = await admin('GET', '/alerts?state=open&limit=1000');
    return (body.items as unknown[]).length === OPEN;
  });

  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const loaded = loadedBytes(page);
  const before = Date.now();
  await page.goto(service.httpUrl);
  await page.locator('input[name=username]').waitFor();
  say(`first view: ${(await loaded()).toString()}; login form ready after ${Date.now() - before} ms`);
  await page.locator('input[name=username]').fill('admin');
  await page.locator('input[name=password]').fill(ADMIN_PASSWORD);
  const clicked = Date.now();
  await page.locator('button[type=submit]').click();
  await page.locator('.queue-row').first().waitFor();
  say(`login → queue of ${OPEN} painted: ${Date.now() - clicked} ms`);
  say(`  of which ${await waits(page, clicked)}`);

  const pressedAt = new Map<string, number>();
  for (const home of homes.slice(OPEN)) {
    pressedAt.set(home, Date.now());
    await press(home);
    await new Promise((done) => setTimeout(done, EVERY_MS));
  }
  const painted = await until('every press painted', async () => {
    const marks = await marksOf(page);
    return marks.length >= PRESSES && marks;
  });
  const byId = new Map<string, string>();
  const { body } = await admin('GET', '/alerts?state=open&limit=1000');
  for (const alert of body.items as { id: string; homeId: string }[]) byId.set(alert.id, alert.homeId);
  const whole = painted.flatMap(({ id, at }) => {
    const from = pressedAt.get(byId.get(id) ?? '');
    return from === undefined ? [] : [at - from];
  });
  say(`press → painted, ${OPEN} open: ${figures(whole)}`);
  say(`published → painted, ${OPEN} open: ${figures(painted.map((mark) => mark.fromPublishedMs))}`);
  say(`received → painted (queue update), ${OPEN} open: ${figures(painted.map((mark) => mark.paintMs))}`);
  say(`scroll frame, ${OPEN + PRESSES} open: ${figures(await scroll(page))}`);
  await mqtt.endAsync(true);
} finally {
  await browser.close();
  await service.stop();
  await rm(folder, { recursive: true, force: true });
}

async function registerHomes(admin: Api, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, i) => `paint-${i}`);
  const waiting = [...ids];
  const work = async (): Promise<void> => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      await admin('POST', '/homes', { id, street: '莲花' });
      await admin('POST', '/residents', { homeId: id, name: '王桂兰', birthDate: '1943-05-01' });
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return ids;
}

/** Each call of the login, from the click: when it was sent, when it was answered, how much came. */
function waits(page: Page, fromMs: number): Promise<string> {
  return page.evaluate<string>(`performance.getEntriesByType('resource')
    .filter((r) => /\\/api\\/v1\\/(session|alerts|orders)\\b/.test(r.name))
    .map((r) => r.name.replace(/.*\\/v1|[?].*/g, '') + ' ' + Math.round(performance.timeOrigin + r.startTime - ${fromMs})
      + '–' + Math.round(performance.timeOrigin + r.responseEnd - ${fromMs}) + ' ms, ' + Math.round(r.decodedBodySize / 1024) + ' KB')
    .join('; ')`);
}

interface Mark {
  id: string;
  at: number;
  paintMs: number;
  fromPublishedMs: number;
}
function marksOf(page: Page): Promise<Mark[]> {
  return page.evaluate<Mark[]>(
    `performance.getEntriesByName('alert-painted').map((m) => ({ ...m.detail, at: performance.timeOrigin + m.startTime }))`,
  );
}
function scroll(page: Page): Promise<number[]> {
  return page.evaluate<number[]>(`new Promise((done) => {
    const list = document.querySelector('.queue-list'); const times = []; let last = performance.now();
    const step = (now) => {
      times.push(now - last); last = now; list.scrollTop += 160;
      times.length < 180 ? requestAnimationFrame(step) : done(times);
    };
    requestAnimationFrame(step);
  })`);
}
