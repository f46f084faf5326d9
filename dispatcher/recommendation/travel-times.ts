import type { Vehicle } from '../../schemas/registry.ts';
import type { Place } from '../lifecycle/place.ts';

/** Somebody who could come, and how. */
export interface Traveller {
  id: string;
  place: Place;
  vehicle: Vehicle;
}

/**
 * A way to know how long people need to a place. It never throws and never waits long: who is not in its answer is
 * reckoned by straight line, and nobody is asked later because of it.
 */
export interface TravelTimes {
  /** Minutes on the way, by id. */
  to(place: Place, from: readonly Traveller[]): Promise<ReadonlyMap<string, number>>;
}
