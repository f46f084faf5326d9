import type { Alert, AlertKind } from '../../schemas/alert.ts';
import type { Service } from '../../schemas/channels.ts';
import type { Order } from '../../schemas/order.ts';
import type { Actor } from '../ports.ts';
import type { Reach } from './access.ts';
import type { AlertFilter, OrderFilter } from './query-ports.ts';

/**
 * What a user sees through a route: streets × reach, decided here for lists, objects, commands and stream events
 * alike. Pure.
 */
export interface Scope {
  reach: Reach;
  /** null: the whole district. */
  streets: readonly string[] | null;
  /** The caregiver the user is; null: none, who then owns nothing. */
  caregiverId: string | null;
}

export const TECHNICAL_KINDS: readonly AlertKind[] = [
  'device_offline',
  'device_fault',
  'low_battery',
  'outage',
];
export const TECHNICAL_SERVICES: readonly Service[] = ['repair'];

export const scopeOf = (actor: Actor, reach: Reach): Scope => ({
  reach,
  streets: actor.streets.length === 0 ? null : actor.streets,
  caregiverId: actor.caregiverId,
});

/** Streets decide for whoever works from a desk; a caregiver's own work is theirs wherever it is. */
export const streetInScope = (scope: Scope, street: string | null): boolean =>
  scope.streets === null || (street !== null && scope.streets.includes(street));

type OrderFacts = Pick<Order, 'street' | 'service' | 'caregiverId'> & {
  offers: readonly { caregiverId: string }[];
};

const involves = (order: OrderFacts, caregiverId: string | null): boolean =>
  caregiverId !== null &&
  (order.caregiverId === caregiverId || order.offers.some((offer) => offer.caregiverId === caregiverId));

export function orderInScope(scope: Scope, order: OrderFacts): boolean {
  switch (scope.reach) {
    case 'all':
      return streetInScope(scope, order.street);
    case 'own':
      return involves(order, scope.caregiverId);
    case 'technical':
      return (
        streetInScope(scope, order.street) &&
        (TECHNICAL_SERVICES.includes(order.service) || involves(order, scope.caregiverId))
      );
  }
}

/** `own` depends on the alert's orders, so they are handed in (an empty list where they are not known). */
export function alertInScope(
  scope: Scope,
  alert: Pick<Alert, 'street' | 'kind'>,
  orders: readonly OrderFacts[],
): boolean {
  switch (scope.reach) {
    case 'all':
      return streetInScope(scope, alert.street);
    case 'own':
      return orders.some((order) => involves(order, scope.caregiverId));
    case 'technical':
      return TECHNICAL_KINDS.includes(alert.kind) && streetInScope(scope, alert.street);
  }
}

/** What the scope needs to know of a stream event's data. */
export type EventFacts = Partial<Pick<Alert, 'kind' | 'synthetic'> & OrderFacts>;

/** `facts` is asked for only where the street does not decide. */
export function eventInScope(
  scope: Scope,
  event: { type: string; street: string | null },
  facts: () => EventFacts,
): boolean {
  if (scope.reach === 'all') return streetInScope(scope, event.street);
  const street = event.street ?? '';
  switch (event.type) {
    case 'order': {
      const { service, caregiverId = null, offers = [] } = facts();
      return service !== undefined && orderInScope(scope, { street, service, caregiverId, offers });
    }
    case 'alert': {
      const { kind } = facts();
      return kind !== undefined && alertInScope(scope, { street, kind }, []);
    }
    default:
      return scope.reach === 'technical' && streetInScope(scope, event.street);
  }
}

/** Nothing is in it: what a caregiver's user without a caregiver sees. */
const NOBODY = '';

/** Narrows a list's filter to the scope; asking for a street outside it gives an empty list, not an error. */
export function scopedAlerts(scope: Scope, filter: AlertFilter): AlertFilter {
  const streets = narrowStreets(scope, filter.streets);
  const kinds = scope.reach === 'technical' ? narrow(TECHNICAL_KINDS, filter.kinds) : filter.kinds;
  return {
    ...filter,
    ...(streets && { streets }),
    ...(kinds && { kinds }),
  };
}

export function scopedOrders(scope: Scope, filter: OrderFilter): OrderFilter {
  if (scope.reach === 'own')
    return { ...filter, involving: { caregiverId: scope.caregiverId ?? NOBODY, orServices: [] } };
  const streets = narrowStreets(scope, filter.streets);
  const narrowed = { ...filter, ...(streets && { streets }) };
  if (scope.reach === 'all') return narrowed;
  return {
    ...narrowed,
    involving: { caregiverId: scope.caregiverId ?? NOBODY, orServices: TECHNICAL_SERVICES },
  };
}

export function narrowStreets(scope: Scope, wanted?: readonly string[]): readonly string[] | undefined {
  return scope.streets === null ? wanted : narrow(scope.streets, wanted);
}

const narrow = <T>(allowed: readonly T[], wanted: readonly T[] | undefined): readonly T[] =>
  wanted === undefined ? allowed : wanted.filter((item) => allowed.includes(item));
