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

/** Roads are not straight: the way is longer than the crow's by about this. */
const DETOUR = 1.35;
/** An electric bicycle through housing estates, door to door. */
const DEFAULT_M_PER_MIN = 200;

/** Radius of the 15-minute circle as the service reckons travel: from its own candidates where they tell, else a default. */
export function circleRadiusM(
  candidates: readonly { distanceM: number | null; travelMinutes: number | null }[],
): number {
  const speeds = candidates
    .flatMap((c) =>
      c.distanceM && c.travelMinutes && c.travelMinutes >= 2 ? [c.distanceM / c.travelMinutes] : [],
    )
    .sort((a, b) => a - b);
  const perMinute = speeds[Math.floor(speeds.length / 2)] ?? DEFAULT_M_PER_MIN;
  return Math.min(6000, Math.max(600, (15 * perMinute) / DETOUR));
}

/** 1, 2 or 5 times a power of ten: the longest round length not beyond `maxM`. */
export function roundLength(maxM: number): number {
  const power = 10 ** Math.floor(Math.log10(maxM));
  const lead = maxM / power;
  return (lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * power;
}
