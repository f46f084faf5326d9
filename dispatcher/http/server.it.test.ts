import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPool } from '../../platform/database.ts';
import { silentLog } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { createHttpServer } from './server.ts';
import { type Harness, startHarness } from './testing/harness.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';

let h: Harness;
anewOnRetry(
  async () => {
    h = await startHarness();
  },
  () => h.close(),
);

describe('the HTTP server', () => {
  it('says that it lives and is ready, and why it is not', async () => {
    expect((await h.anonymous('GET', '//livez')).body).toEqual({ status: 'ok' });
    expect(await h.anonymous('GET', '//readyz')).toMatchObject({
      status: 200,
      body: { status: 'ready', reasons: [] },
    });
    const waiting = await startHarness({ notReady: () => ['broker: not listening yet'] });
    expect(await waiting.anonymous('GET', '//readyz')).toMatchObject({
      status: 503,
      body: { status: 'not ready', reasons: ['broker: not listening yet'] },
    });
    await waiting.close();
  });

  it('while the database is away lives, is not ready, and asks to try again', async () => {
    const away = createPool('postgres://nobody@127.0.0.1:1/none', {
      applicationName: 'test',
      log: silentLog(),
    });
    const server = await createHttpServer({
      ...h.deps,
      metrics: createMetrics({ process: false }),
      pool: away,
    });
    const get = (url: string) => server.app.inject({ url, headers: { authorization: 'Bearer x' } });
    expect((await get('/livez')).statusCode).toBe(200);
    expect((await get('/readyz')).json()).toEqual({
      status: 'not ready',
      reasons: ['the database cannot be reached'],
    });
    for (const path of ['/me', '/alerts', '/stream', '/ledger/verify']) {
      const answer = await get(`/api/v1${path}`);
      expect([path, answer.statusCode, answer.headers['retry-after']]).toEqual([path, 503, '2']);
      expect(answer.json()).toMatchObject({ code: 'unavailable' });
    }
    await server.close();
    await away.end();
  });

  it('is measured', async () => {
    const { status, text, headers } = await h.anonymous('GET', '//metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('text/plain');
    expect(text).toContain('yinling_http_request_seconds');
  });

  it('describes every route of the API in OpenAPI 3.1, and shows it on a page of its own', async () => {
    const { body } = await h.anonymous('GET', '//openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(body.paths['/api/v1/alerts/{id}/acknowledge'].post['x-roles']).toContain('operator');
    expect(body.components.schemas.Alert.properties.evidence).toBeDefined();
    expect(JSON.stringify(body)).not.toContain('PLACEHOLDER');
    const page = await h.anonymous('GET', '//docs');
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.text).not.toMatch(/<script(?![^>]*src="\/docs)/);
    expect((await h.anonymous('GET', '//docs/docs.js')).status).toBe(200);
  });

  it('allows its pages nothing from elsewhere and nothing inline', async () => {
    const { headers } = await h.anonymous('GET', '//docs');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('upgrade-insecure-requests');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBeDefined();
  });

  it.each([
    ['an unknown route', 'GET', '/nothing', undefined, {}, 404, 'not_found'],
    ['a body that is not JSON', 'POST', '/session', '{"username":', {}, 400, 'malformed'],
    [
      'another content type',
      'POST',
      '/session',
      'a=b',
      { 'content-type': 'text/plain' },
      415,
      'unsupported_media_type',
    ],
    ['a body too large', 'POST', '/session', `"${'x'.repeat(1_100_000)}"`, {}, 413, 'too_large'],
    ['no login', 'GET', '/alerts', undefined, {}, 401, 'unauthenticated'],
    ['a poisoned body', 'POST', '/session', '{"__proto__":{"admin":true}}', {}, 400, 'malformed'],
    ['a path that cannot be read', 'GET', '/alerts/%zz', undefined, {}, 400, 'malformed'],
  ])('answers %s with a problem', async (_, method, path, body, headers, status, code) => {
    const answer = await h.anonymous(method, path, body, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ type: 'about:blank', status, code, title: expect.any(String) });
  });

  it('names every wrong and every unknown field at once', async () => {
    const { status, body } = await h.admin('POST', '/homes', { street: 'Nowhere', lat: 'x', colour: 'red' });
    expect(status).toBe(400);
    const fields = body.problems.map((problem: { field: string }) => problem.field);
    expect(fields.sort()).toEqual(['colour', 'lat', 'street']);
    expect(body.detail).toContain('colour: unknown field');
    const query = await h.admin('GET', '/alerts?limit=0&state=asleep');
    expect(query.body.problems.map((problem: { field: string }) => problem.field)).toEqual([
      '?state.0',
      '?limit',
    ]);
  });

  it('serves the built console at / and /h5, and at the paths that only they know', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'yinling-console-'));
    await mkdir(join(dir, 'assets'));
    await writeFile(join(dir, 'index.html'), 'console');
    await writeFile(join(dir, 'h5.html'), 'h5 page');
    await writeFile(join(dir, 'assets', 'app-1a2b.js'), 'let a');
    const built = await startHarness({ consoleDir: dir });
    const page = (path: string) => built.anonymous('GET', `/${path}`, undefined, { accept: 'text/html' });
    for (const path of ['/', '/alerts-of-today/a1']) expect((await page(path)).text).toBe('console');
    for (const path of ['/h5', '/h5/', '/h5/orders/o1']) expect((await page(path)).text).toBe('h5 page');
    expect((await page('/')).headers['cache-control']).toBe('no-cache');
    const asset = await built.anonymous('GET', '//assets/app-1a2b.js');
    expect([asset.text, asset.headers['cache-control']]).toEqual([
      'let a',
      'public, max-age=31536000, immutable',
    ]);
    for (const path of ['/assets/gone.js', '/api/v1/gone', '/../package.json', '/%2e%2e/package.json'])
      expect([path, (await page(path)).status]).toEqual([path, 404]);
    await built.close();
    await rm(dir, { recursive: true });
  });

  it('is the console at / and /h5, or says that it has not been built', async () => {
    const page = await h.anonymous('GET', '//', undefined, { accept: 'text/html' });
    expect([page.status, page.text.includes('has not been built')]).toEqual([200, true]);
    expect((await h.anonymous('GET', '//h5')).status).toBe(200);
  });
});
