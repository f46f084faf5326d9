import { afterEach, describe, expect, it } from 'vitest';
import { anewOnRetry } from '../../../tests/support/anew.ts';
import { type Harness, startHarness } from '../testing/harness.ts';
import { IdentityProvider } from './identity-provider.fixture.ts';
import { OIDC_LOGIN_MS } from './oidc.ts';

const CALLBACK = 'https://care.example/api/v1/session/oidc/callback';
let idp: IdentityProvider;
let h: Harness;
anewOnRetry(
  async () => {
    idp = new IdentityProvider();
    await idp.start();
    h = await startHarness({
      oidc: {
        issuer: idp.issuer,
        clientId: idp.clientId,
        clientSecret: idp.clientSecret,
        callbackUrl: CALLBACK,
        usernameClaim: 'preferred_username',
      },
    });
  },
  async () => {
    await h.close();
    await idp.stop();
  },
);
afterEach(() => {
  idp.bent = {};
});

/** The cookie that a page sets, as the browser sends it back. */
const cookieOf = (headers: Record<string, unknown>, name: string): string =>
  [headers['set-cookie']]
    .flat()
    .map(String)
    .find((cookie) => cookie.startsWith(`${name}=`) && !cookie.startsWith(`${name}=;`))
    ?.split(';')[0] ?? '';

/** As far as the identity provider, and what the browser brings back. */
async function begin(): Promise<{ cookie: string; back: string; sentTo: URL }> {
  const { status, headers } = await h.anonymous('GET', '/session/oidc');
  expect(status).toBe(302);
  const sentTo = new URL(String(headers.location));
  const { search } = idp.authorize(sentTo.href);
  return { cookie: cookieOf(headers, 'yinling_oidc'), back: `/session/oidc/callback${search}`, sentTo };
}
async function logIn(preferred_username: unknown) {
  idp.person = { sub: 'subject-1', preferred_username };
  const { cookie, back } = await begin();
  return h.anonymous('GET', back, undefined, { cookie });
}

describe('login at an identity provider', () => {
  it('opens a session for the user of that name, with PKCE, state and nonce', async () => {
    const { username } = await h.userOf('supervisor');
    idp.person = { sub: 's', preferred_username: username };
    const { sentTo, cookie, back } = await begin();
    expect(Object.fromEntries(sentTo.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'yinling',
      redirect_uri: CALLBACK,
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    const { status, headers } = await h.anonymous('GET', back, undefined, { cookie });
    expect([status, headers.location]).toEqual([302, '/']);
    const session = cookieOf(headers, 'yinling_session');
    const me = await h.anonymous('GET', '/me', undefined, { cookie: session });
    expect(me.body).toMatchObject({ username, role: 'supervisor' });
    const mine = await h.anonymous('GET', `/sessions?username=${username}`, undefined, { cookie: session });
    expect(mine.body.items).toContainEqual(expect.objectContaining({ means: 'oidc', current: true }));
    // Neither code nor state is good twice.
    const again = await h.anonymous('GET', back, undefined, { cookie });
    expect([again.headers.location, cookieOf(again.headers, 'yinling_session')]).toEqual([
      '/?login=refused',
      '',
    ]);
  });

  it('makes no user and gives no role to a name that is not ours, or is retired', async () => {
    const before = await h.pool.query('select count(*)::int as n from users');
    const { username } = await h.userOf('operator');
    await h.admin('DELETE', `/users/${username}`);
    for (const name of ['somebody.else', username, 'Admin']) {
      const { headers } = await logIn(name);
      expect([headers.location, cookieOf(headers, 'yinling_session')]).toEqual(['/?login=nobody', '']);
    }
    const after = await h.pool.query('select count(*)::int as n from users');
    expect(after.rows[0]?.n).toBe((before.rows[0]?.n as number) + 1);
    const audit = await h.admin('GET', '/audit?object=user:unknown&action=session.refused');
    expect(audit.body.items[0]).toMatchObject({ who: 'unknown', detail: { means: 'oidc' } });
    expect(JSON.stringify(audit.body)).not.toContain('somebody.else');
  });

  it.each([
    ['signed by another key', { forged: true }],
    ['for another client', { claims: { aud: 'another' } }],
    ['of another issuer', { claims: { iss: 'https://evil.example' } }],
    ['with another nonce', { claims: { nonce: 'another' } }],
    ['that is over', { claims: { exp: 1_600_000_000 } }],
    ['without a name', { claims: { preferred_username: undefined } }],
    ['with a name that is no text', { claims: { preferred_username: ['admin'] } }],
  ])('refuses an ID token %s', async (_, bent) => {
    idp.bent = bent;
    const { headers } = await logIn('admin');
    expect([headers.location, cookieOf(headers, 'yinling_session')]).toEqual(['/?login=refused', '']);
  });

  it('refuses a way back that began in another browser, or too long ago', async () => {
    idp.person = { sub: 's', preferred_username: 'admin' };
    const [mine, theirs] = [await begin(), await begin()];
    for (const cookie of ['', theirs.cookie, 'yinling_oidc=x'])
      expect(
        (await h.anonymous('GET', mine.back, undefined, cookie === '' ? {} : { cookie })).headers.location,
      ).toBe('/?login=refused');
    const late = await begin();
    h.clock.advance(OIDC_LOGIN_MS);
    const { headers } = await h.anonymous('GET', late.back, undefined, { cookie: late.cookie });
    expect(headers.location).toBe('/?login=refused');
  });

  it('that somebody begins again and again leaves room for everybody else, and for their own newest', async () => {
    for (let n = 0; n < 55; n += 1) expect((await h.anonymous('GET', '/session/oidc')).status).toBe(302);
    const { rows } = await h.pool.query<{ n: number }>('select count(*)::int as n from oidc_logins');
    expect(rows[0]?.n).toBe(50);
    const { username } = await h.userOf('operator');
    expect((await logIn(username)).headers.location).toBe('/');
  });

  it('is shown where it is configured, and is not there where it is not', async () => {
    expect((await h.anonymous('GET', '/session/methods')).body).toEqual({ password: true, oidc: true });
    const plain = await startHarness();
    expect((await plain.anonymous('GET', '/session/methods')).body).toEqual({ password: true, oidc: false });
    expect((await plain.anonymous('GET', '/session/oidc')).status).toBe(404);
    expect((await plain.anonymous('GET', '/session/oidc/callback?code=x')).status).toBe(404);
    await plain.close();
  });

  it('with a provider that is away says so, and goes on when it is back', async () => {
    const away = new IdentityProvider();
    await away.start();
    const { issuer } = away;
    await away.stop();
    const alone = await startHarness({
      oidc: {
        issuer,
        clientId: 'x',
        clientSecret: undefined,
        callbackUrl: CALLBACK,
        usernameClaim: 'preferred_username',
      },
    });
    expect(await alone.anonymous('GET', '/session/oidc')).toMatchObject({
      status: 503,
      body: { code: 'unavailable' },
    });
    await alone.close();
  });
});
