import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { userBody } from '../../../schemas/registry.ts';
import type { RegistryKind, ViewBase } from '../../registry/kind.ts';
import { bridges } from '../../registry/kinds/bridges.ts';
import { caregivers } from '../../registry/kinds/caregivers.ts';
import { codecs } from '../../registry/kinds/codecs.ts';
import { devices } from '../../registry/kinds/devices.ts';
import { duties } from '../../registry/kinds/duties.ts';
import { homes } from '../../registry/kinds/homes.ts';
import { organisations } from '../../registry/kinds/organisations.ts';
import { policies } from '../../registry/kinds/policies.ts';
import { residents } from '../../registry/kinds/residents.ts';
import { shifts } from '../../registry/kinds/shifts.ts';
import { users } from '../../registry/kinds/users.ts';
import { visitPlans } from '../../registry/kinds/visit-plans.ts';
import { vouchers } from '../../registry/kinds/vouchers.ts';
import { patchBodyOf } from '../../registry/patch.ts';
import { Refused } from '../../registry/refused.ts';
import type { Caller as RegistryCaller, Registry } from '../../registry/registry.ts';
import { answers, type App, callerOf } from '../app.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { problemOf } from '../outcomes.ts';
import { pageOf, paging } from '../query-params.ts';

/** A month at most: a secret that may have been stolen is not kept alive by a forgotten rotation. */
const MOST_OVERLAP_S = 31 * 24 * 3_600;
const rotateBody = z
  .strictObject({
    overlapS: z
      .int()
      .min(0)
      .max(MOST_OVERLAP_S)
      .optional()
      .describe('for so many seconds the old secret is good, too; absent or 0: it is void at once'),
  })
  .nullish();

/** A caller without a caregiver of their own owns nothing. */
const NOBODY = '';

/** The caller, as the registry wants them. */
export function registryCaller(request: FastifyRequest): RegistryCaller {
  const { actor, scope } = callerOf(request);
  const ownOf = scope.reach === 'own' ? (scope.caregiverId ?? NOBODY) : null;
  // A caregiver's own work is theirs wherever it is.
  return { actor, scope: { streets: ownOf === null ? scope.streets : null, ownOf } };
}

interface KindRoutes {
  kind: RegistryKind;
  path: string;
  /** Of a POST, where it differs from the kind's. */
  body?: z.ZodObject;
  /** Every look at one goes into the audit log. */
  personalFile?: boolean;
}

const BRIDGE_BODY_BYTES = 8 * 1024 * 1024;
const idParams = z.object({ id: z.string() });

/** GET (list, one), POST, PATCH, DELETE of every kind of registry object. */
export function registryRoutes(app: App, registry: Registry, timeZone: string): void {
  const kinds: KindRoutes[] = [
    { kind: residents(timeZone), path: 'residents', personalFile: true },
    { kind: homes, path: 'homes', personalFile: true },
    { kind: devices, path: 'devices' },
    { kind: caregivers, path: 'caregivers', personalFile: true },
    { kind: shifts, path: 'shifts' },
    { kind: duties, path: 'duties' },
    { kind: organisations, path: 'organisations' },
    { kind: vouchers, path: 'vouchers' },
    { kind: visitPlans, path: 'visit-plans' },
    { kind: policies, path: 'policies' },
    { kind: users, path: 'users', body: userBody },
    { kind: bridges, path: 'bridges' },
    { kind: codecs, path: 'codecs' },
  ];
  for (const routes of kinds) kindRoutes(app, registry, routes);
}

