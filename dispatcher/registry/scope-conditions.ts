import type { RegistryScope } from './kind.ts';
import type { Conditions } from './sql-parts.ts';

/** Orders in which a home's address, access notes and people concern the caregiver who has or is offered them. */
const CURRENT = `o.state in ('offered', 'accepted', 'en_route', 'on_scene')`;

/** `home` and `street` are columns of the query. Nothing is seen that is not in scope, by list or by id. */
export function narrowToHome(
  conditions: Conditions,
  scope: RegistryScope,
  home: string,
  street: string,
): void {
  if (scope.streets !== null) conditions.and(`${street} = any(?)`, scope.streets);
  if (scope.ownOf !== null)
    conditions.and(
      `exists (select from orders o where o.home_id = ${home} and ${CURRENT} and (o.caregiver_id = ? or exists (
         select from offers f where f.order_id = o.id and f.caregiver_id = ? and f.outcome is null)))`,
      scope.ownOf,
      scope.ownOf,
    );
}

/** Caregivers serve the whole district, so streets do not narrow them; a caregiver sees themself. */
export function narrowToCaregiver(conditions: Conditions, scope: RegistryScope, caregiver: string): void {
  if (scope.ownOf !== null) conditions.and(`${caregiver} = ?`, scope.ownOf);
}

/** Things of the whole programme: whoever may call the route sees all of them. */
export function narrowToNothing(): void {
  return undefined;
}
