import type { Random } from '../../devices-sim/random.ts';
import { hostileValue, jsonOf, mangle, objectOf } from './hostile.ts';

/** As much of OpenAPI's schemas as ours use. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
}
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
}
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

export interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export interface HttpInput {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly route: string;
  readonly contentType: string | undefined;
  readonly body: Buffer | undefined;
  /** Whose credential goes with it. */
  readonly as: 'admin' | 'bridge' | 'nobody' | 'nonsense';
}

/** A stream does not end, and a logout would end the run's own session: both have tests of their own. */
const LEFT_OUT = new Set(['GET /api/v1/stream', 'DELETE /api/v1/session']);

/** What is served beside the document: pages, their files, the document itself, and nothing. */
const PAGES = ['/', '/h5', '/docs', '/docs/docs.js', '/openapi.json', '/assets/index.js', '/nothing'];
const BEYOND = [
  '',
  '',
  '/',
  '/..%2f..%2fetc/passwd',
  '/%2e%2e/%2e%2e/main.ts',
  '/%00',
  '/%c0%ae',
  '%',
  '//x',
  ';a=b',
];

export const routesOf = (document: OpenApi): Route[] => [
  ...Object.entries(document.paths)
    .flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
    )
    .filter(({ method, path }) => !LEFT_OUT.has(`${method} ${path}`)),
  ...PAGES.map((path) => ({ method: 'GET', path, operation: {} })),
];

/** Mostly what the schema asks for, so that it gets past the door, with something hostile in some place. */
export class HttpInputs {
  readonly #document: OpenApi;
  readonly #routes: readonly Route[];
  /** Ids of what there is. */
  readonly #known: readonly string[];

  constructor(document: OpenApi, known: readonly string[]) {
    this.#document = document;
    this.#routes = routesOf(document);
    this.#known = known;
  }

  get routes(): string[] {
    return this.#routes.map(({ method, path }) => `${method} ${path}`);
  }

  /** The routes take turns: each is asked as often as any other. */
  input(no: number, random: Random): HttpInput {
    const route = this.#routes[no % this.#routes.length];
    if (route === undefined) throw new Error('there are no routes');
    const { method, path, operation } = route;
    const parameters = operation.parameters ?? [];
    const filled =
      path.replace(/\{\w+\}/g, () => encode(this.#id(random))) +
      (PAGES.includes(path) ? random.pick(BEYOND as [string, ...string[]]) : '');
    const query = parameters
      .filter((parameter) => parameter.in === 'query' && random.chance(0.5))
      .map(({ name, schema }) => `${encode(name)}=${encode(asText(this.#value(schema ?? {}, random, 0)))}`);
    if (random.chance(0.05)) query.push(`${encode(asText(hostileValue(random)).slice(0, 500))}=1`);
    const content = Object.entries(operation.requestBody?.content ?? {})[0];
    return {
      method,
      route: `${method} ${path}`,
      url: `${filled}${query.length > 0 ? `?${query.join('&')}`.slice(0, 6_000) : ''}`,
      as: this.#speaker(path, random),
      ...this.#body(method, content?.[0], content?.[1].schema, random),
    };
  }

  #speaker(path: string, random: Random): HttpInput['as'] {
    if (path.endsWith('/ingest')) return random.chance(0.9) ? 'bridge' : 'admin';
    return random.weighted([
      ['admin', 92],
      ['nobody', 4],
      ['nonsense', 4],
    ]);
  }

  #body(
    method: string,
    type: string | undefined,
    schema: Schema | undefined,
    random: Random,
  ): Pick<HttpInput, 'contentType' | 'body'> {
    if (method === 'GET' || (type === undefined && random.chance(0.9)))
      return { contentType: undefined, body: undefined };
    const text =
      type?.startsWith('text/csv') === true
        ? csv(random)
        : jsonOf(schema === undefined ? hostileValue(random) : this.#value(schema, random, 0));
    const bytes = Buffer.from(text);
    const contentType = random.chance(0.03)
      ? random.pick([
          'text/plain',
          'application/xml',
          'application/json; charset=utf-16',
          'multipart/form-data',
          'nonsense',
        ])
      : (type ?? 'application/json');
    return { contentType, body: random.chance(0.06) ? mangle(bytes, random) : bytes };
  }

  #value(schema: Schema, random: Random, depth: number): unknown {
    if (random.chance(0.04)) return hostileValue(random);
    if (schema.$ref !== undefined) {
      const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
      return this.#value(this.#document.components?.schemas?.[name] ?? {}, random, depth + 1);
    }
    if (schema.enum) return schema.enum[random.int(0, schema.enum.length - 1)];
    if ('const' in schema) return schema.const;
    const union = schema.anyOf ?? schema.oneOf ?? schema.allOf;
    if (union) return this.#value(union[random.int(0, union.length - 1)] ?? {}, random, depth + 1);
    const type = Array.isArray(schema.type) ? (schema.type as string[])[0] : schema.type;
    switch (depth > 8 ? 'null' : (type ?? 'string')) {
      case 'object':
        return objectOf(
          Object.entries(schema.properties ?? {})
            .filter(() => random.chance(0.8))
            .map(([name, field]) => [name, this.#value(field as Schema, random, depth + 1)]),
        );
      case 'array':
        return schema.prefixItems
          ? schema.prefixItems.map((item) => this.#value(item, random, depth + 1))
          : Array.from({ length: random.int(0, 3) }, () =>
              this.#value(schema.items ?? {}, random, depth + 1),
            );
      case 'integer':
        return random.chance(0.7) ? random.int(0, 20) : random.int(-(2 ** 31), 2 ** 31);
      case 'number':
        return random.chance(0.7) ? random.int(0, 90) : random.normal(0, 1e6);
      case 'boolean':
        return random.chance(0.5);
      case 'null':
        return null;
      default:
        return this.#id(random);
    }
  }

  #id(random: Random): string {
    const known = this.#known[random.int(0, this.#known.length - 1)] ?? '';
    return random.chance(0.93) ? known : asText(hostileValue(random)).slice(0, 300);
  }
}

const csv = (random: Random): string =>
  Array.from({ length: random.int(0, 4) }, () =>
    Array.from({ length: random.int(1, 6) }, () => asText(hostileValue(random)).slice(0, 200)).join(
      random.pick([',', ',', ';', '"', '\t']),
    ),
  ).join('\n');

const asText = (value: unknown): string => (typeof value === 'string' ? value : jsonOf(value));
/** Lone surrogates cannot be percent-encoded; a client would send U+FFFD. */
const encode = (text: string): string => encodeURIComponent(text.toWellFormed());
