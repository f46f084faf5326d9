import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clientTypes, type OpenApi } from '../console/dev/client-types.ts';
import { type Harness, startHarness } from '../dispatcher/http/testing/harness.ts';

const root = resolve(import.meta.dirname, '..');
const FILE = join(root, 'console/wire/service-api.ts');

let h: Harness;
beforeAll(async () => void (h = await startHarness()));
afterAll(() => h.close());

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

it('the console’s typed client is what the service’s OpenAPI document says (else run this with -u)', async () => {
  const { text } = await h.anonymous('GET', '//openapi.json');
  const source = clientTypes(JSON.parse(text) as OpenApi, await namedRoutes());
  const options = await resolveConfig(FILE);
  await expect(await format(source, { ...options, parser: 'typescript' })).toMatchFileSnapshot(FILE);
});
