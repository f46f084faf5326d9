import { distanceM, EARTH_RADIUS_M, type Place } from '../lifecycle/place.ts';

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

const minutesFor = (metres: number): number =>
  Math.min(metres / WALK_M_PER_MIN, metres / E_BIKE_M_PER_MIN + E_BIKE_MIN);

/** Straight line with detour, on foot or by electric bicycle, whichever is quicker. */
export function straightLine(from: Place, to: Place): Travel {
  const metres = distanceM(from, to) * DETOUR;
  return { distanceM: Math.round(metres), minutes: Math.round(minutesFor(metres) * 10) / 10 };
}

/**
 * The same for many pairs: places as points of the unit sphere, three numbers each, so that a pair costs no
 * trigonometry but one arcsine. NaN for a place that is not known.
 */
export function pointsOf(places: readonly (Place | null)[]): Float64Array {
  const points = new Float64Array(places.length * 3).fill(Number.NaN);
  for (const [i, place] of places.entries()) {
    if (place === null) continue;
    const lat = (place.lat * Math.PI) / 180;
    const lon = (place.lon * Math.PI) / 180;
    points[3 * i] = Math.cos(lat) * Math.cos(lon);
    points[3 * i + 1] = Math.cos(lat) * Math.sin(lon);
    points[3 * i + 2] = Math.sin(lat);
  }
  return points;
}

/** Minutes between point `i` of the one list and `j` of the other, not rounded; NaN if either is not known. */
export function minutesBetween(from: Float64Array, i: number, to: Float64Array, j: number): number {
  const dx = (from[3 * i] as number) - (to[3 * j] as number);
  const dy = (from[3 * i + 1] as number) - (to[3 * j + 1] as number);
  const dz = (from[3 * i + 2] as number) - (to[3 * j + 2] as number);
  const halfChord = Math.sqrt(dx * dx + dy * dy + dz * dz) / 2;
  return minutesFor(2 * EARTH_RADIUS_M * Math.asin(Math.min(1, halfChord)) * DETOUR);
}
