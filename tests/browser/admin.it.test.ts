import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { leaveSeats, leftOut, openBench, startFakeApi, takeSeat } from './fixture.ts';
import type { Bench, FakeApi, Seat, SeatOptions } from './fixture.ts';

describe.skipIf(leftOut !== undefined)('the supervisor’s pages in a browser', () => {
  let bench: Bench;
  let api: FakeApi;
  const seats: Seat[] = [];
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());
  beforeEach(async () => {
    api = await startFakeApi({ alerts: 14, dist: bench.dist });
  });
  afterEach(async () => {
    const errors = await leaveSeats(seats);
    await api.close();
    expect(errors).toEqual([]);
  });
  const sit = async (url: string, options: Partial<SeatOptions> = {}): Promise<Seat> => {
    const seat = await takeSeat(bench, api, { user: 'admin', url: `/#/${url}`, ...options });
    seats.push(seat);
    return seat;
  };

  it('a device’s secret is shown once, with a code to scan', async () => {
    const { page } = await sit('devices');
    await page.locator('.page-head .primary').click();
    await page.locator('dialog label', { hasText: '住户编号' }).locator('input').fill('h-0001');
    await page.locator('dialog label', { hasText: '类型' }).locator('select').selectOption('sos_button');
    await page.locator('dialog button[type=submit]').click();
    await page.locator('.qr').waitFor();
    const secret = await page.locator('.secret-text').innerText();
    expect(secret.length).toBeGreaterThan(20);
    await page.locator('.secret .primary').click();
    await page.locator('dialog').waitFor({ state: 'detached' });
    expect(await page.locator('body').innerText()).not.toContain(secret);
  });

  it('a form names what is missing, sends only what changed, and takes a field away with null', async () => {
    const { page } = await sit('registry/residents/h-0002-r1');
    const field = (label: string) =>
      page.locator('dialog > form > .form-grid > label', { hasText: label }).locator('input, select');
    await field('姓名').fill('');
    await page.locator('dialog button[type=submit]').click();
    await page.locator('dialog .field-error', { hasText: '必填' }).waitFor();
    await field('姓名').fill('李玉珍');
    await field('电话').fill('');
    await field('护理等级').selectOption('3');
    const sent = page.waitForRequest((r) => r.method() === 'PATCH');
    await page.locator('dialog button[type=submit]').click();
    expect((await sent).postDataJSON()).toEqual({ phone: null, careLevel: 3 });
    await page.locator('dialog').waitFor({ state: 'detached' });
  });

  it('the wall shows today’s budgets and where it burns', async () => {
    const { page } = await sit('wall', { theme: 'dark' });
    await page.locator('.measure').nth(5).waitFor();
    const open = [...api.desk.alerts.values()].filter((a) => a.state !== 'resolved').length;
    const shown = async () => (await page.locator('.wall-counts b').allInnerTexts()).map(Number);
    await expect.poll(async () => (await shown()).reduce((a, b) => a + b, 0)).toBe(open);
    await expect.poll(() => page.locator('.measure.short').innerText()).toContain('✕');
  });

  it.each([
    ['reports', 'table.figures tbody tr'],
    ['orders', '.table tbody tr'],
    ['audit', '.table tbody tr'],
    ['dead-letters', '.table tbody tr'],
    ['policies', '.table tbody tr'],
    ['protocols', '.question-list li'],
    ['shifts', '.table tbody tr'],
    ['users', '.table tbody tr'],
    ['homes', '.table tbody tr'],
    ['caregivers', '.table tbody tr'],
    ['retention', '.table tbody tr'],
  ])('#/%s shows its rows in English too', async (url, row) => {
    const { page } = await sit(url, { lang: 'en' });
    await page.locator(row).first().waitFor();
    const heads = await page.locator('h1, th[scope=col], .admin-nav a, .button').allInnerTexts();
    expect(heads.filter((t) => /[一-鿿]/.test(t))).toEqual([]);
  });

  it('the questions asked about a kind of alarm are edited here, and asked at the desk at once', async () => {
    const { page } = await sit('protocols');
    await page.locator('.question-list li').first().waitFor();
    await page
      .locator('.question-list + .row button, .protocols form button', { hasText: '添加一条' })
      .click();
    const added = page.locator('.question-list li').last();
    await added.locator('input').nth(0).fill('闻到煤气味吗？');
    await expect.poll(() => page.locator('button[type=submit]').isDisabled()).toBe(true);
    await added.locator('input').nth(1).fill('A smell of gas?');
    await added.locator('select').nth(0).selectOption('ambulance');
    await added.locator('button', { hasText: '↑' }).click();
    await page.locator('button[type=submit]').click();
    await page.locator('.page-head', { hasText: '第 1 版 · admin' }).waitFor();
    const alert = api.desk.open({ kind: 'sos', priority: 1, device: 'sos' }, 3, Date.now());
    await page.goto(`${api.url}/#/alert/${alert.id}`);
    await page.locator('.alarm-line').waitFor();
    await page.keyboard.press('a');
    await page.locator('.protocol li', { hasText: '闻到煤气味吗？' }).waitFor();
    await expect.poll(() => page.locator('.protocol li').nth(2).innerText()).toContain('闻到煤气味吗？');
    await page
      .locator('.protocol li', { hasText: '煤气' })
      .locator('button', { hasText: '是' })
      .first()
      .click();
    await page.locator('.protocol .lean', { hasText: '120' }).waitFor();
  });

  it.each(['kpi', 'response'])(
    'the %s report is one sheet of paper, in the colours of paper',
    async (which) => {
      const { page } = await sit('reports', { theme: 'dark' });
      if (which === 'response') await page.locator('.page-head .segments button').nth(1).click();
      await page.locator('.report .table.figures tbody tr').first().waitFor();
      const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
      expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
      await page.emulateMedia({ media: 'print' });
      const colours =
        'getComputedStyle(document.querySelector(".report h2")).color + " " + ' +
        'getComputedStyle(document.documentElement).getPropertyValue("--accent")';
      expect(await page.evaluate<string>(colours)).toBe('rgb(0, 0, 0) #0b6b5d');
      expect(await page.locator('.page-head').isVisible()).toBe(false);
    },
  );

  it('a report that answers late does not replace the one asked for since', async () => {
    const { page } = await sit('wall');
    let release = (): void => undefined;
    const held = new Promise<void>((done) => (release = done));
    let asked = 0;
    await page.route('**/reports/kpi?*groupBy=month*', async (route) => {
      asked += 1;
      const response = await route.fetch();
      await held;
      // The page has given this request up by now, and takes nothing of it.
      await route.fulfill({ response }).catch(() => undefined);
    });
    await page.goto(`${api.url}/#/reports`);
    await expect.poll(() => asked).toBe(1);
    await page.locator('.report .page-head select').selectOption('street');
    const street = page.locator('table.figures tbody tr', { hasText: '莲花' });
    await street.waitFor();
    release();
    // Once what could have come with it has been painted
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    expect(await street.count()).toBe(1);
  });

  it('the longest menu fits a window of 900 px, one group open at a time, opened by the keyboard', async () => {
    const { page } = await sit('users');
    const nav = page.locator('.admin-nav');
    const link = (name: string) => nav.locator('a', { hasText: new RegExp(`^${name}$`) });
    const fits = () => nav.evaluate((e) => e.scrollHeight <= e.clientHeight);
    await link('用户').waitFor();
    expect([await link('住户').isVisible(), await fits()]).toEqual([false, true]);
    await nav.locator('summary', { hasText: '长者与设备' }).focus();
    await page.keyboard.press('Enter');
    await link('住户').waitFor();
    await expect.poll(() => link('用户').isVisible()).toBe(false);
    expect(await fits()).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => nav.locator('[aria-current]').innerText()).toBe('长者');
  });

  it('a device’s row leads to its open alarm and repair, and the alarm to the device’s form', async () => {
    const alert = api.desk.open({ kind: 'low_battery', priority: 4, device: 'sos' }, 2, Date.now());
    const order = api.desk.offer(alert.homeId, 'repair', 'cg-001', alert);
    const [device = ''] = alert.deviceIds;
    const { page } = await sit('devices');
    const row = page.locator('.table tbody tr', { hasText: device });
    await row.locator('a', { hasText: '电量低' }).click();
    await page.locator('.alarm-head').waitFor();
    await page.locator(`.devices a[href="#/registry/devices/${device}"]`).click();
    await page.locator('dialog h2', { hasText: device }).waitFor();
    await page.locator('dialog a', { hasText: '水电检修' }).click();
    await expect.poll(() => page.evaluate<string>('location.hash')).toBe(`#/orders/${order.id}`);
    await expect.poll(() => page.locator('.table tbody tr').count()).toBe(1);
    await page.locator(`.table a[href="#/registry/devices/${device}"]`).waitFor();
    await page.locator('.page-head a', { hasText: '全部工单' }).click();
    await expect.poll(() => page.locator('.table tbody tr').count()).toBeGreaterThan(1);
    // Nor is the device forgotten when the alarm is over and gone from the live picture.
    api.desk.command(alert.id, 'acknowledge', 'operator', {});
    api.desk.command(alert.id, 'resolve', 'operator', { disposition: 'device_repaired' });
    await page.reload();
    await page.locator(`.table a[href="#/registry/devices/${device}"]`).waitFor();
  });

  it('after a reload an administrator is told of the sound where alarms are worked, not at her forms', async () => {
    const { page } = await sit('residents');
    await page.reload();
    await page.locator('.table tbody tr').first().waitFor();
    expect(await page.locator('.banner.warn').count()).toBe(0);
    await page.evaluate(`location.hash = '#/'`);
    await page.locator('.banner.warn', { hasText: '声音' }).waitFor();
  });

  it('an operator is not shown what is not hers', async () => {
    const { page } = await sit('users', { user: 'operator' });
    await page.locator('main', { hasText: '没有这项权限' }).waitFor();
    expect(await page.locator('.admin-nav a').allInnerTexts()).not.toContain('用户');
  });
});
