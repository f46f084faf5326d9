import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SERVICES } from '../../../schemas/channels.ts';
import {
  acceptBody,
  arriveBody,
  cancelBody,
  checkInBody,
  completeBody,
  declineBody,
  departBody,
  handOverBody,
  orderBody,
  ratingBody,
  replanBody,
} from '../../../schemas/commands.ts';
import { type Order, ORDER_STATES, orderSchema } from '../../../schemas/order.ts';
import type { Actor, CommandResult } from '../../ports.ts';
import { answers, type App, callerOf } from '../app.ts';
import type { HttpDeps } from '../deps.ts';
import { valueOf } from '../outcomes.ts';
import { invalid, notFound, Problem } from '../problem.ts';
import { given, momentParam, oneOrMore, paging, streamedPageOf, streetsParam } from '../query-params.ts';
import { orderInScope, type Scope, scopedOrders, TECHNICAL_SERVICES } from '../scope.ts';

const tags = ['orders'];
const idParams = z.object({ id: z.string() });

const replannedAnswer = z.object({
  date: z.iso.date(),
  visits: z.int().describe('booked on that day and not begun'),
  moves: z.array(
    z.object({
      orderId: z.string(),
      homeId: z.string(),
      service: z.string(),
      scheduledAt: z.iso.datetime(),
      from: z.string().nullable().describe('who has it; null: nobody'),
      to: z.string().nullable().describe('who is to be asked; null: nobody can'),
      reasons: z.array(z.string()),
      applied: z.boolean(),
    }),
  ),
});

export interface OrderRouteOptions extends Pick<HttpDeps, 'orders'> {
  /** Whether the home is there and in scope. */
  homeVisible(homeId: string, request: FastifyRequest): Promise<boolean>;
}

/** Service orders: list, one, and the commands; every one of them within the caller's scope. */
export function orderRoutes(app: App, { orders, homeVisible }: OrderRouteOptions): void {
  async function orderFor(
    request: FastifyRequest,
    id: string,
  ): Promise<{ order: Order; actor: Actor; scope: Scope }> {
    const { actor, scope } = callerOf(request);
    const order = await orders.queries.get(id);
    if (order === undefined || !orderInScope(scope, order)) throw notFound('order', id);
    return { order, actor, scope };
  }

  app.get(
    '/orders',
    {
      schema: {
        tags,
        summary: 'List of orders, the newest first',
        querystring: z.object({
          state: oneOrMore(ORDER_STATES),
          service: oneOrMore(SERVICES),
          street: streetsParam,
          homeId: z.string().optional(),
          alertId: z.string().optional(),
          caregiverId: z.string().optional(),
          overdue: z
            .enum(['true', 'false'])
            .optional()
            .describe('an arrival, or a word from the scene, is missing'),
          from: momentParam.optional(),
          to: momentParam.optional(),
          ...paging,
        }),
        response: answers({ 200: streamedPageOf(orderSchema) }),
      },
    },
    async (request) => {
      const { state, service, street, overdue, limit, ...rest } = request.query;
      const narrowed = given({ states: state, services: service, streets: street, ...rest });
      const filter = { ...narrowed, ...(overdue !== undefined && { overdue: overdue === 'true' }), limit };
      return orders.queries.list(scopedOrders(callerOf(request).scope, filter));
    },
  );

  app.post(
    '/orders',
    {
      schema: {
        tags,
        summary: 'Ask for a service',
        body: orderBody,
        response: answers({ 201: orderSchema }),
      },
    },
    async (request, reply) => {
      const { actor, scope } = callerOf(request);
      const { homeId, service } = request.body;
      if (scope.reach === 'technical' && !TECHNICAL_SERVICES.includes(service))
        throw new Problem('forbidden', `the role ${actor.role} orders only ${TECHNICAL_SERVICES.join(', ')}`);
      if (!(await homeVisible(homeId, request)))
        throw invalid({ field: 'homeId', message: `there is no home ${homeId}` });
      return reply.code(201).send(valueOf(await orders.commands.create(actor, request.body), 'order'));
    },
  );

  app.get(
    '/orders/:id',
    { schema: { tags, summary: 'One order', params: idParams, response: answers({ 200: orderSchema }) } },
    async (request) => (await orderFor(request, request.params.id)).order,
  );

  function command<B extends z.ZodType<{ caregiverId?: string | undefined }>>(
    name: string,
    summary: string,
    body: B,
    run: (id: string, actor: Actor, body: z.output<B>) => Promise<CommandResult<Order>>,
  ): void {
    app.post(
      `/orders/:id/${name}`,
      { schema: { tags, summary, params: idParams, body, response: answers({ 200: orderSchema }) } },
      async (request) => {
        const { actor, scope } = await orderFor(request, request.params.id);
        const command = request.body as z.output<B>;
        const actsFor = command.caregiverId;
        if (scope.reach !== 'all' && actsFor !== undefined && actsFor !== actor.caregiverId)
          throw new Problem('forbidden', `the role ${actor.role} acts only for itself`, {
            problems: [{ field: 'caregiverId', message: 'is somebody else' }],
          });
        return valueOf(await run(request.params.id, actor, command), 'order');
      },
    );
  }
  const { commands } = orders;
  command('accept', 'Accept the offer', acceptBody, (...args) => commands.accept(...args));
  command('decline', 'Decline the offer, with a reason', declineBody, (...args) => commands.decline(...args));
  command('depart', 'On the way', departBody, (...args) => commands.depart(...args));
  command('arrive', 'On scene', arriveBody, (...args) => commands.arrive(...args));
  command('check-in', 'All is well on scene', checkInBody, (...args) => commands.checkIn(...args));
  command('complete', 'Done: the visit is recorded', completeBody, (...args) => commands.complete(...args));
  command('hand-over', 'Given back: another is asked', handOverBody, (...args) => commands.handOver(...args));
  command('cancel', 'Call it off, with a reason', cancelBody, (...args) => commands.cancel(...args));
  command('rating', 'Satisfaction, 0 to 10', ratingBody, (...args) => commands.rate(...args));

  app.post(
    '/planning/replan',
    {
      schema: {
        tags: ['planning'],
        summary: 'A whole day anew: who could make the visits that nobody has, or cannot make any more',
        body: replanBody,
        response: answers({ 200: replannedAnswer }),
      },
    },
    async (request) => {
      const { actor } = callerOf(request);
      return valueOf(await commands.replan(actor, request.body), 'order');
    },
  );
}
