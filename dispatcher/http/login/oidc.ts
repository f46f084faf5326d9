import * as client from 'openid-client';
import type { Clock } from '../../../platform/clock.ts';
import { hashSecret, newSecret } from '../../../platform/crypto/secrets.ts';
import type { Pool } from '../../../platform/database.ts';
import type { OidcSettings } from '../../../platform/config.ts';
import { toIso } from '../../../schemas/ids.ts';

/** From the button to the way back, passwords and second factors over there included. */
export const OIDC_LOGIN_MS = 10 * 60_000;
/** Logins under way at once; anybody can begin one. */
const MOST_UNDER_WAY = 1_000;
/** Of one address: an office behind it logs in, and nobody alone uses up what is for all. The oldest make room. */
const MOST_OF_ADDRESS = 50;
const ANSWER_WITHIN_S = 5;

export type OidcFinish =
  | { ok: true; username: string }
  /** `unknown_login`: not begun here, or in another browser, or used, or too old. */
  | { ok: false; code: 'unknown_login' | 'refused'; cause?: unknown };

/**
 * Login at an identity provider (OpenID Connect, authorization code with PKCE). The provider is found by discovery, its
 * ID tokens are checked against its keys, with nonce and state of our own; the state is bound to the browser by a cookie.
 * What comes out is a name: whether somebody of that name may do anything here is decided by our own users.
 */
export class OidcLogin {
  readonly #settings: OidcSettings;
  readonly #pool: Pool;
  readonly #clock: Clock;
  #provider: Promise<client.Configuration> | undefined;

  constructor(settings: OidcSettings, pool: Pool, clock: Clock) {
    this.#settings = settings;
    this.#pool = pool;
    this.#clock = clock;
  }

  /** Where to send the browser, and what it must bring back in a cookie; undefined: too many at once. */
  async begin(address: string): Promise<{ url: string; state: string } | undefined> {
    const provider = await this.#discovered();
    const nowAt = this.#clock.now();
    const state = newSecret();
    const nonce = newSecret();
    const verifier = client.randomPKCECodeVerifier();
    await this.#pool.query('delete from oidc_logins where expires_at <= $1', [toIso(nowAt)]);
    await this.#pool.query(
      `delete from oidc_logins where state_hash in
         (select state_hash from oidc_logins where address = $1 order by expires_at desc, state_hash offset $2)`,
      [address, MOST_OF_ADDRESS - 1],
    );
    const { rowCount } = await this.#pool.query(
      `insert into oidc_logins (state_hash, verifier, nonce, address, expires_at)
       select $1, $2, $3, $4, $5 where (select count(*) from oidc_logins) < $6`,
      [hashSecret(state), verifier, nonce, address, toIso(nowAt + OIDC_LOGIN_MS), MOST_UNDER_WAY],
    );
    if (rowCount !== 1) return undefined;
    const url = client.buildAuthorizationUrl(provider, {
      redirect_uri: this.#settings.callbackUrl,
      scope: 'openid profile',
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, state };
  }

  /** `query`: of the way back; `state`: out of this browser's cookie. */
  async finish(query: string, state: string): Promise<OidcFinish> {
    const { rows } = await this.#pool.query<{ verifier: string; nonce: string; expires_at: Date }>(
      'delete from oidc_logins where state_hash = $1 returning verifier, nonce, expires_at',
      [hashSecret(state)],
    );
    const [begun] = rows;
    if (begun === undefined || begun.expires_at.getTime() <= this.#clock.now())
      return { ok: false, code: 'unknown_login' };
    try {
      const back = new URL(this.#settings.callbackUrl);
      back.search = query;
      const tokens = await client.authorizationCodeGrant(await this.#discovered(), back, {
        pkceCodeVerifier: begun.verifier,
        expectedState: state,
        expectedNonce: begun.nonce,
        idTokenExpected: true,
      });
      const username = tokens.claims()?.[this.#settings.usernameClaim];
      return typeof username === 'string' && username !== ''
        ? { ok: true, username }
        : { ok: false, code: 'refused', cause: `the ID token has no ${this.#settings.usernameClaim}` };
    } catch (cause) {
      return { ok: false, code: 'refused', cause };
    }
  }

  /** Once; after a failure anew at the next login. */
  async #discovered(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#settings;
    const url = new URL(issuer);
    this.#provider ??= client.discovery(
      url,
      clientId,
      clientSecret,
      clientSecret === undefined ? client.None() : client.ClientSecretBasic(clientSecret),
      {
        timeout: ANSWER_WITHIN_S,
        // The signature of ID tokens is checked, though they come by a connection of our own.
        execute: [
          client.enableNonRepudiationChecks,
          ...(url.protocol === 'http:' ? [client.allowInsecureRequests] : []),
        ],
      },
    );
    try {
      return await this.#provider;
    } catch (error) {
      this.#provider = undefined;
      throw error;
    }
  }
}
