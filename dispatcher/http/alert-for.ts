import type { FastifyRequest } from 'fastify';
import type { Alert } from '../../schemas/alert.ts';
import type { Actor } from '../ports.ts';
import { callerOf } from './app.ts';
import type { HttpDeps } from './deps.ts';
import { notFound } from './problem.ts';
import { alertInScope, scopedOrders } from './scope.ts';

/** The alert, if it is in the caller's scope; otherwise it is as if it were not there. */
export async function alertFor(
  request: FastifyRequest,
  id: string,
  { alerts, orders }: Pick<HttpDeps, 'alerts' | 'orders'>,
): Promise<{ alert: Alert; actor: Actor }> {
  const { actor, scope } = callerOf(request);
  const alert = await alerts.queries.get(id);
  if (alert === undefined) throw notFound('alert', id);
  const own =
    scope.reach === 'own' && alert.orderIds.length > 0
      ? (await orders.queries.list(scopedOrders(scope, { alertId: id, limit: 1 }))).items
      : [];
  if (!alertInScope(scope, alert, own)) throw notFound('alert', id);
  return { alert, actor };
}
