/**
 * The service's OpenAPI document as TypeScript: one member a route, with its parameters, body and answer. Pure; the test
 * `tests/client-drift.it.test.ts` holds `console/wire/service-api.ts` to it, and writes it with `-u`.
 */
interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  prefixItems?: Schema[];
}
interface Operation {
  summary?: string;
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}
export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

const JSON_TYPE = 'application/json';
const PREFIX = '/api/v1';

const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

export function typeOf(schema: Schema | undefined): string {
  if (!schema) return 'unknown';
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf ?? schema.oneOf) return unionOf(partsOf(schema).map(typeOf));
  if (schema.allOf) return schema.allOf.map((part) => `(${typeOf(part)})`).join(' & ');
  if (Array.isArray(schema.type)) return unionOf(schema.type.map((type) => typeOf({ ...schema, type })));
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return schema.prefixItems
        ? `[${schema.prefixItems.map(typeOf).join(', ')}]`
        : `(${typeOf(schema.items)})[]`;
    case 'object':
    case undefined:
      return schema.properties || schema.additionalProperties !== undefined ? objectOf(schema) : 'unknown';
    default:
      return 'unknown';
  }
}
/** A union of unions is one. */
function partsOf(schema: Schema): Schema[] {
  const any = schema.anyOf ?? schema.oneOf;
  return any ? any.flatMap(partsOf) : [schema];
}
const unionOf = (types: string[]): string => [...new Set(types)].map((type) => `(${type})`).join(' | ');

function objectOf(schema: Schema): string {
  const required = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, member]) => `${key(name)}${required.has(name) ? '' : '?'}: ${typeOf(member)};`,
  );
  // What else an answer may hold is nobody's business; a map is one of values.
  const { additionalProperties: more } = schema;
  if (members.length === 0 && typeof more === 'object') return `Record<string, ${typeOf(more)}>`;
  return members.length === 0 ? 'Record<string, unknown>' : `{ ${members.join(' ')} }`;
}

function routeOf(operation: Operation): string {
  const inPlace = (place: string): Schema | undefined => {
    const found = (operation.parameters ?? []).filter((parameter) => parameter.in === place);
    if (found.length === 0) return undefined;
    return {
      type: 'object',
      properties: Object.fromEntries(found.map((p) => [p.name, p.schema ?? {}])),
      required: found.filter((p) => p.required === true).map((p) => p.name),
    };
  };
  const [params, query] = [inPlace('path'), inPlace('query')];
  const body = operation.requestBody?.content?.[JSON_TYPE]?.schema;
  const good = Object.entries(operation.responses ?? {}).filter(([status]) => status.startsWith('2'));
  const answers = good.map(([, response]) => {
    const schema = response.content?.[JSON_TYPE]?.schema;
    return schema === undefined || schema.type === 'null' ? 'undefined' : typeOf(schema);
  });
  const members = [
    ...(params ? [`params: ${typeOf(params)};`] : []),
    ...(query ? [`query?: ${typeOf(query)};`] : []),
    ...(body ? [`body: ${typeOf(body)};`] : []),
    `answer: ${answers.length === 0 ? 'unknown' : unionOf(answers)};`,
  ];
  return `{ ${members.join(' ')} }`;
}

/** `routes`: those that a page uses, as `GET /alerts/{id}`; one that the document does not have is an error. */
export function clientTypes(document: OpenApi, routes: readonly string[]): string {
  const lines = [...routes].sort().map((route) => {
    const [method = '', path = ''] = route.split(' ');
    const operation = document.paths[PREFIX + path]?.[method.toLowerCase()];
    if (!operation) throw new Error(`the service has no ${route}`);
    return `/** ${operation.summary ?? ''} */\n'${route}': ${routeOf(operation)};`;
  });
  const text = lines.join('\n');
  const named = Object.entries(document.components?.schemas ?? {}).filter(([name]) =>
    new RegExp(`\\b${name}\\b`).test(text),
  );
  return [
    '// Made of the service’s OpenAPI document: npx vitest run tests/client-drift.it.test.ts -u',
    ...named.map(([name, schema]) => `export type ${name} = ${typeOf(schema)};`),
    `export interface ServiceApi {\n${text}\n}`,
  ].join('\n\n');
}
