import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a test may bend about the next ID token. */
export interface Bent {
  claims?: Record<string, unknown>;
  /** Another key than the published one. */
  forged?: boolean;
}

/** A small OpenID provider: discovery, keys, authorization code with PKCE. Whoever comes is `person`. */
export class IdentityProvider {
  person: Record<string, unknown> = {};
  bent: Bent = {};
  readonly clientId = 'yinling';
  readonly clientSecret = 'a secret of the client';
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #codes = new Map<string, { challenge: string; nonce: string; redirect: string }>();
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  readonly #others = generateKeyPairSync('rsa', { modulusLength: 2048 });

  async start(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What a browser does there: it is sent back with a code. */
  authorize(url: string): URL {
    const asked = new URL(url).searchParams;
    const code = randomUUID();
    this.#codes.set(code, {
      challenge: asked.get('code_challenge') ?? '',
      nonce: asked.get('nonce') ?? '',
      redirect: asked.get('redirect_uri') ?? '',
    });
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.get('state') ?? '');
    return back;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body: unknown): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const path = URL.parse(request.url ?? '', this.issuer)?.pathname;
    if (path === '/.well-known/openid-configuration')
      return send(200, {
        issuer: this.issuer,
        authorization_endpoint: `${this.issuer}/authorize`,
        token_endpoint: `${this.issuer}/token`,
        jwks_uri: `${this.issuer}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
      });
    if (path === '/keys')
      return send(200, {
        keys: [{ ...this.#keys.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }],
      });
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
    const form = new URLSearchParams(body);
    const known = this.#codes.get(form.get('code') ?? '');
    this.#codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const client = Buffer.from(request.headers.authorization?.slice('Basic '.length) ?? '', 'base64');
    const [id = '', secret = ''] = client.toString().split(':').map(decodeForm);
    if (
      known === undefined ||
      known.challenge !== challenge ||
      known.redirect !== form.get('redirect_uri') ||
      id !== this.clientId ||
      secret !== this.clientSecret
    )
      return send(400, { error: 'invalid_grant' });
    const seconds = Math.floor(Date.now() / 1000);
    const idToken = jwt((this.bent.forged === true ? this.#others : this.#keys).privateKey, {
      iss: this.issuer,
      aud: this.clientId,
      iat: seconds,
      exp: seconds + 60,
      nonce: known.nonce,
      ...this.person,
      ...this.bent.claims,
    });
    send(200, { access_token: randomUUID(), token_type: 'Bearer', expires_in: 60, id_token: idToken });
  }
}

const decodeForm = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));

function jwt(key: KeyObject, claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', kid: 'k1', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}
