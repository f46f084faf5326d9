/** A map without tiles: local metres around the home, fitted into a box. Pure. */
export interface Place {
  lat: number;
  lon: number;
}
const EARTH_M_PER_DEGREE = 111_320;

export function metresFrom(origin: Place, place: Place): { x: number; y: number } {
  const x = (place.lon - origin.lon) * EARTH_M_PER_DEGREE * Math.cos((origin.lat * Math.PI) / 180);
  return { x, y: (origin.lat - place.lat) * EARTH_M_PER_DEGREE };
}
export const distanceM = (a: Place, b: Place): number => {
  const { x, y } = metresFrom(a, b);
  return Math.hypot(x, y);
};

/**
 * Radius of the 15-minute circle as the service reckons travel (dispatcher/recommendation/travel.ts): two minutes to
 * get going, an electric bicycle's 250 m a minute, roads 1.3 times as long as the straight line.
 */
export const CIRCLE_M = ((15 - 2) * 250) / 1.3;

/** 1, 2 or 5 times a power of ten: the longest round length not beyond `maxM`. */
export function roundLength(maxM: number): number {
  const power = 10 ** Math.floor(Math.log10(maxM));
  const lead = maxM / power;
  return (lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * power;
}
