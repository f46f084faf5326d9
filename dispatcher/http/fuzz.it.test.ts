import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anAlert, anOrder } from './testing/fakes.ts';
import { type Call, type Harness, startHarness } from './testing/harness.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';

/** Every route of the document, its parameters and bodies mutated by their schemas: refused or done, never a fault. */

interface Schema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  prefixItems?: Schema[];
  properties?: Record<string, Schema>;
}
interface Operation {
  parameters?: { name: string; in: string; schema?: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

const HOSTILE: unknown[] = [
  null,
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '😀'.repeat(300),
  'x'.repeat(70_000),
  "'; drop table users; --",
  '../../etc/passwd',
  '%00',
  -1,
  0,
  0.1,
  2 ** 31,
  2 ** 53,
  -(2 ** 63),
  1e308,
  '1e400',
  'NaN',
  '9999-12-31T23:59:59.999Z',
  '-271821-04-20T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '2026-02-30',
  [],
  {},
  [[[[[[]]]]]],
  { $ne: null },
  { toString: 1, constructor: 2 },
  true,
];
const KNOWN = [
  'known',
  'a1',
  'o1',
  'c1',
  'r1',
  'd1',
  'admin',
  '莲花',
  '2026-01-12T00:00:00Z',
  '5m',
  'volunteer',
];

/** Mostly what the schema asks for, so that the fuzz gets past the door, with something hostile in some place. */
function valueOf(schema: Schema): fc.Arbitrary<unknown> {
  const hostile = fc.constantFrom(...HOSTILE);
  return fc.oneof({ weight: 6, arbitrary: plainOf(schema) }, { weight: 1, arbitrary: hostile });
}
function plainOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if ('const' in schema) return fc.constant(schema.const);
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return fc.oneof(...union.map(valueOf));
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type ?? 'string') {
    case 'object': {
      const fields = Object.entries(schema.properties ?? {}).map(
        ([name, field]) => [name, valueOf(field)] as const,
      );
      const record = Object.fromEntries(fields);
      return fc.oneof(fc.record(record), fc.record(record, { requiredKeys: [] }));
    }
    case 'array':
      return schema.prefixItems
        ? fc.tuple(...schema.prefixItems.map(valueOf))
        : fc.array(valueOf(schema.items ?? {}), { maxLength: 3 });
    case 'integer':
      return fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer());
    case 'number':
      return fc.oneof(fc.integer({ min: 0, max: 90 }), fc.double());
    case 'boolean':
      return fc.boolean();
    default:
      return fc.oneof(fc.constantFrom(...KNOWN), fc.string({ unit: 'binary', maxLength: 20 }));
  }
}

let h: Harness;
let admin: Call;
anewOnRetry(
  async () => {
    h = await startHarness();
    await h.admin('POST', '/homes', { id: 'known', street: '莲花' });
    await h.admin('POST', '/caregivers', { id: 'c1', name: '李', role: 'volunteer' });
    await h.admin('POST', '/residents', { id: 'r1', homeId: 'known', name: '王' });
    await h.admin('POST', '/devices', { id: 'd1', homeId: 'known', kind: 'pir' });
    h.alerts.add(anAlert());
    h.orders.add(anOrder());
    admin = h.admin;
  },
  () => h.close(),
);

describe('every route, fuzzed by its schema', () => {
  it('refuses or does, never fails: no 5xx, and every refusal is a problem', async () => {
    const { paths } = (await h.anonymous('GET', '//openapi.json')).body as {
      paths: Record<string, Record<string, Operation>>;
    };
    const routes = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    );
    // A stream does not end, and a logout would. What is retired is no longer there to be asked for, so that comes last.
    const asked = routes
      .filter(
        ({ path, method }) =>
          !path.endsWith('/stream') && !(method === 'DELETE' && path.endsWith('/session')),
      )
      .toSorted((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'));
    expect(asked.length).toBeGreaterThan(60);
    for (const { path, method, operation } of asked) {
      const parameters = operation.parameters ?? [];
      const query = fc.record(
        Object.fromEntries(
          parameters.filter((p) => p.in === 'query').map((p) => [p.name, valueOf(p.schema ?? {})]),
        ),
        { requiredKeys: [] },
      );
      const id = fc.oneof(
        fc.constantFrom(...KNOWN),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
      );
      const schema = operation.requestBody?.content['application/json']?.schema;
      const body = schema ? valueOf(schema) : fc.constant(undefined);
      await fc.assert(
        fc.asyncProperty(query, id, body, async (queries, pathId, sent) => {
          const given = Object.entries(queries).map(
            ([name, value]) => `${name}=${encode(typeof value === 'string' ? value : JSON.stringify(value))}`,
          );
          const url = `${path.replace(/\{\w+\}/g, encode(pathId))}${given.length > 0 ? `?${given.join('&')}` : ''}`;
          const answer = await admin(method, `/${url}`, sent);
          // A part that this process was not given (`code: unavailable`) is a refusal; everything else from 500 on is a fault
          const refused = (answer.body as { code?: string } | undefined)?.code === 'unavailable';
          const fault =
            answer.status >= 500 && !refused
              ? `${method} ${url} ${JSON.stringify(sent)} → ${answer.text}`
              : '';
          expect(fault).toBe('');
          if (answer.status >= 400)
            expect(answer.headers['content-type']).toContain('application/problem+json');
        }),
        { numRuns: 30, endOnFailure: true, ...seed() },
      );
    }
  }, 120_000);

  it('takes bodies that are no JSON at all for what they are', async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom('[', '{"a":', '{"a":1}}', '"'),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const answer = await admin('POST', '/orders', text);
        expect(answer.status).toBeGreaterThanOrEqual(200);
        expect(answer.status).toBeLessThan(500);
      }),
      { numRuns: 100, ...seed() },
    );
  });
});

/** Lone surrogates cannot be percent-encoded; a client would send U+FFFD. */
const encode = (text: string): string => encodeURIComponent(text.toWellFormed());
const seed = (): { seed?: number } =>
  process.env['FAST_CHECK_SEED'] === undefined ? {} : { seed: Number(process.env['FAST_CHECK_SEED']) };
