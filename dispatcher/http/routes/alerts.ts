import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  type Alert,
  ALERT_KINDS,
  ALERT_STATES,
  alertSchema,
  evidenceSchema,
  type Priority,
} from '../../../schemas/alert.ts';
import {
  acknowledgeBody,
  dispatchBody,
  escalateBody,
  noteBody,
  reopenBody,
  resolveBody,
} from '../../../schemas/commands.ts';
import { orderSchema } from '../../../schemas/order.ts';
import type { Actor, CommandResult } from '../../ports.ts';
import { alertFor } from '../alert-for.ts';
import { answers, type App, callerOf } from '../app.ts';
import type { HttpDeps } from '../deps.ts';
import { valueOf } from '../outcomes.ts';
import { conflict, notFound } from '../problem.ts';
import {
  given,
  momentParam,
  oneOrMore,
  pageOf,
  paging,
  streamedPageOf,
  streetsParam,
} from '../query-params.ts';
import { scopedAlerts } from '../scope.ts';

const tags = ['alerts'];
const idParams = z.object({ id: z.string() });
const caregiverAnswer = {
  caregiverId: z.string(),
  name: z.string(),
  role: z.string(),
  reasons: z.array(z.string()),
};
const recommendationAnswer = z.object({
  candidates: z.array(
    z.looseObject({
      ...caregiverAnswer,
      stars: z.number(),
      distanceM: z.number().nullable(),
      travelMinutes: z.number().nullable(),
      cost: z.number(),
    }),
  ),
  rejected: z.array(z.looseObject(caregiverAnswer)),
  shortfalls: z.array(z.string()),
});

/** Alerts: list, one, and the commands; every one of them within the caller's scope. */
export function alertRoutes(app: App, { alerts, orders }: Pick<HttpDeps, 'alerts' | 'orders'>): void {
  const alertOf = (request: FastifyRequest, id: string): ReturnType<typeof alertFor> =>
    alertFor(request, id, { alerts, orders });

  app.get(
    '/alerts',
    {
      schema: {
        tags,
        summary: 'List of alerts, by priority and age',
        querystring: z.object({
          state: oneOrMore(ALERT_STATES),
          kind: oneOrMore(ALERT_KINDS),
          priority: oneOrMore(['1', '2', '3', '4']),
          street: streetsParam,
          homeId: z.string().optional(),
          from: momentParam.optional(),
          to: momentParam.optional(),
          ...paging,
        }),
        response: answers({ 200: streamedPageOf(alertSchema) }),
      },
    },
    async (request) => {
      const { state, kind, priority, street, homeId, from, to, cursor, limit } = request.query;
      const filter = {
        ...given({
          states: state,
          kinds: kind,
          priorities: priority?.map((text) => Number(text) as Priority),
          streets: street,
          homeId,
          from,
          to,
          cursor,
        }),
        limit,
      };
      return alerts.queries.list(scopedAlerts(callerOf(request).scope, filter));
    },
  );

  app.get(
    '/alerts/:id',
    { schema: { tags, summary: 'One alert', params: idParams, response: answers({ 200: alertSchema }) } },
    async (request) => {
      const { alert } = await alertOf(request, request.params.id);
      return alert.omitted === undefined ? alert : ((await alerts.queries.whole(alert.id)) ?? alert);
    },
  );

  app.get(
    '/alerts/:id/evidence',
    {
      schema: {
        tags,
        summary: 'Everything for and against it, oldest first, however much it is',
        params: idParams,
        querystring: z.object(paging),
        response: answers({ 200: pageOf(evidenceSchema) }),
      },
    },
    async (request) => {
      const { alert } = await alertOf(request, request.params.id);
      const { cursor, limit } = request.query;
      return alerts.queries.evidence(alert.id, { ...given({ cursor }), limit });
    },
  );

  function command<B extends z.ZodType>(
    name: string,
    summary: string,
    body: B,
    run: (id: string, actor: Actor, body: z.output<B>) => Promise<CommandResult<Alert>>,
  ): void {
    app.post(
      `/alerts/:id/${name}`,
      { schema: { tags, summary, params: idParams, body, response: answers({ 200: alertSchema }) } },
      async (request) => {
        const { actor } = await alertOf(request, request.params.id);
        return valueOf(await run(request.params.id, actor, request.body as z.output<B>), 'alert');
      },
    );
  }
  const { commands } = alerts;
  command('acknowledge', 'Take it in hand', acknowledgeBody, (...args) => commands.acknowledge(...args));
  command('resolve', 'Close it with a disposition', resolveBody, (...args) => commands.resolve(...args));
  command('escalate', 'To the next step of its policy, or a chosen one', escalateBody, (...args) =>
    commands.escalate(...args),
  );
  command('note', 'Write something down', noteBody, (...args) => commands.note(...args));
  command('reopen', 'Take a resolve back', reopenBody, (...args) => commands.reopen(...args));

  app.get(
    '/alerts/:id/recommendations',
    {
      schema: {
        tags,
        summary: 'Who could go, ranked, with reasons; who could not, and why',
        params: idParams,
        response: answers({ 200: recommendationAnswer }),
      },
    },
    async (request) => {
      const { id } = request.params;
      await alertOf(request, id);
      const recommendation = await commands.recommend(id);
      if (recommendation === undefined) throw notFound('alert', id);
      return recommendation;
    },
  );

  app.post(
    '/alerts/:id/dispatch',
    {
      schema: {
        tags,
        summary: 'Make the order and offer it',
        params: idParams,
        body: dispatchBody,
        response: answers({ 200: orderSchema, 201: orderSchema }),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { actor } = await alertOf(request, id);
      const result = await commands.dispatch(id, actor, request.body);
      // The order did not come about; what stands in the way is the alert (contract.md: a 409 carries the alert).
      if (!result.ok && result.code === 'conflict')
        throw conflict(result.detail, 'alert', await alerts.queries.get(id));
      return reply.code(result.ok && result.changed ? 201 : 200).send(valueOf(result, 'order'));
    },
  );
}
