import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SeedAlert } from '../../console/dev/seed.ts';
import { wordsOf } from '../../console/words/words.ts';
import { leaveSeats, leftOut, openBench, startFakeApi, takeSeat } from './fixture.ts';
import type { Bench, FakeApi, Seat, SeatOptions } from './fixture.ts';

const SOS: SeedAlert = { kind: 'sos', priority: 1, device: 'sos', zone: 'bedroom' };
const W = wordsOf('zh');
/** One grey pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+M8AAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
);

describe.skipIf(leftOut !== undefined)('what an operator does, undoes and looks up, in a browser', () => {
  let bench: Bench;
  let api: FakeApi;
  const seats: Seat[] = [];
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());
  afterEach(async () => {
    const errors = await leaveSeats(seats);
    await api.close();
    expect(errors).toEqual([]);
  });
  const sit = async (options: Partial<SeatOptions> = {}): Promise<Seat> => {
    const seat = await takeSeat(bench, api, { user: 'operator', ...options });
    seats.push(seat);
    return seat;
  };
  const start = async (): Promise<void> => {
    api = await startFakeApi({ alerts: 0, dist: bench.dist });
  };
  const taken = async (): Promise<{ page: Seat['page']; id: string }> => {
    await start();
    const alert = api.desk.open(SOS, 0, Date.now());
    const { page } = await sit();
    await page.locator(`[data-alert=${alert.id}]`).click();
    await page.keyboard.press('a');
    await page.locator('.alarm-meta .state', { hasText: W.state.acknowledged }).waitFor();
    return { page, id: alert.id };
  };

  it('an answered call with a call-back owed stays on the call-back list until it is made', async () => {
    const { page, id } = await taken();
    const log = async (back: string): Promise<void> => {
      await page.keyboard.press('c');
      await page.locator('dialog label', { hasText: back }).click();
      await page.locator('dialog button[type=submit]').click();
      await page.locator('dialog').waitFor({ state: 'detached' });
    };
    await log(W.call.inMinutes(5));
    const callBacks = page.locator('.topbar .stat', { hasText: W.topbar.callBacks });
    await expect.poll(() => callBacks.locator('b').innerText()).toBe('1');
    await callBacks.click();
    await page.locator(`[data-alert=${id}] .owner`, { hasText: '☎' }).waitFor();
    await log(W.call.noBack);
    await page.locator('.queue-empty').waitFor();
    await expect.poll(() => callBacks.locator('b').innerText()).toBe('0');
  });

  it('a dispatch can be withdrawn and a closed alarm opened again, from the note that says it was done', async () => {
    const { page, id } = await taken();
    await page.locator('.candidates ol li').first().waitFor();
    await page.keyboard.press('d');
    await page.keyboard.press('1');
    await page.locator('.notice button', { hasText: W.action.undo }).click();
    const order = () => [...api.desk.orders.values()].find((o) => o.alertId === id);
    await expect.poll(() => order()?.state).toBe('cancelled');
    await page.keyboard.press('r');
    await page.keyboard.press('1');
    await page.keyboard.press('Control+Enter');
    await expect.poll(() => api.desk.alerts.get(id)?.state).toBe('resolved');
    await page.locator('.notice button', { hasText: W.action.reopen }).click();
    await expect.poll(() => api.desk.alerts.get(id)?.state).toBe('open');
    await page.locator('.alarm-meta .state', { hasText: W.state.open }).waitFor();
  });

  it('a ranking that answers late does not replace the one asked for since', async () => {
    await start();
    const alert = api.desk.open(SOS, 0, Date.now());
    const { page } = await sit();
    let letGo = (): void => undefined;
    const late = new Promise<void>((go) => (letGo = go));
    let asked = 0;
    await page.route('**/recommendations', async (route) => {
      asked += 1;
      const response = await route.fetch();
      if (asked > 1) return route.fulfill({ response });
      const body = (await response.json()) as { candidates: { name: string }[] };
      for (const c of body.candidates) c.name = '迟到';
      await late;
      // The page has given this request up, which is the point.
      return route.fulfill({ response, json: body }).catch(() => undefined);
    });
    await page.locator(`[data-alert=${alert.id}]`).click();
    await expect.poll(() => asked).toBe(1);
    await page.keyboard.press('a');
    await page.locator('.candidates ol li').first().waitFor();
    const shown = await page.locator('.candidates ol').innerText();
    letGo();
    await page.locator('.alarm-meta .state', { hasText: W.state.acknowledged }).waitFor();
    expect(asked).toBe(2);
    expect(shown).not.toContain('迟到');
    expect(await page.locator('.candidates ol').innerText()).not.toContain('迟到');
  });

  it('a refusal shows what somebody else did just now', async () => {
    const { page, id } = await taken();
    await page.keyboard.press('r');
    await page.locator('dialog').waitFor();
    // Her stream stands still: she cannot know yet.
    const alert = api.desk.alerts.get(id);
    await page.route('**/resolve', async (route) => {
      api.desk.command(id, 'resolve', 'limin', { disposition: 'assisted' });
      await route.continue();
    });
    expect(alert?.state).toBe('acknowledged');
    await page.keyboard.press('1');
    await page.keyboard.press('Control+Enter');
    const notice = page.locator('.notice.refused');
    await notice.waitFor();
    expect(await notice.innerText()).toContain('limin');
    await page.locator('.alarm-meta .state', { hasText: W.state.resolved }).waitFor();
  });

  it('the roster says who is on duty now and next, and who has not logged in', async () => {
    await start();
    const { page } = await sit({ url: '/#/handover' });
    const desk = page.locator('.roster .panel', { hasText: W.roster.operator });
    const now = desk.locator('.roster-half').first();
    await now.locator('li', { hasText: 'operator' }).first().waitFor();
    await now
      .locator('li', { hasText: 'limin' })
      .locator('.tag', { hasText: W.roster.notLoggedIn })
      .waitFor();
    await desk.locator('.roster-half.later li', { hasText: 'zhaoyun' }).waitFor();
    const carers = page.locator('.roster .panel', { hasText: W.roster.caregiver });
    await expect.poll(() => carers.locator('.roster-half').first().locator('li').count()).toBe(7);
    expect(await carers.locator('a[href^="tel:"]').count()).toBeGreaterThan(0);
  });

  it('tiles lie under the map where they are configured, and without them nothing is missing', async () => {
    await start();
    api.desk.tiles = {
      url: '/tiles/{z}/{x}/{y}.png',
      attribution: '天地图',
      datum: 'gcj02',
      maxZoom: 18,
    };
    const alert = api.desk.open(SOS, 0, Date.now());
    const { page } = await sit();
    const asked: string[] = [];
    let dead = false;
    await page.route('**/tiles/**', (route) => {
      asked.push(new URL(route.request().url()).pathname);
      return dead ? route.abort() : route.fulfill({ contentType: 'image/png', body: PIXEL });
    });
    await page.locator(`[data-alert=${alert.id}]`).click();
    const map = page.locator('.context .map');
    await map.locator('.home').waitFor();
    await expect.poll(() => asked.length).toBeGreaterThan(1);
    expect(await map.locator('.attribution').innerText()).toBe('天地图');
    const zoomOf = (path: string): number => Number(/^\/tiles\/(\d+)\/\d+\/\d+\.png$/.exec(path)?.[1]);
    const first = Math.max(...asked.map(zoomOf));
    dead = true;
    await map.locator('button', { hasText: '+' }).click();
    await expect.poll(() => Math.max(...asked.map(zoomOf))).toBe(first + 1);
    await map.locator('.reach').waitFor();
    await expect.poll(() => map.locator('.person').count()).toBeGreaterThan(0);
  });
});
