import { readFileSync } from 'node:fs';
import swagger from '@fastify/swagger';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { alertSchema } from '../../schemas/alert.ts';
import { orderSchema } from '../../schemas/order.ts';
import type { App } from './app.ts';
import { API_PREFIX, SESSION_COOKIE } from './guard.ts';
import { ACCESS, isRouteKey } from './access.ts';

const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string().describe('stable, for programs'),
  detail: z.string(),
  instance: z.string(),
  problems: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  current: z.unknown().optional().describe('of a 409: the object as it is'),
});

/** Schemas that have a name of their own in the document. */
const named = z.registry<{ id: string }>();
named.add(alertSchema, { id: 'Alert' });
named.add(orderSchema, { id: 'Order' });
named.add(problemSchema, { id: 'Problem' });

/** Before the routes: collects them into an OpenAPI 3.1 document. */
export async function describeRoutes(app: App): Promise<void> {
  const transform = createJsonSchemaTransform({ schemaRegistry: named });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Yinling 银铃',
        version: '1',
        description:
          'Alerts, dispatch, registry, time bank and reports. Errors are problem details (RFC 9457).',
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'of POST /session' },
          cookie: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
          bridge: { type: 'http', scheme: 'bearer', description: "a bridge's secret" },
        },
      },
    },
    transform: (document) => {
      const { schema, url } = transform(document);
      return { schema: { ...schema, ...accessOf(document.route.method, url) }, url };
    },
    transformObject: createJsonSchemaTransformObject({ schemaRegistry: named }),
  });
}

/** Who may call it, from the access table, and how a refusal looks. */
function accessOf(method: string | string[], url: string): Record<string, unknown> {
  const key = `${String(method)} ${url.slice(API_PREFIX.length)}`;
  if (!url.startsWith(API_PREFIX) || !isRouteKey(key)) return {};
  const access = ACCESS[key];
  if (access === 'anyone') return { security: [] };
  if (access === 'bridge') return { security: [{ bridge: [] }] };
  return { security: [{ token: [] }, { cookie: [] }], 'x-roles': Object.keys(access) };
}

const PAGE_FILES = {
  '/docs': ['index.html', 'text/html; charset=utf-8'],
  '/docs/docs.css': ['docs.css', 'text/css; charset=utf-8'],
  '/docs/report.css': ['report.css', 'text/css; charset=utf-8'],
  '/docs/docs.js': ['docs.js', 'text/javascript; charset=utf-8'],
} as const;

/** After the routes: the document, and a page that shows it without anything from elsewhere. */
export function docsRoutes(app: App): void {
  let document: string | undefined;
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => {
    document ??= JSON.stringify(withProblems(app.swagger()));
    return reply.type('application/json; charset=utf-8').serializer(String).send(document);
  });
  for (const [url, [file, type]] of Object.entries(PAGE_FILES)) {
    const content = readFileSync(new URL(`docs-page/${file}`, import.meta.url));
    app.get(url, { schema: { hide: true } }, (_request, reply) => reply.type(type).send(content));
  }
}

/** Every refusal of the API has one form. */
function withProblems(document: object): object {
  const refusal = {
    description: 'Refused',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  const paths = (document as { paths?: Record<string, Record<string, { responses?: object }>> }).paths ?? {};
  for (const [path, operations] of Object.entries(paths))
    if (path.startsWith(API_PREFIX))
      for (const operation of Object.values(operations))
        operation.responses = { ...operation.responses, default: refusal };
  return document;
}