function kindRoutes(
  app: App,
  registry: Registry,
  { kind, path, body = kind.body, personalFile }: KindRoutes,
): void {
  const tags = [path];
  const view = viewSchema(kind);
  /** The registry's refusals, as problems of this kind. */
  const answered = async <T>(work: Promise<T>, caller: RegistryCaller): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // A refusal that shows the object as it is, is a look at it.
      const shown =
        personalFile && error.current !== undefined
          ? Reflect.get(Object(error.current), kind.key)
          : undefined;
      if (shown !== undefined)
        await registry.auditReading(caller, {
          action: `${kind.name}.view`,
          object: `${kind.name}:${String(shown)}`,
        });
      throw problemOf(error, kind.name);
    }
  };

  const filterNames = Object.keys(kind.filters).filter((name) => name !== 'q' && name !== 'phone');
  const search = {
    ...('q' in kind.filters && { q: z.string().max(200).optional() }),
    ...('phone' in kind.filters && { phone: z.string().max(64).optional() }),
  };
  const filters = Object.fromEntries(filterNames.map((name) => [name, z.string().max(200).optional()]));
  app.get(
    `/${path}`,
    {
      schema: {
        tags,
        summary: `List of ${path}`,
        querystring: z.object({ ...paging, ...search, ...filters }),
        response: answers({ 200: pageOf(view) }),
      },
    },
    async (request) => {
      const { cursor, limit } = request.query;
      const asked = request.query as unknown as Record<string, string | undefined>;
      const caller = registryCaller(request);
      const page = await answered(
        registry.list(
          kind,
          {
            q: asked['q'],
            phone: asked['phone'],
            after: cursor === undefined ? undefined : String(decodeCursor(cursor, 's')[0]),
            limit,
            filters: Object.fromEntries(filterNames.map((name) => [name, asked[name]])),
          },
          caller,
        ),
        caller,
      );
      if (personalFile) {
        const narrowed = [...filterNames, 'q', 'phone'].filter((name) => asked[name] !== undefined);
        await registry.auditReading(caller, {
          action: `${kind.name}.list`,
          object: `${kind.name}:*`,
          detail: { count: page.items.length, narrowedBy: narrowed },
        });
      }
      return { items: page.items, nextCursor: page.after === null ? null : encodeCursor([page.after]) };
    },
  );

  app.get(
    `/${path}/:id`,
    { schema: { tags, summary: `One ${kind.name}`, params: idParams, response: answers({ 200: view }) } },
    async (request) => {
      const caller = registryCaller(request);
      const found = await answered(registry.get(kind, request.params.id, caller), caller);
      if (personalFile)
        await registry.auditReading(caller, {
          action: `${kind.name}.view`,
          object: `${kind.name}:${request.params.id}`,
        });
      return found;
    },
  );

  const created =
    kind.issue === undefined ? view : view.extend({ secret: z.string().describe('shown once') });
  app.post(
    `/${path}`,
    {
      ...(path === 'bridges' && { bodyLimit: BRIDGE_BODY_BYTES }),
      schema: { tags, summary: `Make a ${kind.name}`, body, response: answers({ 201: created }) },
    },
    async (request, reply) => {
      const caller = registryCaller(request);
      return reply
        .code(201)
        .send(await answered(registry.create(kind, request.body as object, caller), caller));
    },
  );

  app.patch(
    `/${path}/:id`,
    {
      ...(path === 'bridges' && { bodyLimit: BRIDGE_BODY_BYTES }),
      schema: {
        tags,
        summary: `Change a ${kind.name}; null takes a field away`,
        params: idParams,
        body: patchBodyOf(kind.body),
        response: answers({ 200: view }),
      },
    },
    async (request) => {
      const caller = registryCaller(request);
      return answered(registry.change(kind, request.params.id, request.body, caller), caller);
    },
  );

  app.delete(
    `/${path}/:id`,
    {
      schema: {
        tags,
        summary: `Retire a ${kind.name}`,
        params: idParams,
        response: answers({ 204: z.null() }),
      },
    },
    async (request, reply) => {
      const caller = registryCaller(request);
      await answered(registry.retire(kind, request.params.id, caller), caller);
      return reply.code(204).send();
    },
  );

  if (kind.issue === undefined) return;
  for (const method of ['POST', 'PATCH'] as const)
    app.route({
      method,
      url: `/${path}/:id/secret`,
      schema: {
        tags,
        summary: `A new secret for a ${kind.name}; the old one is void, at once or after \`overlapS\``,
        params: idParams,
        body: rotateBody,
        response: answers({ 200: created.extend({ previousUntil: z.iso.datetime().nullable() }) }),
      },
      handler: async (request) => {
        const caller = registryCaller(request);
        const overlapS = request.body?.overlapS ?? undefined;
        return answered(registry.rotateSecret(kind, request.params.id, caller, overlapS), caller);
      },
    });
}

/** The body's fields and what every object has beside them; fields that are only written left out. */
export function viewSchema(kind: RegistryKind): z.ZodObject {
  const { password: _, datum: _datum, street, ...body } = kind.body.shape;
  const fields = Object.fromEntries(
    Object.entries(body as Record<string, z.ZodType>).map(([name, field]) => {
      const mayBeAbsent = field.safeParse(undefined).success && name !== kind.key;
      return [name, mayBeAbsent ? z.nullable(field) : field];
    }),
  );
  const shown = { version: z.int().positive(), createdAt: z.iso.datetime() } satisfies Record<
    keyof ViewBase,
    z.ZodType
  >;
  return z.looseObject({
    ...fields,
    [kind.key]: z.string(),
    // Given by any of its names, shown by one.
    ...(street instanceof z.ZodType && {
      street: street.safeParse(undefined).success ? z.string().nullable() : z.string(),
    }),
    ...kind.besideShape,
    ...shown,
  });
}
