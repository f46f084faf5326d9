import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { carerWords } from '../../console/words/h5-words.ts';
import { supervisorWords } from '../../console/words/supervisor-words.ts';
import { named, wordsOf } from '../../console/words/words.ts';
import { connectDevice } from '../support/device.ts';
import { ADMIN_PASSWORD } from '../support/service-process.ts';
import { cuttingProxy } from '../support/cutting-proxy.ts';
import { leaveSeats, leftOut, openBench, takeSeat, until } from './fixture.ts';
import type { Bench, Seat, SeatOptions } from './fixture.ts';
import { loadedBytes } from './loaded-bytes.ts';
import { openRealDesk } from './real-desk.ts';
import type { RealDesk } from './real-desk.ts';

/** Nothing is faked here but the people: the service is `node main.ts`, the devices speak MQTT, the pages are Chromium's. */
describe.skipIf(leftOut !== undefined)('console and caregiver’s page on the real service', () => {
  let bench: Bench;
  let real: RealDesk;
  const seats: Seat[] = [];
  beforeAll(async () => {
    bench = await openBench();
    real = await openRealDesk(bench);
  });
  afterAll(async () => {
    await real.close();
    await bench.close();
  });
  // What a failed attempt has registered, raised and visited stays where it was.
  beforeEach(async ({ task }) => {
    if ((task.result?.retryCount ?? 0) === 0) return;
    await real.close();
    real = await openRealDesk(bench);
  });
  afterEach(async () => expect(await leaveSeats(seats)).toEqual([]));
  const sit = async (options: SeatOptions, url = real.url): Promise<Seat> => {
    const seat = await takeSeat(bench, { url }, options);
    seats.push(seat);
    return seat;
  };
  const alertOf = async (homeId: string) =>
    (await real.admin('GET', `/alerts?homeId=${homeId}&limit=10`)).body.items[0];

  it.each([
    ['zh', '莲花', '王桂兰', '何玉英', '李志愿'],
    ['en', '梅林', '周淑珍', '吴凤莲', '陈义工'],
  ] as const)(
    'the whole story, from the press to the report (%s)',
    async (lang, street, name, busyWith, helper) => {
      const [w, h5, s] = [wordsOf(lang), carerWords(lang).h5, supervisorWords(lang)];
      const asked = await real.home(street, busyWith);
      const calling = await real.home(street, name);
      const volunteer = await real.volunteer(helper);
      const desk = await sit({ ...(await real.operator(`op-${lang}`)), lang });
      const { page } = desk;
      const { keyboard } = page;

      // A call for help arrives while she types a note about a meal.
      await asked.press({ action: 'service', service: 'meal' });
      await page.locator('.queue-row', { hasText: busyWith }).click();
      await page.locator('#note-field').click();
      await keyboard.type('女儿说午饭');
      const tones = await page.evaluate<number>('window.tones');
      await calling.press();
      await keyboard.type('已经送到 a d r');
      await until(page, `window.tones > ${tones}`);
      await until(page, `document.querySelector('[aria-live=assertive]').textContent !== ''`);
      await expect.poll(() => page.title()).toContain('1');
      expect(await page.evaluate('document.activeElement.id')).toBe('note-field');
      expect(await page.locator('#note-field').inputValue()).toBe('女儿说午饭已经送到 a d r');
      expect(await alertOf(asked.homeId)).toMatchObject({ state: 'open' });
      await keyboard.press('Control+Enter');
      await until(page, `document.getElementById('note-field').value === ''`);
      await page.locator('.timeline li', { hasText: '女儿说午饭已经送到 a d r' }).waitFor();

      // Acknowledged and dispatched without a mouse.
      await keyboard.press('Escape');
      await keyboard.press('k');
      await until(page, `document.querySelector('.alarm-line').textContent.includes('${name}')`);
      await keyboard.press('a');
      await page.locator('.alarm-meta .state', { hasText: w.state.acknowledged }).waitFor();
      const candidates = page.locator('.candidates ol li');
      await candidates.filter({ hasText: helper }).waitFor();
      const phone = await sit({ ...volunteer, lang });
      await keyboard.press('d');
      const nth = (await candidates.allInnerTexts()).findIndex((text) => text.includes(helper));
      await keyboard.press(String(nth + 1));

      // The volunteer does her whole visit on a phone.
      const carer = phone.page;
      const act = (label: string) => carer.locator('.act', { hasText: label }).first();
      await carer.locator('.offer').waitFor();
      expect(await carer.locator('body').innerText()).not.toContain('单元门密码');
      await act(h5.offer.accept).click();
      await carer.locator('.card.access', { hasText: '单元门密码' }).waitFor();
      await page.locator('.next-text', { hasText: w.next.waitAccepted(helper) }).waitFor();
      await act(h5.visit.depart).click();
      await page.locator('.next-text', { hasText: w.next.waitArrive(helper) }).waitFor();
      await act(h5.visit.arrive).click();
      await page.locator('.next-text', { hasText: w.next.onScene(helper) }).waitFor();
      await carer.locator('textarea').fill('已扶起，血压正常');
      await act(h5.visit.complete).click();
      await page.locator('.next-text', { hasText: w.next.close }).waitFor();
      await page.locator('.order input[type=number]').fill('9.5');
      await page.locator('.order form button').click();
      await carer.locator('.tally dd', { hasText: '9.5' }).first().waitFor();

      // A person closes it; then the alarm that she was busy with.
      const close = async (homeId: string): Promise<void> => {
        await keyboard.press('Escape');
        await keyboard.press('r');
        await page.locator('dialog').waitFor();
        await keyboard.press('1');
        await keyboard.press('Control+Enter');
        await page.locator('dialog').waitFor({ state: 'detached' });
        await page.locator('.alarm-meta .state', { hasText: w.state.resolved }).waitFor();
        await expect
          .poll(() => alertOf(homeId))
          .toMatchObject({ state: 'resolved', resolvedBy: `op-${lang}` });
      };
      await close(calling.homeId);
      await page.locator('.queue-row', { hasText: busyWith }).click();
      await close(asked.homeId);
      await page.locator('.queue-empty').waitFor();

      // The hours are in her account, and the visit in the report.
      await carer.locator('.tabs button').nth(1).click();
      await carer.locator('.me .list li', { hasText: h5.me.deposit }).first().waitFor();
      const chief = await sit({ user: 'admin', password: ADMIN_PASSWORD, url: '/#/reports', lang });
      await chief.page.locator('.report .page-head select').selectOption('street');
      const figures = chief.page.locator('table.figures tbody tr', {
        hasText: named(w.street, street),
      });
      await figures.waitFor();
      await expect
        .poll(async () => (await figures.innerText()).split(/\s+/).slice(1))
        .toEqual(['1', '1', expect.any(String), '9.50']);
      await expect.poll(() => chief.page.locator('h1').innerText()).toBe(s.reports.title);
    },
  );

  it.each(['/', '/h5'])('the first view of %s is under 300 KB of compressed script', async (path) => {
    const context = await bench.browser.newContext({ serviceWorkers: 'block' });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const loaded = loadedBytes(page);
    await page.goto(real.url + path);
    await page.locator('input[name=username]').waitFor();
    await page.waitForLoadState('networkidle');
    const { script } = await loaded();
    expect(script).toBeGreaterThan(20_000);
    expect(script).toBeLessThan(300 * 1024);
  });

  it('a network that blinks loses nothing: visible, resumed without a gap, what was missed is marked', async () => {
    const home = await real.home('华富', '刘福生');
    const wire = await cuttingProxy(real.url);
    onTestFinished(() => wire.close());
    const { page } = await sit(await real.operator('op-wire'), wire.url.replace(/\/$/, ''));
    await page.locator('.line.live').waitFor();
    const lists: string[] = [];
    page.on('request', (r) => {
      if (/\/api\/v1\/alerts\?/.test(r.url()) && r.url().includes('state=')) lists.push(r.url());
    });
    wire.refuse(true);
    await page.locator('.banner.bad').waitFor();
    await home.press();
    await expect.poll(async () => alertOf(home.homeId)).toMatchObject({ state: 'open' });
    expect(await page.locator('.queue-row', { hasText: '刘福生' }).count()).toBe(0);
    wire.refuse(false);
    const row = page.locator('.queue-row', { hasText: '刘福生' });
    await row.waitFor({ timeout: 30_000 });
    await row.locator('.tag', { hasText: wordsOf('zh').queue.missed }).waitFor();
    await expect.poll(() => page.locator('.banner.gap').innerText()).toContain('1');
    expect(lists).toEqual([]);
  });

  it('a caller’s number opens her; asked through her screen, she answers, and the desk shows it', async () => {
    const home = await real.home('香蜜湖', '何淑仪', [{ kind: 'smart_screen' }], '13711112222');
    const screen = home.deviceIds[1] ?? '';
    const device = await connectDevice(real.service.mqttPort, screen, home.secrets[screen] ?? '');
    onTestFinished(() => device.end());
    const asked: { promptId: string; text: string }[] = [];
    device.client.on('message', (_topic, payload) => asked.push(JSON.parse(payload.toString())));
    await device.client.subscribeAsync(`care/v1/${home.homeId}/${screen}/cmd`, { qos: 1 });
    await home.press();
    const { page } = await sit({ ...(await real.operator('op-phone')), url: '/?phone=%2B86-137-1111-2222' });
    await page.locator('.found-row', { hasText: '何淑仪' }).waitFor();
    await expect.poll(() => page.locator('.found-row').count()).toBe(1);
    await page.keyboard.press('Enter');
    await page.locator('.alarm-line', { hasText: '何淑仪' }).waitFor();
    await page.locator('.next button', { hasText: wordsOf('zh').action.prompt }).waitFor();
    await page.keyboard.press('p');
    await page.locator('dialog textarea').fill('您摔倒了吗？');
    await page.keyboard.press('Control+Enter');
    await expect.poll(() => asked[0]).toMatchObject({ cmd: 'prompt', text: '您摔倒了吗？' });
    await page.locator('.timeline li', { hasText: '屏幕询问：您摔倒了吗？' }).waitFor();
    const answer = { promptId: asked[0]?.promptId, answer: 'ok' };
    await device.publish(`care/v1/${home.homeId}/${screen}/reply`, JSON.stringify(answer));
    // Evidence against, and no more: a person decides (I7).
    await page.locator('.evidence li.contra', { hasText: '我没事' }).waitFor();
    expect(await alertOf(home.homeId)).toMatchObject({ state: 'open', priority: 1 });
  });

  it('a visit ended without a network reaches the service when there is one, with its own times', async () => {
    const home = await real.home('沙头', '马丽华');
    const volunteer = await real.volunteer('孙义工');
    await home.press();
    await expect.poll(async () => alertOf(home.homeId)).toMatchObject({ state: 'open' });
    const { id } = await alertOf(home.homeId);
    const { page, context } = await sit(volunteer);
    await real.admin('POST', `/alerts/${id}/dispatch`, { caregiverId: volunteer.caregiverId });
    const h5 = carerWords('zh').h5;
    const act = (label: string) => page.locator('.act', { hasText: label }).first();
    const order = async () => (await real.admin('GET', `/orders?alertId=${id}`)).body.items[0];
    await act(h5.offer.accept).click();
    await act(h5.visit.depart).click();
    await expect.poll(async () => (await order()).state).toBe('en_route');
    await context.setOffline(true);
    await act(h5.visit.arrive).click();
    await page.locator('textarea').fill('门口已联系到女儿');
    const offlineFrom = Date.now();
    await act(h5.visit.complete).click();
    await page.locator('.idle').waitFor();
    const offlineTo = Date.now();
    expect((await order()).state).toBe('en_route');
    await context.setOffline(false);
    await expect.poll(async () => (await order()).state, { timeout: 60_000 }).toBe('completed');
    const { visit } = await order();
    expect(Date.parse(visit.endedAt)).toBeGreaterThan(offlineFrom - 5_000);
    expect(Date.parse(visit.endedAt)).toBeLessThan(offlineTo + 5_000);
    await page.locator('.tally dd', { hasText: '1' }).first().waitFor();
  });

  it('two operators race for one alarm: one has it, the other is shown who, at once', async () => {
    const home = await real.home('南园', '陈秀英');
    const quick = await sit(await real.operator('op-quick'));
    const slow = await sit({ ...(await real.operator('op-slow')), lang: 'en' });
    await home.press();
    for (const { page } of [quick, slow]) {
      await page.locator('.queue-row', { hasText: '陈秀英' }).click();
      await page.locator('.alarm-line', { hasText: '陈秀英' }).waitFor();
    }
    // The slower request is on its way while the quicker one is decided.
    let go = (): void => undefined;
    const decided = new Promise<void>((done) => (go = done));
    await slow.page.route('**/acknowledge', async (route) => {
      await decided;
      await route.continue();
    });
    const sent = slow.page.waitForRequest('**/acknowledge');
    await slow.page.keyboard.press('a');
    await sent;
    await quick.page.keyboard.press('a');
    await quick.page.locator('.alarm-meta .state', { hasText: '已接警' }).waitFor();
    go();
    await slow.page.locator('.notice.refused').waitFor();
    await expect.poll(() => slow.page.locator('.notice.refused').innerText()).toContain('op-quick');
    expect(await alertOf(home.homeId)).toMatchObject({ acknowledgedBy: 'op-quick' });
    await slow.page.locator('.next-text', { hasText: 'op-quick' }).waitFor();
  });
});
