import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SeedAlert } from '../../console/dev/seed.ts';
import { leaveSeats, leftOut, openBench, startFakeApi, takeSeat, until } from './fixture.ts';
import type { Bench, FakeApi, Seat, SeatOptions } from './fixture.ts';

const SOS: SeedAlert = { kind: 'sos', priority: 1, device: 'sos', zone: 'bedroom' };
const ME = 'cg-001';
/** How far the page's idea of the service's clock may be off: an answer's way. */
const CLOCKS_MS = 3_000;

describe.skipIf(leftOut !== undefined)('the caregiver’s page in a browser', () => {
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
  const start = async (): Promise<void> => {
    api = await startFakeApi({ alerts: 0, dist: bench.dist });
  };
  const sit = async (options: Partial<SeatOptions> = {}): Promise<Seat> => {
    const seat = await takeSeat(bench, api, {
      user: 'carer',
      url: '/h5',
      phone: true,
      theme: 'light',
      ...options,
    });
    seats.push(seat);
    return seat;
  };
  const offer = (): { alertId: string; orderId: string } => {
    const alert = api.desk.open(SOS, 0, Date.now());
    return { alertId: alert.id, orderId: api.desk.offer(alert.homeId, 'urgent', ME, alert).id };
  };
  const big = '.thumb .act:first-of-type';

  it('rings with a countdown, keeps the address back until accepted, and shows it then', async () => {
    await start();
    const { page } = await sit();
    await page.locator('.idle').waitFor();
    const tones = await page.evaluate<number>('window.tones');
    const { orderId } = offer();
    await page.locator('.offer').waitFor();
    await until(page, `window.tones > ${tones}`);
    await expect.poll(() => page.locator('.offer').innerText()).toContain('莲花街道');
    expect(await page.locator('body').innerText()).not.toContain('景田北一街');
    expect(api.requests.some((r) => r.startsWith('GET /api/v1/homes'))).toBe(false);
    const first = Number(await page.locator('.ring-text b').innerText());
    await until(page, `Number(document.querySelector('.ring-text b').textContent) < ${first}`);
    await page.locator('.act', { hasText: '接单' }).click();
    await page.locator('.visit .address', { hasText: '景田北一街' }).waitFor();
    await expect.poll(() => page.locator('.card.access').innerText()).toContain('单元门密码');
    await expect.poll(() => api.desk.orders.get(orderId)?.state).toBe('accepted');
    const href = (await page.locator('a', { hasText: '导航' }).getAttribute('href')) ?? '';
    expect(decodeURIComponent(href)).not.toMatch(/王桂兰|景田/);
  });

  it('the next action is 56 px high, in the thumb’s reach, and text is 18 px and up', async () => {
    await start();
    const { page } = await sit();
    offer();
    await page.locator('.offer').waitFor();
    await page.locator('.act', { hasText: '接单' }).click();
    await page.locator('.visit .address').first().waitFor();
    const box = await page.locator(big).boundingBox();
    expect(box?.height).toBeGreaterThanOrEqual(56);
    expect(box?.y).toBeGreaterThan(844 / 2);
    const small = await page.evaluate<string[]>(`[...document.querySelectorAll('.h5 *')]
      .filter((e) => e.childElementCount === 0 && e.textContent.trim() && e.getClientRects().length)
      .filter((e) => parseFloat(getComputedStyle(e).fontSize) < 18).map((e) => e.className + ':' + e.textContent)`);
    expect(small).toEqual([]);
  });

  it('idle, she sees her planned day, what comes next, and keeps it without a network', async () => {
    await start();
    const { page, context } = await sit();
    const day = page.locator('.day').first();
    await day.locator('li').nth(4).waitFor();
    const text = await day.innerText();
    expect(text).toContain('今天的安排');
    expect(text).toContain('当班 08:00–18:00');
    expect(text).toContain('09:00–10:30');
    // What is over is short of nothing; tomorrow all of it is still to come, whatever time it is now.
    const tomorrow = page.locator('.day', { hasText: '明天的安排' });
    await tomorrow.locator('.late', { hasText: '差 3 分钟' }).waitFor();
    for (const over of await day.locator('.past').all()) expect(await over.locator('.late').count()).toBe(0);
    // The page itself is kept by its service worker, from the second loading on.
    await until(page, `navigator.serviceWorker.controller !== null`);
    await page.reload();
    await day.waitFor();
    await context.setOffline(true);
    await page.reload();
    await day.locator('li', { hasText: '09:00–10:30' }).waitFor();
    const small = await page.evaluate<string[]>(`[...document.querySelectorAll('.day *')]
      .filter((e) => e.childElementCount === 0 && parseFloat(getComputedStyle(e).fontSize) < 18)
      .map((e) => e.textContent)`);
    expect(small).toEqual([]);
    // Whoever uses the phone after her does not see it.
    await context.setOffline(false);
    await page.locator('.tabs button').nth(1).click();
    await page.locator('.me button', { hasText: '退出' }).click();
    await page.locator('.login').waitFor();
    expect(await page.evaluate(`localStorage.getItem('yinling.h5.days')`)).toBe(null);
  });

  it('declines with a reason, and lets an offer run out', async () => {
    await start();
    const { page } = await sit();
    const { orderId } = offer();
    await page.locator('.act', { hasText: '拒单' }).click();
    await page.locator('.act', { hasText: '手上有事' }).click();
    await page.locator('.idle').waitFor();
    await expect
      .poll(() => api.desk.orders.get(orderId)?.offers[0])
      .toMatchObject({
        outcome: 'declined',
        reason: '手上有事',
      });
  });

  it('does a whole visit, the end of it without a network, and sends it when there is one again', async () => {
    await start();
    const { page, context } = await sit();
    const { orderId } = offer();
    await page.locator('.act', { hasText: '接单' }).click();
    await page.locator('.act', { hasText: '出发' }).click();
    await page.locator('.act', { hasText: '到场' }).waitFor();
    await expect.poll(() => api.desk.orders.get(orderId)?.state).toBe('en_route');

    await context.setOffline(true);
    // Said before the stream is missed.
    await page.locator('.strip.warn', { hasText: '没有网络' }).waitFor();
    api.dropStreams();
    await page.locator('.act', { hasText: '到场' }).click();
    await page.locator('.visit .big', { hasText: '已在场' }).waitFor({ timeout: 20_000 });
    await page.locator('.choice label', { hasText: '照料看护' }).click();
    await page.locator('textarea').fill('已扶起，血压正常');
    const offlineFrom = Date.now();
    await page.locator('.act', { hasText: '完成' }).click();
    await page.locator('.idle').waitFor();
    const offlineTo = Date.now();
    await expect.poll(() => page.locator('.strip.warn').innerText()).toContain('2 项操作已保存');
    expect(api.desk.orders.get(orderId)?.state).toBe('en_route');

    await context.setOffline(false);
    await expect.poll(() => api.desk.orders.get(orderId)?.state, { timeout: 40_000 }).toBe('completed');
    const order = api.desk.orders.get(orderId);
    expect(order?.service).toBe('care');
    const endedAt = Date.parse(order?.visit?.endedAt ?? '');
    expect(endedAt).toBeGreaterThan(offlineFrom - CLOCKS_MS);
    expect(endedAt).toBeLessThan(offlineTo + CLOCKS_MS);
    await page.locator('.tally dd', { hasText: '1' }).first().waitFor();
    // Off the order, the address and the way in leave the phone.
    await until(page, `localStorage.getItem('yinling.h5.place') === null`);
  });

  it('says from the scene that all is well, is reminded, and is heard when the network is back', async () => {
    await start();
    const { page, context } = await sit();
    const { orderId } = offer();
    await page.locator('.act', { hasText: '接单' }).click();
    await page.locator('.act', { hasText: '出发' }).click();
    await page.locator('.act', { hasText: '到场' }).click();
    const order = () => api.desk.orders.get(orderId);
    const word = page.locator('.check-in');
    await word.locator('p', { hasText: '前报一次平安' }).waitFor();
    // The word is due: she is told once, and the desk's patience is on her page.
    const there = order();
    if (!there) throw new Error('no order');
    const tones = await page.evaluate<number>('window.tones');
    const due = new Date(Date.now() - 1000).toISOString();
    api.desk.putOrder({ ...there, checkInDueAt: due, version: there.version + 1 });
    await page.locator('.check-in.overdue').waitFor();
    await until(page, `window.tones > ${tones}`);
    await context.setOffline(true);
    api.dropStreams();
    await page.locator('.strip.warn', { hasText: '没有网络' }).waitFor();
    await word.locator('.act', { hasText: '报平安' }).click();
    await page.locator('.visit h1 .tag').waitFor();
    expect(await page.locator('.check-in.overdue').count()).toBe(0);
    expect(order()?.checkInDueAt).toBe(due);
    await context.setOffline(false);
    await expect
      .poll(() => Date.parse(order()?.checkInDueAt ?? '') > Date.now(), { timeout: 40_000 })
      .toBe(true);
    expect(order()?.state).toBe('on_scene');
  });

  it('opens without a network, on the visit under way', async () => {
    await start();
    const { page, context } = await sit();
    offer();
    await page.locator('.act', { hasText: '接单' }).click();
    await page.locator('.visit .address', { hasText: '景田北一街' }).waitFor();
    // The page itself is kept by its service worker, from the second loading on.
    await until(page, `navigator.serviceWorker.controller !== null`);
    await page.reload();
    await page.locator('.visit .address', { hasText: '景田北一街' }).waitFor();
    await context.setOffline(true);
    await page.reload();
    await page.locator('.visit .address', { hasText: '景田北一街' }).waitFor();
    await page.locator('.strip.warn', { hasText: '没有网络' }).waitFor();
  });

  it('the whole story: operator and caregiver, from the press to the rating', async () => {
    await start();
    const desk = await sit({ user: 'operator', url: '/', phone: false, theme: 'dark' });
    const alert = api.desk.open(SOS, 0, Date.now());
    await desk.page.locator(`[data-alert=${alert.id}]`).click();
    await desk.page.keyboard.press('a');
    await desk.page.locator('.candidates ol li').first().waitFor();
    const carer = await sit();
    // Whoever is first on the list, it is our caregiver's phone that is on this table.
    api.desk.command(alert.id, 'dispatch', 'operator', { caregiverId: ME });
    await carer.page.locator('.act', { hasText: '接单' }).click();
    await desk.page.locator('.next-text', { hasText: '已接单' }).waitFor();
    await carer.page.locator('.act', { hasText: '出发' }).click();
    await desk.page.locator('.next-text', { hasText: '在路上' }).waitFor();
    await carer.page.locator('.act', { hasText: '到场' }).click();
    await desk.page.locator('.next-text', { hasText: '已到场' }).waitFor({ timeout: 20_000 });
    await carer.page.locator('.act', { hasText: '请求增援' }).click();
    await carer.page.locator('.act.sure').click();
    await desk.page.locator('.timeline li', { hasText: '升级' }).waitFor();
    await carer.page.locator('.act', { hasText: '完成' }).click();
    await desk.page.locator('.next-text', { hasText: '上门已完成' }).waitFor();
    await desk.page.locator('.order form input').fill('10');
    await desk.page.locator('.order form button').click();
    await carer.page.locator('.tally dd', { hasText: '10' }).waitFor();
    await desk.page.keyboard.press('r');
    await desk.page.locator('dialog label', { hasText: '已上门协助' }).click();
    await desk.page.locator('dialog button[type=submit]').click();
    await desk.page.locator('.queue-empty', { hasText: '暂无待处理警情' }).waitFor();
  });
});
