import type { AmbulanceSheet } from '../../schemas/ambulance-sheet.ts';

const MEASURES = [
  'consciousness',
  'respirationPerMin',
  'spo2Pct',
  'onOxygen',
  'heartRateBpm',
  'systolicMmHg',
  'diastolicMmHg',
  'temperatureC',
  'glucoseMmolL',
] as const;
/** A loose probe reads low with low quality: a crew is not told such a value. */
const LEAST_QUALITY = 0.5;

/** The latest of each measure, in the order in which a crew asks. `readings`: newest first. Pure. */
export function latestVitals(readings: readonly { at: string; body: unknown }[]): AmbulanceSheet['vitals'] {
  return MEASURES.flatMap((measure) => {
    for (const { at, body } of readings) {
      if (typeof body !== 'object' || body === null) continue;
      const quality: unknown = Reflect.get(body, 'quality');
      if (typeof quality === 'number' && quality < LEAST_QUALITY) continue;
      const value: unknown = Reflect.get(body, measure);
      if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
        return [{ measure, value, at }];
    }
    return [];
  });
}
