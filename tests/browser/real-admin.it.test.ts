import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { totpCode, totpStep } from '../../platform/crypto/totp.ts';
import { supervisorWords } from '../../console/words/supervisor-words.ts';
import { wordsOf } from '../../console/words/words.ts';
import { login } from '../support/api.ts';
import { ADMIN_PASSWORD } from '../support/service-process.ts';
import { leaveSeats, leftOut, openBench, takeSeat } from './fixture.ts';
import type { Bench, Seat, SeatOptions } from './fixture.ts';
import { openRealDesk } from './real-desk.ts';
import type { RealDesk } from './real-desk.ts';

const S = supervisorWords('zh');
const W = wordsOf('zh');
const PASSWORD = 'long-enough-1';

/** What an authenticator app does with the secret that is typed in. */
function secretOf(base32: string): Buffer {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...base32].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

describe.skipIf(leftOut !== undefined)('the administrator’s pages on the real service', () => {
  let bench: Bench;
  let real: RealDesk;
  const seats: Seat[] = [];
  beforeAll(async () => {
    bench = await openBench();
    real = await openRealDesk(bench, { CANARY: 'on' });
  });
  afterAll(async () => {
    await real.close();
    await bench.close();
  });
  beforeEach(async ({ task }) => {
    if ((task.result?.retryCount ?? 0) === 0) return;
    await real.close();
    real = await openRealDesk(bench, { CANARY: 'on' });
  });
  afterEach(async () => expect(await leaveSeats(seats)).toEqual([]));
  const sit = async (url: string, options: SeatOptions = { user: 'admin', password: ADMIN_PASSWORD }) => {
    const seat = await takeSeat(bench, { url: real.url }, { ...options, url: `/#/${url}` });
    seats.push(seat);
    return seat.page;
  };

  it('our own canary is heard at the desk and on the wall, and is nobody’s alarm', async () => {
    const page = await sit('wall');
    await page.locator('.wall-small dd', { hasText: /^✓ \d+ ms$/ }).waitFor();
    await page.locator('.topbar .canary', { hasText: /\d+ ms/ }).waitFor();
    expect(await page.locator('.wall-counts b').allInnerTexts()).toEqual(['0', '0', '0', '0']);
  });

  it('a vendor’s language is mapped, tried with what its device says, mended and saved', async () => {
    const id = `v${randomUUID().slice(0, 8)}`;
    const page = await sit('codecs');
    await page.locator('.page-head .primary').click();
    const [mapping, sample] = [page.locator('.codec-halves textarea').first(), page.locator('form textarea')];
    const result = page.locator('.trial-result');
    const attempt = () => page.locator('.codec-halves form button[type=submit]').click();
    await page.locator('.codec-halves input').first().fill(id);
    const body = (channel: string) => `{
      "topic": "${id}/{device}/state",
      "messages": [{ "when": [{ "path": "alarm", "equals": 1 }], "channel": "${channel}", "fields": { "action": { "value": "press" } } }]
    }`;
    await mapping.fill(body('vitals'));
    await page.locator('.codec-halves form input').first().fill(`${id}/b7/state`);
    await attempt();
    await result.locator('.problems', { hasText: 'messages.0.fields.action' }).waitFor();

    await mapping.fill(body('sos'));
    await sample.fill('{"alarm":0}');
    await attempt();
    await result
      .locator('.tone-red', { hasText: S.codec.detail['no rule of the mapping fits'] ?? '?' })
      .waitFor();

    await sample.fill('{"alarm":1}');
    await attempt();
    await result.locator('.said', { hasText: S.codec.channel.sos }).waitFor();
    expect(await result.locator('.said pre').innerText()).toBe('action = "press"');

    await page.locator('.page-head .primary').click();
    await page.locator('.page-head', { hasText: S.codec.versionOf(1) }).waitFor();
    expect((await real.admin('GET', `/codecs/${id}`)).body).toMatchObject({
      topic: `${id}/{device}/state`,
      messages: [{ channel: 'sos' }],
    });
    await mapping.fill((await mapping.inputValue()).replace('{device}', '+/{device}'));
    await page.locator('.page-head .primary').click();
    await page.locator('.page-head', { hasText: S.codec.versionOf(2) }).waitFor();
    await page.locator('.page-head a', { hasText: S.codec.back }).click();
    await page.locator('.table tbody tr', { hasText: `${id}/+/{device}/state` }).waitFor();
  });

  it('a second factor is set up with a code to scan, confirmed, and opens the door; so does a recovery code', async () => {
    const user = `chief-${randomUUID().slice(0, 8)}`;
    const made = { username: user, password: PASSWORD, role: 'supervisor' };
    expect((await real.admin('POST', '/users', made)).status).toBe(201);
    const page = await sit('account', { user, password: PASSWORD });
    await page.locator('.factor input').fill('not-the-password');
    await page.locator('.factor .primary').click();
    await page.locator('.factor .field-error', { hasText: S.account.wrongPassword }).waitFor();
    await page.locator('.factor input').fill(PASSWORD);
    await page.locator('.factor .primary').click();
    await page.locator('.qr').waitFor();
    const secret = secretOf((await page.locator('.secret-text').innerText()).replaceAll(' ', ''));
    const codeOf = (step: number): string => totpCode(secret, step);
    const now = totpStep(Date.now());
    const right = [now - 1, now, now + 1, now + 2].map(codeOf);
    const wrong =
      ['000000', '111111', '222222', '333333', '444444'].find((code) => !right.includes(code)) ?? '';
    await page.locator('.factor input').fill(wrong);
    await page.locator('.factor .primary').click();
    await page.locator('.factor .field-error', { hasText: S.account.wrongCode }).waitFor();
    const step = totpStep(Date.now());
    await page.locator('.factor input').fill(codeOf(step));
    await page.locator('.factor .primary').click();
    const codes = await page.locator('.recovery li').allInnerTexts();
    expect(new Set(codes).size).toBe(10);
    await page.locator('.factor .primary').click();
    await page.locator('.factor', { hasText: S.account.left(10) }).waitFor();

    await page.locator('.menu button').click();
    await page.locator('.menu-sheet button', { hasText: W.logout }).click();
    await page.locator('input[name=username]').fill(user);
    await page.locator('input[name=password]').fill(PASSWORD);
    await page.locator('button[type=submit]').click();
    await page.locator('[role=alert]', { hasText: W.login.codeNeeded }).waitFor();
    await page.locator('input[name=code]').fill(codes[3] ?? '');
    await page.locator('button[type=submit]').click();
    await page.locator('.factor', { hasText: S.account.left(9) }).waitFor();
    await page.locator('.account .table', { hasText: S.account.meansOf.recovery }).waitFor();
  });

  it('what a street’s detection goes by is set here, and what is not set stays the standard', async () => {
    const page = await sit('street-settings');
    const row = page.locator('.settings-table tbody tr', { hasText: '梅林' });
    await row.locator('button').click();
    const field = (name: string) => page.locator('dialog label', { hasText: name }).locator('input');
    expect(await field(S.field['bedroomMin'] ?? '').getAttribute('placeholder')).toBe('标准 600');
    await field(S.field['bedroomMin'] ?? '').fill('-5');
    await page.locator('dialog button[type=submit]').click();
    await page.locator('dialog .field-error').first().waitFor();
    await field(S.field['bedroomMin'] ?? '').fill('480');
    await field(S.field['wakingHours'] ?? '').fill('06:30、21:00');
    await page.locator('dialog button[type=submit]').click();
    await page.locator('dialog').waitFor({ state: 'detached' });
    await row.locator('b', { hasText: '06:30–21:00' }).waitFor();
    const { items } = (await real.admin('GET', '/street-settings')).body;
    expect(items.find((x: { street: string }) => x.street === '梅林').settings).toEqual({
      bedroomMin: 480,
      wakingHours: ['06:30', '21:00'],
    });
  });

  it('a device’s model and a home’s own settings are forms; somebody’s sessions are ended from theirs', async () => {
    const home = await real.home('莲花', '赵秀兰');
    const button = home.deviceIds[0] ?? '';
    const page = await sit(`registry/devices/${button}`);
    const field = (name: string) => page.locator('dialog label', { hasText: name }).locator('input').first();
    await field(S.field['model'] ?? '').fill('GW-200');
    await page.locator('dialog button[type=submit]').click();
    await page.locator('dialog').waitFor({ state: 'detached' });
    await page.goto(`${real.url}/#/registry/homes/${home.homeId}`);
    await field(S.field['inactivityMin'] ?? '').fill('180');
    await page.locator('dialog .trial > .button').click();
    await page.locator('dialog .trial', { hasText: S.trial.hint }).waitFor();
    await page.locator('dialog button[type=submit]').click();
    await page.locator('dialog').waitFor({ state: 'detached' });
    expect((await real.admin('GET', `/devices/${button}`)).body.model).toBe('GW-200');
    expect((await real.admin('GET', `/homes/${home.homeId}`)).body.settings).toEqual({ inactivityMin: 180 });

    const { user } = await real.operator(`op-${randomUUID().slice(0, 8)}`);
    const hers = await login(real.url, user, PASSWORD);
    expect((await hers('GET', '/me')).status).toBe(200);
    await page.goto(`${real.url}/#/registry/users/${user}`);
    await page.locator('dialog details summary').click();
    await page.locator('dialog .table tbody button').click();
    await page.locator('dialog', { hasText: S.account.noSessions }).waitFor();
    expect((await hers('GET', '/me')).status).toBe(401);
  });
});
