import { type Channel, channelPayloads, SERVICES } from '../../schemas/channels.ts';

/**
 * Whether a parsed JSON object fits its channel's schema, by hand: the same verdict as `channelPayloads[channel]` (a
 * property test holds them together) at a tenth of the cost, for this runs for every message. `ts` is the clock's
 * business and is not looked at here.
 */
export function fits(channel: Channel, payload: Readonly<Record<string, unknown>>): boolean {
  if (!optionalText(payload['id'], 1, 64)) return false;
  if (!optionalNumber(payload['battery'], 0, 100)) return false;
  return CHECKS[channel](payload);
}

type Fields = Readonly<Record<string, unknown>>;

const isNumber = (v: unknown, min: number, max: number): boolean =>
  typeof v === 'number' && v >= min && v <= max;
const optionalNumber = (v: unknown, min: number, max: number): boolean =>
  v === undefined || isNumber(v, min, max);
const isText = (v: unknown, min: number, max: number): boolean =>
  typeof v === 'string' && v.length >= min && v.length <= max;
const optionalText = (v: unknown, min: number, max: number): boolean =>
  v === undefined || isText(v, min, max);
const optionalBoolean = (v: unknown): boolean => v === undefined || typeof v === 'boolean';

const MAX_SAMPLES = 4096;
function isSamples(v: unknown): v is number[] {
  if (!Array.isArray(v) || v.length < 1 || v.length > MAX_SAMPLES) return false;
  for (let i = 0; i < v.length; i++) if (!isNumber(v[i], -64, 64)) return false;
  return true;
}

const CHECKS: Record<Channel, (p: Fields) => boolean> = {
  sos({ action, service }) {
    if (action !== 'press' && action !== 'cancel' && action !== 'service') return false;
    return service === undefined || (SERVICES as readonly unknown[]).includes(service);
  },
  presence({ sensor, zone, occupied, count, posture }) {
    switch (sensor) {
      case 'pir':
      case 'camera':
      case 'mmwave':
      case 'door':
      case 'bed':
        break;
      default:
        return false;
    }
    if (typeof occupied !== 'boolean' || !isText(zone, 1, 64)) return false;
    if (count !== undefined && !(isNumber(count, 0, 1000) && Number.isInteger(count))) return false;
    return posture === undefined || posture === 'standing' || posture === 'sitting' || posture === 'lying';
  },
  fall({ source, state, confidence }) {
    if (source !== 'wearable' && source !== 'mmwave' && source !== 'camera') return false;
    if (state !== 'suspected' && state !== 'confirmed' && state !== 'cleared') return false;
    return optionalNumber(confidence, 0, 1);
  },
  motion({ hz, x, y, z }) {
    if (typeof hz !== 'number' || !(hz > 0) || hz > 1000) return false;
    return isSamples(x) && isSamples(y) && isSamples(z) && x.length === y.length && y.length === z.length;
  },
  vitals(p) {
    const c = p['consciousness'];
    if (!(c === undefined || c === 'A' || c === 'C' || c === 'V' || c === 'P' || c === 'U')) return false;
    let some = c !== undefined;
    for (let i = 0; i < VITAL_BOUNDS.length; i++) {
      const [field, min, max] = VITAL_BOUNDS[i] as (typeof VITAL_BOUNDS)[number];
      const v = p[field];
      if (v === undefined) continue;
      if (!isNumber(v, min, max)) return false;
      some = true;
    }
    return some && optionalBoolean(p['onOxygen']) && optionalNumber(p['quality'], 0, 1);
  },
  location({ lat, lon, accuracyM, datum, speedMps }) {
    if (!isNumber(lat, -90, 90) || !isNumber(lon, -180, 180)) return false;
    if (!(datum === undefined || datum === 'wgs84' || datum === 'gcj02' || datum === 'bd09')) return false;
    return optionalNumber(accuracyM, 0, 1_000_000) && optionalNumber(speedMps, 0, 1000);
  },
  status({ online, rssiDbm, firmware, fault, tamper, selfTest }) {
    if (!optionalBoolean(online) || !optionalBoolean(tamper)) return false;
    if (!optionalNumber(rssiDbm, -200, 50) || !optionalText(firmware, 0, 128)) return false;
    if (!(typeof fault === 'boolean' || optionalText(fault, 0, 256))) return false;
    return selfTest === undefined || selfTest === 'pass' || selfTest === 'fail';
  },
  reply: ({ promptId, answer }) => isText(promptId, 1, 64) && (answer === 'ok' || answer === 'help'),
};

const VITAL_BOUNDS = [
  ['heartRateBpm', 0, 400],
  ['spo2Pct', 0, 100],
  ['systolicMmHg', 0, 400],
  ['diastolicMmHg', 0, 300],
  ['respirationPerMin', 0, 150],
  ['temperatureC', 10, 50],
  ['glucoseMmolL', 0, 100],
] as const;

/** What does not fit, as the schema says it: for the dead letter. Slow. */
export function misfit(channel: Channel, payload: Fields): string {
  const { ts: _, ...rest } = payload;
  const result = channelPayloads[channel].safeParse(rest);
  if (result.success) return '';
  return result.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    .join('; ');
}

/** Fields of a `sos` payload that do not fit; the press counts without them. `ts` is not looked at here. */
export function badSosFields(payload: Fields): string[] {
  const bad: string[] = [];
  if (!optionalText(payload['id'], 1, 64)) bad.push('id');
  if (!optionalNumber(payload['battery'], 0, 100)) bad.push('battery');
  if (!['press', 'cancel', 'service'].includes(payload['action'] as string)) bad.push('action');
  if (!(payload['service'] === undefined || (SERVICES as readonly unknown[]).includes(payload['service'])))
    bad.push('service');
  return bad;
}
