import { describe, expect, it } from 'vitest';
import { prepareAdmin } from '../registry/prepare-admin.ts';
import { ADMIN_PASSWORD, type Harness, quickPasswords, startHarness } from './testing/harness.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';

let h: Harness;
anewOnRetry(
  async () => {
    h = await startHarness();
  },
  () => h.close(),
);

describe('a session', () => {
  it('is a token and a cookie, and says who it is', async () => {
    const { body, headers } = await h.anonymous('POST', '/session', {
      username: 'admin',
      password: ADMIN_PASSWORD,
    });
    expect(body).toMatchObject({
      token: expect.any(String),
      user: { username: 'admin', role: 'admin', streets: [], caregiverId: null },
    });
    const cookie = String(headers['set-cookie']);
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect((await h.as(body.token)('GET', '/me')).body).toEqual(body.user);
    const pair = cookie.split(';')[0]!;
    expect((await h.anonymous('GET', '/me', undefined, { cookie: pair })).body).toEqual(body.user);
  });

  it('is stored as a hash, not as the token', async () => {
    const token = await h.login('admin');
    const { rows } = await h.pool.query('select * from sessions');
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(token).toString('hex'));
  });

  it('ends with the logout, after twelve hours, with the user, with their password', async () => {
    const out = await h.login('admin');
    expect((await h.as(out)('DELETE', '/session')).status).toBe(204);
    expect((await h.as(out)('GET', '/me')).status).toBe(401);

    const one = await h.userOf('operator');
    await h.admin('PATCH', `/users/${one.username}`, { password: 'another one' });
    expect((await one.call('GET', '/me')).status).toBe(401);

    const two = await h.userOf('operator');
    await h.admin('DELETE', `/users/${two.username}`);
    expect((await two.call('GET', '/me')).status).toBe(401);
    expect(
      (await h.anonymous('POST', '/session', { username: two.username, password: ADMIN_PASSWORD })).status,
    ).toBe(401);

    const three = await h.userOf('operator');
    h.clock.set(h.clock.now() + 12 * 3_600_000 + 1);
    expect((await three.call('GET', '/me')).status).toBe(401);
    h.clock.set(h.clock.now() - 12 * 3_600_000 - 1);
  });

  it('follows its user: what an administrator changes holds at once', async () => {
    const { call, username } = await h.userOf('operator');
    expect((await call('GET', '/audit')).status).toBe(403);
    await h.admin('PATCH', `/users/${username}`, { role: 'auditor' });
    expect((await call('GET', '/audit')).status).toBe(200);
  });

  it('by cookie does nothing for a page of another site', async () => {
    const { call, token, username } = await h.userOf('operator');
    void call;
    const from = (headers: Record<string, string>) =>
      h.anonymous('DELETE', '/session', undefined, { cookie: `yinling_session=${token}`, ...headers });
    const evil = await from({ 'sec-fetch-site': 'cross-site', origin: 'http://evil.example' });
    expect(evil).toMatchObject({ status: 403, body: { code: 'cross_site' } });
    expect((await from({ origin: 'http://evil.example' })).status).toBe(403);
    expect((await from({ 'sec-fetch-site': 'same-origin' })).status).toBe(204);
    const login = await h.anonymous(
      'POST',
      '/session',
      { username, password: ADMIN_PASSWORD },
      {
        'sec-fetch-site': 'cross-site',
      },
    );
    expect(login.status).toBe(403);
  });

  it('is refused with 401 for every token that is none', async () => {
    for (const token of ['x', 'x'.repeat(500), 'x\u00e4', "' or 1=1 --"])
      expect((await h.as(token)('GET', '/me')).status).toBe(401);
    const basic = await h.anonymous('GET', '/me', undefined, { authorization: 'Basic YTpi' });
    expect([basic.status, basic.headers['www-authenticate']]).toEqual([401, 'Bearer realm="yinling"']);
  });
});

describe('logins', () => {
  it('are slowed after a few failures, per username and address, and written to the audit log', async () => {
    const { username } = await h.userOf('operator');
    const attempt = (password: string) => h.anonymous('POST', '/session', { username, password });
    const statuses = [];
    for (let i = 0; i < 8; i++) statuses.push((await attempt('wrong')).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    const throttled = await attempt(ADMIN_PASSWORD);
    expect([throttled.status, throttled.headers['retry-after']]).toEqual([429, '2']);
    // Somebody else at the same desk is not concerned.
    expect(
      (await h.anonymous('POST', '/session', { username: 'admin', password: ADMIN_PASSWORD })).status,
    ).toBe(200);
    h.clock.advance(2_001);
    expect((await attempt(ADMIN_PASSWORD)).status).toBe(200);
    const audit = await h.admin('GET', `/audit?object=user:${username}&action=session`);
    expect(audit.body.items.map((entry: { action: string }) => entry.action)).toEqual([
      'session.login',
      ...Array.from({ length: 5 }, () => 'session.refused'),
      'session.login',
    ]);
  });

  it('in parallel win next to no guesses', async () => {
    const { username } = await h.userOf('operator');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => h.anonymous('POST', '/session', { username, password: 'wrong' })),
    );
    const tried = answers.filter((answer) => answer.status === 401).length;
    expect(tried).toBeGreaterThanOrEqual(5);
    expect(tried).toBeLessThanOrEqual(8);
  });

  it('never write down what stood in the username’s field', async () => {
    await h.anonymous('POST', '/session', { username: 'MySecretPassword', password: 'x' });
    const { rows } = await h.pool.query('select * from audit');
    const failures = await h.pool.query('select * from login_failures');
    expect(JSON.stringify([rows, failures.rows])).not.toContain('MySecretPassword');
  });
});

describe('the user admin', () => {
  const prepare = (password: string | undefined) =>
    prepareAdmin(h.pool, { password, nowAt: h.clock.now(), passwords: quickPasswords });
  const login = (password: string) => h.anonymous('POST', '/session', { username: 'admin', password });

  it('has ADMIN_PASSWORD at every start; the same one leaves sessions alone, another one ends them', async () => {
    const { body } = await login(ADMIN_PASSWORD);
    expect(await prepare(ADMIN_PASSWORD)).toBeUndefined();
    expect((await h.as(body.token)('GET', '/me')).status).toBe(200);
    expect(await prepare('a new one')).toBeUndefined();
    expect((await h.as(body.token)('GET', '/me')).status).toBe(401);
    expect((await login('a new one')).status).toBe(200);
    await prepare(ADMIN_PASSWORD);
  });

  it('without one is made once, with a password to print', async () => {
    await h.pool.query(`delete from sessions; delete from users where username = 'admin'`);
    const made = await prepare(undefined);
    expect(made).toMatch(/^[A-Za-z0-9_-]{20}$/);
    expect(await prepare(undefined)).toBeUndefined();
    expect((await login(made!)).status).toBe(200);
  });
});
