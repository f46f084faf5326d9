import type { Alert } from '../schemas/alert.ts';
import type { Order } from '../schemas/order.ts';
import { reachOf, type RouteKey } from './http/access.ts';
import { alertInScope, orderInScope, scopeOf } from './http/scope.ts';
import type { Actor } from './ports.ts';

/**
 * Who may do what, asked again where the object is known and locked: by the same tables as the HTTP side. A string is
 * the reason why not.
 */
export function mayOnAlert(
  actor: Actor,
  route: RouteKey,
  alert: Pick<Alert, 'street' | 'kind'>,
  orders: readonly Order[],
): string | undefined {
  const reach = reachOf(route, actor.role);
  if (reach === undefined) return `the role ${actor.role} may not do this`;
  if (!alertInScope(scopeOf(actor, reach), alert, orders)) return 'the alert is outside your scope';
  return undefined;
}

export function mayOnOrder(actor: Actor, route: RouteKey, order: Order): string | undefined {
  const reach = reachOf(route, actor.role);
  if (reach === undefined) return `the role ${actor.role} may not do this`;
  if (!orderInScope(scopeOf(actor, reach), order)) return 'the order is outside your scope';
  return undefined;
}

/** Works from a desk, for others; everybody else acts for themselves only. */
export const actsForOthers = (actor: Actor): boolean =>
  actor.role === 'operator' || actor.role === 'supervisor' || actor.role === 'admin';

/** The caregiver that a command on an order is for; `fallback` where a person at the desk need not say it. */
export function caregiverOf(
  actor: Actor,
  said: string | undefined,
  fallback: string | null,
): { caregiverId: string } | { code: 'forbidden' | 'invalid'; detail: string } {
  if (actsForOthers(actor)) {
    const caregiverId = said ?? fallback;
    return caregiverId === null
      ? { code: 'invalid', detail: 'caregiverId: says for whom you act' }
      : { caregiverId };
  }
  if (actor.caregiverId === null)
    return { code: 'forbidden', detail: `user ${actor.username} is no caregiver` };
  if (said !== undefined && said !== actor.caregiverId)
    return { code: 'forbidden', detail: 'you act only for yourself' };
  return { caregiverId: actor.caregiverId };
}
