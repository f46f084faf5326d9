import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { expect } from 'vitest';
import { chromiumPath, launchChromium } from '../../console/dev/chromium.ts';
import { startFakeApi } from '../../console/dev/fake-api.ts';
import type { FakeApi } from '../../console/dev/fake-api.ts';

/** Why the browser suites are left out on this machine; undefined: they run. */
export const leftOut =
  chromiumPath() === undefined ? 'no Chromium on this machine (set CHROMIUM)' : undefined;
if (leftOut !== undefined) process.stderr.write(`browser tests left out: ${leftOut}\n`);

/** The console as it stands in the working tree, built aside, in a real Chromium. */
export interface Bench {
  browser: Browser;
  dist: string;
  close(): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const path = chromiumPath();
  if (path === undefined) throw new Error(leftOut);
  const dist = await mkdtemp(join(tmpdir(), 'yinling-console-'));
  const root = join(import.meta.dirname, '..', '..', 'console');
  // Vitest's NODE_ENV would give Vue's development build, which is not what anybody is served.
  const { NODE_ENV } = process.env;
  process.env['NODE_ENV'] = 'production';
  await build({
    configFile: join(root, 'vite.config.ts'),
    root,
    logLevel: 'error',
    build: { outDir: dist, emptyOutDir: true },
  }).finally(() => void (process.env['NODE_ENV'] = NODE_ENV));
  const browser = await launchChromium(path, ['--use-fake-ui-for-media-stream']);
  return {
    browser,
    dist,
    async close() {
      await browser.close();
      await rm(dist, { recursive: true, force: true });
    },
  };
}

/** Counts the tones the page makes, and what the content policy or a script error complained of. */
const WATCH = `
  window.tones = 0;
  const made = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () { window.tones += 1; return made.call(this); };
  window.refusals = [];
  document.addEventListener('securitypolicyviolation', (e) => window.refusals.push(e.violatedDirective + ' ' + e.blockedURI));
`;

export interface Seat {
  page: Page;
  context: BrowserContext;
  /** Errors of the page's scripts and of the content policy. */
  errors(): Promise<string[]>;
}

export interface SeatOptions {
  user: string;
  password?: string;
  url?: string;
  lang?: 'zh' | 'en';
  theme?: 'dark' | 'light';
  phone?: boolean;
  /** Where the phone says it is. */
  place?: { latitude: number; longitude: number; accuracy: number };
  /** Another tab of the same browser. */
  beside?: BrowserContext;
}

/** A logged-in page. */
export async function takeSeat(bench: Bench, api: { url: string }, options: SeatOptions): Promise<Seat> {
  const size = options.phone ? { width: 390, height: 844 } : { width: 1440, height: 900 };
  const context =
    options.beside ??
    (await bench.browser.newContext({
      viewport: size,
      hasTouch: options.phone ?? false,
      locale: 'zh-CN',
      ...(options.place ? { geolocation: options.place, permissions: ['geolocation'] } : {}),
    }));
  const prefs = JSON.stringify({ lang: options.lang ?? 'zh', theme: options.theme ?? 'dark' });
  if (options.beside === undefined) {
    await context.addInitScript(WATCH);
    await context.addInitScript(
      `if (!localStorage.getItem('yinling.prefs')) localStorage.setItem('yinling.prefs', ${JSON.stringify(prefs)})`,
    );
  }
  const page = await context.newPage();
  const thrown: string[] = [];
  page.on('pageerror', (error) => thrown.push(error.message));
  await page.goto(api.url + (options.url ?? '/'));
  if (options.beside === undefined) {
    await page.locator('input[name=username]').fill(options.user);
    await page.locator('input[name=password]').fill(options.password ?? 'password');
    await page.locator('button[type=submit]').click();
  }
  await page.locator(options.phone ? '.h5' : '.shell').waitFor();
  return {
    page,
    context,
    errors: async () => [...thrown, ...(await page.evaluate<string[]>('window.refusals'))],
  };
}

/** Closes every seat, also those of an attempt that failed; what their pages complained of. */
export async function leaveSeats(seats: Seat[]): Promise<string[]> {
  const left = seats.splice(0);
  const complaints: string[] = [];
  for (const seat of left) complaints.push(...(await seat.errors()));
  // Two tabs of one browser share it.
  for (const context of new Set(left.map((seat) => seat.context))) await context.close();
  return complaints;
}

/**
 * Waits until the expression is true in the page. Asked from outside each time: a predicate polling within the page
 * would need the `eval` that our content policy forbids.
 */
export async function until(page: Page, expression: string, withinMs = 15_000): Promise<void> {
  await expect.poll(() => page.evaluate<boolean>(expression), { timeout: withinMs, interval: 25 }).toBe(true);
}

export { startFakeApi };
export type { FakeApi };
