import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { ADMIN_PASSWORD, type Harness, startHarness } from './testing/harness.ts';

const openssl = (...args: string[]): boolean => {
  try {
    execFileSync('openssl', args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const hasOpenssl = openssl('version');
if (!hasOpenssl) process.stderr.write('left out: HTTPS (no openssl to make a certificate with)\n');

let h: Harness | undefined;
afterEach(async () => {
  await h?.close();
  h = undefined;
});

describe('behind a reverse proxy', () => {
  /** A login as a proxy hands it on. */
  const through = async (trustProxy: string[], headers: Record<string, string>) => {
    const harness = await startHarness({ trustProxy });
    h = harness;
    const answer = await harness.anonymous(
      'POST',
      '/session',
      { username: 'admin', password: ADMIN_PASSWORD },
      headers,
    );
    const { rows } = await harness.pool.query(
      `select address from audit where action = 'session.login' order by id desc limit 1`,
    );
    return {
      status: answer.status,
      secure: /; Secure/.test(String(answer.headers['set-cookie'])),
      address: rows[0]?.address as string,
    };
  };
  const forwarded = {
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'care.example',
    origin: 'https://care.example',
  };

  it('that is named, the caller is who it says, and the cookie is for HTTPS only', async () => {
    expect(await through(['127.0.0.0/8'], forwarded)).toEqual({
      status: 200,
      secure: true,
      address: '203.0.113.7',
    });
  });

  it('an address that a client made up before the proxy’s own is not believed', async () => {
    const chain = { ...forwarded, 'x-forwarded-for': '10.0.0.1, 203.0.113.7' };
    expect((await through(['loopback'], chain)).address).toBe('203.0.113.7');
  });

  it('that is not named, nothing it says counts', async () => {
    const { origin: _, ...headers } = forwarded;
    expect(await through([], headers)).toEqual({ status: 200, secure: false, address: '127.0.0.1' });
    expect((await through(['192.0.2.1'], headers)).address).toBe('127.0.0.1');
  });
});

describe.runIf(hasOpenssl)('HTTPS by a certificate of one’s own', () => {
  function certificate() {
    const folder = mkdtempSync(join(tmpdir(), 'yinling-https-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    openssl('req', '-x509', ...curve, ...name, '-keyout', key, '-out', cert);
    const tls = { key: readFileSync(key), cert: readFileSync(cert) };
    rmSync(folder, { recursive: true });
    return tls;
  }
  const post = (port: number, ca: Buffer, path: string, body: object) =>
    new Promise<{ status: number; cookie: string; hsts: string }>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      request({ host: '127.0.0.1', port, path, method: 'POST', headers, ca }, (response) => {
        response.resume();
        resolve({
          status: response.statusCode ?? 0,
          cookie: String(response.headers['set-cookie']),
          hsts: String(response.headers['strict-transport-security']),
        });
      })
        .on('error', reject)
        .end(JSON.stringify(body));
    });

  it('serves the same, with cookies for HTTPS only, and closes with the rest', async () => {
    const tls = certificate();
    const harness = await startHarness({ tls });
    const { port } = await harness.server.listenTls('127.0.0.1', 0);
    const answer = await post(port, tls.cert, '/api/v1/session', {
      username: 'admin',
      password: ADMIN_PASSWORD,
    });
    expect(answer).toMatchObject({
      status: 200,
      cookie: expect.stringMatching(/; Secure/),
      hsts: expect.stringMatching(/max-age=/),
    });
    await harness.close();
    await expect(post(port, tls.cert, '/api/v1/session', {})).rejects.toThrow(/ECONNREFUSED/);
  });

  it('speaks no TLS older than 1.2', async () => {
    const tls = certificate();
    h = await startHarness({ tls });
    const { port } = await h.server.listenTls('127.0.0.1', 0);
    const protocol = (maxVersion: 'TLSv1.1' | 'TLSv1.2') =>
      new Promise<string>((resolve) => {
        const options = { port, host: '127.0.0.1', ca: tls.cert, minVersion: 'TLSv1', maxVersion } as const;
        const socket = connect({ ...options, ciphers: 'DEFAULT@SECLEVEL=0' }, () => {
          resolve(socket.getProtocol() ?? '');
          socket.destroy();
        });
        socket.on('error', () => resolve('refused'));
      });
    expect(await protocol('TLSv1.1')).toBe('refused');
    expect(await protocol('TLSv1.2')).toBe('TLSv1.2');
  });
});
