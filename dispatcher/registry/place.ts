import { type Datum, toWgs84 } from '../../schemas/datum.ts';
import type { ResidentSettings } from '../../schemas/registry.ts';
import { refuseField } from './refused.ts';

interface Placed {
  lat?: number | undefined;
  lon?: number | undefined;
  datum?: Datum | undefined;
}

/**
 * The body with its place in WGS-84 and without the datum it was told in. On a change the datum is of the coordinates
 * that come with it: what is stored has none.
 */
export function inWgs84<B extends Placed>(body: B, patch?: Readonly<Record<string, unknown>>): B {
  const { datum, ...rest } = body;
  if (datum === undefined) return body;
  const { lat, lon } = body;
  const told = patch === undefined || ('lat' in patch && 'lon' in patch);
  if (lat === undefined || lon === undefined || !told) throw refuseField('datum', 'comes with lat and lon');
  return { ...rest, ...converted(lat, lon, datum) } as B;
}

/** Settings with their fence in WGS-84. */
export function settingsInWgs84<S extends ResidentSettings>(settings: S): S {
  const { fence } = settings;
  if (fence?.datum === undefined) return settings;
  const { datum, ...rest } = fence;
  return { ...settings, fence: { ...rest, ...converted(fence.lat, fence.lon, datum) } };
}

/** To a centimetre: more decimals would say more than is known. */
export function converted(lat: number, lon: number, datum: Datum): { lat: number; lon: number } {
  if (datum === 'wgs84') return { lat, lon };
  const place = toWgs84({ lat, lon }, datum);
  return { lat: round(place.lat), lon: round(place.lon) };
}

const round = (degrees: number): number => Math.round(degrees * 1e7) / 1e7;

export function requirePair({ lat, lon }: Placed): void {
  if ((lat === undefined) !== (lon === undefined))
    throw refuseField(lat === undefined ? 'lat' : 'lon', 'lat and lon come together');
}
