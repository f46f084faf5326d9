import { distanceM, type Place } from '../lifecycle/place.ts';

/** How long somebody needs to a home; another way of knowing it (a routing service) has the same shape. */
export interface Travel {
  distanceM: number;
  minutes: number;
}

/** Streets are longer than straight lines. */
const DETOUR = 1.3;
const WALK_M_PER_MIN = 80;
const E_BIKE_M_PER_MIN = 250;
/** Getting to the bicycle, locking it, the lift. */
const E_BIKE_MIN = 2;

/** Straight line with detour, on foot or by electric bicycle, whichever is quicker. */
export function straightLine(from: Place, to: Place): Travel {
  const metres = distanceM(from, to) * DETOUR;
  const minutes = Math.min(metres / WALK_M_PER_MIN, metres / E_BIKE_M_PER_MIN + E_BIKE_MIN);
  return { distanceM: Math.round(metres), minutes: Math.round(minutes * 10) / 10 };
}
