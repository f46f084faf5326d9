import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { ServiceError, YinlingClient } from '../client/client.ts';
import { clientTypes, type OpenApi } from '../console/dev/client-types.ts';
import { type Harness, startHarness } from '../dispatcher/http/testing/harness.ts';
import { anewOnRetry } from './support/anew.ts';

const root = resolve(import.meta.dirname, '..');
const PUBLISHED = join(root, 'client/service-api.ts');
const FILE = join(root, 'console/wire/service-api.ts');

let h: Harness;
anewOnRetry(
  async () => void (h = await startHarness()),
  () => h.close(),
);

/** Routes that the console's code names: `'POST /alerts/{id}/note'`. */
async function namedRoutes(): Promise<string[]> {
  const found = new Set<string>();
  for (const entry of await readdir(join(root, 'console'), { recursive: true })) {
    if (
      !/^(wire|operator|supervisor|h5|parts)\/.*\.(ts|vue)$/.test(entry) ||
      entry.endsWith('service-api.ts')
    )
      continue;
    const text = await readFile(join(root, 'console', entry), 'utf8');
    for (const [, route] of text.matchAll(/['`]((?:GET|POST|PATCH|PUT|DELETE) \/[\w/{}-]+)['`]/g))
      if (route !== undefined) found.add(route);
  }
  return [...found];
}

it('the published client knows every route that the service’s OpenAPI document has (else run this with -u)', async () => {
  const { text } = await h.anonymous('GET', '//openapi.json');
  const document = JSON.parse(text) as OpenApi;
  const routes = Object.entries(document.paths).flatMap(([path, item]) =>
    path.startsWith('/api/v1/')
      ? Object.keys(item).map((method) => `${method.toUpperCase()} ${path.slice('/api/v1'.length)}`)
      : [],
  );
  const options = await resolveConfig(PUBLISHED);
  const source = clientTypes(document, routes);
  await expect(await format(source, { ...options, parser: 'typescript' })).toMatchFileSnapshot(PUBLISHED);
});

it('the published client logs in, calls, is refused by name, and follows the stream', async () => {
  const { port } = await h.server.listen('127.0.0.1', 0);
  const client = new YinlingClient({ url: `http://127.0.0.1:${port}` });
  await expect(client.call('GET /me', {})).rejects.toMatchObject({ status: 401, code: 'unauthenticated' });
  const username = `client-${randomUUID()}`;
  await h.admin('POST', '/users', { username, password: 'a-long-password', role: 'operator' });
  expect((await client.login(username, 'a-long-password')).user).toMatchObject({ role: 'operator' });
  const home = await client
    .call('GET /homes/{id}', { params: { id: 'nobody' } })
    .catch((error: unknown) => error);
  expect(home).toBeInstanceOf(ServiceError);
  expect(home).toMatchObject({ code: 'not_found', message: 'there is no home nobody' });
  const { items, streamId } = await client.call('GET /alerts', { query: { state: ['open'], limit: 5 } });
  expect(items).toEqual([]);
  const stop = new AbortController();
  const events = client.stream({ after: streamId, signal: stop.signal });
  const first = events.next();
  h.stream.publish({ id: 'o1', street: '莲花' }, { type: 'order' });
  expect((await first).value).toMatchObject({ type: 'order', data: { id: 'o1' } });
  stop.abort();
  expect((await events.next()).done).toBe(true);
});

it('the console’s typed client is what the service’s OpenAPI document says (else run this with -u)', async () => {
  const { text } = await h.anonymous('GET', '//openapi.json');
  const source = clientTypes(JSON.parse(text) as OpenApi, await namedRoutes());
  const options = await resolveConfig(FILE);
  await expect(await format(source, { ...options, parser: 'typescript' })).toMatchFileSnapshot(FILE);
});
