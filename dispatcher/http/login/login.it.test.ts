import { describe, expect, it } from 'vitest';
import { anewOnRetry } from '../../../tests/support/anew.ts';
import { TOTP_STEP_MS, totpCode, totpStep } from '../../../platform/crypto/totp.ts';
import { FREE_FAILURES_OF_ADDRESS, FREE_FAILURES_OF_USER } from '../login-throttle.ts';
import { ADMIN_PASSWORD, type Call, type Harness, startHarness } from '../testing/harness.ts';

let h: Harness;
anewOnRetry(
  async () => {
    // Tests say from where they come.
    h = await startHarness({ trustProxy: ['127.0.0.1'] });
  },
  () => h.close(),
);

const logIn = (username: string, more: { password?: string; code?: string } = {}, from = '10.1.1.1') =>
  h.anonymous(
    'POST',
    '/session',
    { username, password: ADMIN_PASSWORD, ...more },
    { 'x-forwarded-for': from },
  );

const fromBase32 = (text: string): Buffer => {
  const bits = [...text]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
};

describe('a second factor', () => {
  /** A user who has one, and what their app shows `steps` from now. */
  async function enrolled(role: 'supervisor' | 'admin' = 'supervisor') {
    const { call, username } = await h.userOf(role);
    const begun = await call('POST', '/me/second-factor', { password: ADMIN_PASSWORD });
    const secret = fromBase32(begun.body.secret);
    const code = (steps = 0) => totpCode(secret, totpStep(h.clock.now()) + steps);
    const confirmed = await call('POST', '/me/second-factor/confirm', { code: code() });
    const recoveryCodes: string[] = confirmed.body.recoveryCodes;
    h.clock.advance(TOTP_STEP_MS);
    return { call, username, begun, code, recoveryCodes };
  }

  it('asks for nothing until confirmed, then for a code that is good once', async () => {
    const { call, username } = await h.userOf('supervisor');
    const begun = await call('POST', '/me/second-factor', { password: ADMIN_PASSWORD });
    expect(begun.body.otpauthUri).toBe(
      `otpauth://totp/Yinling:${username}?secret=${begun.body.secret}&issuer=Yinling`,
    );
    expect((await logIn(username)).status).toBe(200);
    expect((await call('POST', '/me/second-factor/confirm', { code: '000' })).status).toBe(400);
    expect((await call('GET', '/me/second-factor')).body).toEqual({ on: false, recoveryCodesLeft: null });

    const secret = fromBase32(begun.body.secret);
    const code = (): string => totpCode(secret, totpStep(h.clock.now()));
    const confirmed = await call('POST', '/me/second-factor/confirm', { code: code() });
    expect(new Set(confirmed.body.recoveryCodes).size).toBe(10);
    expect(await logIn(username)).toMatchObject({ status: 401, body: { code: 'code_needed' } });
    // The one that confirmed has been seen already.
    expect(await logIn(username, { code: code() })).toMatchObject({ body: { code: 'wrong_code' } });
    h.clock.advance(TOTP_STEP_MS);
    const both = await Promise.all([logIn(username, { code: code() }), logIn(username, { code: code() })]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  it('is told once, stored sealed, and cannot be replaced by whoever finds a session open', async () => {
    const { call, username, begun } = await enrolled();
    const { rows } = await h.pool.query('select * from user_totp where username = $1', [username]);
    expect(JSON.stringify(rows)).not.toContain(begun.body.secret);
    expect(JSON.stringify((await call('GET', '/me/second-factor')).body)).not.toContain(begun.body.secret);
    expect((await call('POST', '/me/second-factor', { password: ADMIN_PASSWORD })).status).toBe(409);
    expect((await call('DELETE', '/me/second-factor', { password: 'guessed' })).status).toBe(400);
    expect((await call('DELETE', '/me/second-factor', { password: ADMIN_PASSWORD })).status).toBe(204);
    expect((await logIn(username)).status).toBe(200);
  });

  it('lets in with a recovery code, once, as it was written down', async () => {
    const { username, recoveryCodes } = await enrolled();
    const [one = ''] = recoveryCodes;
    const typed = `${one.slice(0, 8).toLowerCase()} ${one.slice(8)}`;
    const answer = await logIn(username, { code: typed });
    expect(answer.status).toBe(200);
    expect(await logIn(username, { code: one })).toMatchObject({ body: { code: 'wrong_code' } });
    expect((await h.as(answer.body.token)('GET', '/me/second-factor')).body.recoveryCodesLeft).toBe(9);
    const mine = await h.as(answer.body.token)('GET', '/sessions');
    expect(mine.body.items[0]).toMatchObject({ means: 'recovery', current: true });
  });

  it('limits wrong codes like wrong passwords; a right password without a code tells nothing more', async () => {
    const { username, code } = await enrolled();
    const statuses = [];
    for (let i = 0; i < 6; i++) statuses.push((await logIn(username, { code: '000000' })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await logIn(username, { code: code() })).status).toBe(429);
    expect(await logIn(username, { password: 'wrong', code: code() }, '10.9.9.9')).toMatchObject({
      body: { code: 'wrong_credentials' },
    });
  });

  it('is taken off a user by an administrator, and stands in the audit log', async () => {
    const { username } = await enrolled('admin');
    expect((await h.admin('DELETE', `/users/${username}/second-factor`)).status).toBe(204);
    expect((await h.admin('DELETE', `/users/${username}/second-factor`)).status).toBe(404);
    expect((await logIn(username)).status).toBe(200);
    const { body } = await h.admin('GET', `/audit?object=user:${username}&action=user.second-factor`);
    expect(body.items.map((entry: { action: string; who: string }) => [entry.action, entry.who])).toEqual([
      ['user.second-factor.off', 'admin'],
      ['user.second-factor.on', username],
    ]);
  });
});

describe('login limits', () => {
  it('hold for one username from ever new addresses, but not where that user is at home', async () => {
    const { username } = await h.userOf('operator');
    expect((await logIn(username, {}, '10.2.0.1')).status).toBe(200);
    for (let i = 0; i < FREE_FAILURES_OF_USER; i++)
      expect((await logIn(username, { password: 'x' }, `10.3.0.${i}`)).status).toBe(401);
    expect((await logIn(username, {}, '10.4.0.1')).status).toBe(429);
    expect((await logIn(username, {}, '10.2.0.1')).status).toBe(200);
    h.clock.advance(60_000);
    expect((await logIn(username, {}, '10.4.0.1')).status).toBe(200);
  });

  it('hold for one address with ever new usernames, but not for whoever works there', async () => {
    const { username } = await h.userOf('operator');
    const other = await h.userOf('operator');
    const office = '10.5.0.1';
    expect((await logIn(username, {}, office)).status).toBe(200);
    for (let i = 0; i < FREE_FAILURES_OF_ADDRESS; i++)
      expect((await logIn(`guess-${i}`, { password: 'x' }, office)).status).toBe(401);
    expect((await logIn(other.username, {}, office)).status).toBe(429);
    expect((await logIn(username, {}, office)).status).toBe(200);
    h.clock.advance(60_000);
    expect((await logIn(other.username, {}, office)).status).toBe(200);
  });
});

describe('open sessions', () => {
  const ids = async (call: Call, query = ''): Promise<string[]> =>
    (await call('GET', `/sessions${query}`)).body.items.map(({ id }: { id: string }) => id);

  it('are listed for their owner with address and means, and end there one by one', async () => {
    const { call, username, token } = await h.userOf('operator');
    const elsewhere = h.as((await logIn(username, {}, '10.6.0.1')).body.token);
    const { body } = await call('GET', '/sessions');
    expect(body.items).toHaveLength(2);
    expect(body.items).toContainEqual(
      expect.objectContaining({ username, address: '10.6.0.1', means: 'password', current: false }),
    );
    expect(JSON.stringify(body)).not.toContain(token);
    const other = body.items.find((item: { current: boolean }) => !item.current);
    expect((await call('DELETE', `/sessions/${other.id}`)).status).toBe(204);
    expect((await elsewhere('GET', '/me')).status).toBe(401);
    expect((await call('GET', '/me')).status).toBe(200);
  });

  it('of others are an administrator’s alone, the audit log says who ended them', async () => {
    const [one, two] = [await h.userOf('operator'), await h.userOf('supervisor')];
    const [victim = ''] = await ids(one.call);
    expect((await two.call('GET', `/sessions?username=${one.username}`)).status).toBe(403);
    expect((await two.call('DELETE', `/sessions/${victim}`)).status).toBe(404);
    const limited = await h.userOf('admin', { streets: ['莲花'] });
    expect((await limited.call('DELETE', `/sessions/${victim}`)).status).toBe(404);
    expect(await ids(h.admin, `?username=${one.username}`)).toEqual([victim]);
    expect(await ids(h.admin)).toEqual(expect.arrayContaining([victim, ...(await ids(two.call))]));
    expect((await h.admin('DELETE', `/sessions/${victim}`)).status).toBe(204);
    expect((await one.call('GET', '/me')).status).toBe(401);
    const audit = await h.admin('GET', `/audit?object=user:${one.username}&action=session.revoke`);
    expect(audit.body.items).toMatchObject([{ who: 'admin' }]);
  });
});
