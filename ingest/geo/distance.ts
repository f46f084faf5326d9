import type { Position } from '../../schemas/datum.ts';

const EARTH_RADIUS_M = 6_371_008.8;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Metres along a great circle; within 0.5 % of the ellipsoid. */
export function distanceM(a: Position, b: Position): number {
  const north = Math.sin(radians(b.lat - a.lat) / 2);
  const east = Math.sin(radians(b.lon - a.lon) / 2);
  const h = north * north + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * east * east;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** The place so many metres north and east. For short ways. */
export const movedM = ({ lat, lon }: Position, northM: number, eastM: number): Position => ({
  lat: lat + (northM / EARTH_RADIUS_M) * (180 / Math.PI),
  lon: lon + (eastM / (EARTH_RADIUS_M * Math.cos(radians(lat)))) * (180 / Math.PI),
});
