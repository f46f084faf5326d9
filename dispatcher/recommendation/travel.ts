import type { Vehicle } from '../../schemas/registry.ts';
import { distanceM, EARTH_RADIUS_M, type Place } from '../lifecycle/place.ts';

/** How long somebody needs to a home. */
export interface Travel {
  distanceM: number;
  minutes: number;
  /** How the minutes are known: by a routing service, or reckoned. */
  way: 'routed' | 'straight_line';
}

/** Streets are longer than straight lines. */
const DETOUR = 1.3;
const WALK_M_PER_MIN = 80;
/** Door to door in a city; getting to the vehicle, parking or locking it, the lift, come once. */
const RIDES: Record<Exclude<Vehicle, 'foot'>, { mPerMin: number; onceMin: number }> = {
  bicycle: { mPerMin: 200, onceMin: 2 },
  e_bike: { mPerMin: 250, onceMin: 2 },
  car: { mPerMin: 400, onceMin: 5 },
};
/** Whose vehicle is not known comes as most do. */
const USUAL: Vehicle = 'e_bike';

/** What comes once, however long the way is; minutes. */
export const onceMin = (vehicle: Vehicle | null | undefined): number => {
  const mode = vehicle ?? USUAL;
  return mode === 'foot' ? 0 : RIDES[mode].onceMin;
};
export const modeOf = (vehicle: Vehicle | null | undefined): Vehicle => vehicle ?? USUAL;

function minutesFor(metres: number, vehicle: Vehicle | null | undefined): number {
  const mode = vehicle ?? USUAL;
  const walked = metres / WALK_M_PER_MIN;
  if (mode === 'foot') return walked;
  const ride = RIDES[mode];
  return Math.min(walked, metres / ride.mPerMin + ride.onceMin);
}

/** Straight line with detour, on foot or by the vehicle that somebody has, whichever is quicker. */
export function straightLine(from: Place, to: Place, vehicle?: Vehicle | null): Travel {
  const metres = distanceM(from, to) * DETOUR;
  const minutes = Math.round(minutesFor(metres, vehicle) * 10) / 10;
  return { distanceM: Math.round(metres), minutes, way: 'straight_line' };
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
export function minutesBetween(
  from: Float64Array,
  i: number,
  to: Float64Array,
  j: number,
  vehicle?: Vehicle | null,
): number {
  const dx = (from[3 * i] as number) - (to[3 * j] as number);
  const dy = (from[3 * i + 1] as number) - (to[3 * j + 1] as number);
  const dz = (from[3 * i + 2] as number) - (to[3 * j + 2] as number);
  const halfChord = Math.sqrt(dx * dx + dy * dy + dz * dz) / 2;
  return minutesFor(2 * EARTH_RADIUS_M * Math.asin(Math.min(1, halfChord)) * DETOUR, vehicle);
}
