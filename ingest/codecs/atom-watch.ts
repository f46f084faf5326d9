import type { Codec, CodecItem } from './codec.ts';
import { booleanOf, type Fields, given, numberOf, textOf } from './fields.ts';
import { fieldsOf } from './json-object.ts';

/**
 * Watches for the elderly of the G601/G616/618 family: `atom/MODEL/status/IMEI`, one flat JSON object about every minute.
 * The IMEI is the device's `externalId`.
 *
 * Traps: every number is text; `sos` is a level in every status, not an event; `location` is "lng,lat" in GCJ-02; date
 * and time are local without a zone (left out: the broker's time is truer); 0 is "not measured"; `isWearing` is said by
 * the vendor to be unreliable, so nothing rests on it.
 */
export const atomWatch: Codec = {
  name: 'atom',
  decode({ topic, text, device }) {
    const [, , kind, imeiOfTopic] = topic.split('/');
    if (kind === 'cmd') return { ignored: 'command' };
    if (kind !== 'status') return { refused: 'codec', detail: 'not a topic of this codec' };
    const fields = fieldsOf(text);
    const externalId = textOf(fields?.['imei']) ?? imeiOfTopic ?? '';
    if (fields) return { items: itemsOf(externalId, fields) };
    // A call button that cannot be understood has called
    if (device(externalId)?.kind === 'sos_button')
      return { items: [{ externalId, channel: 'sos', payload: { action: 'press' }, marks: ['unreadable'] }] };
    return text === undefined
      ? { refused: 'too_large', detail: 'no text within the bound', externalId }
      : { refused: 'not_json', detail: 'not a JSON object', externalId };
  },
};

function itemsOf(externalId: string, fields: Fields): CodecItem[] {
  const battery = numberOf(fields['battery']);
  const common = given({
    battery: battery === undefined ? undefined : Math.min(100, Math.max(0, battery)),
    wearing: booleanOf(fields['isWearing']),
  });
  const item = (channel: CodecItem['channel'], payload: Record<string, unknown>): CodecItem => ({
    externalId,
    channel,
    payload: { ...payload, ...common },
  });
  const items: CodecItem[] = [];
  const sos = booleanOf(fields['sos']);
  if (sos === true) items.push(item('sos', { action: 'press', sosLevel: true }));
  const location = locationOf(fields);
  if (location) items.push(item('location', location));
  const vitals = vitalsOf(fields);
  if (vitals) items.push(item('vitals', vitals));
  items.push(
    item('status', {
      online: booleanOf(fields['isOnline']) ?? true,
      ...(sos === false && { sosLevel: false }),
    }),
  );
  return items;
}

const KMH_PER_MPS = 3.6;

function locationOf(fields: Fields): Record<string, unknown> | undefined {
  const [lon, lat] = (textOf(fields['location']) ?? '').split(',').map(numberOf);
  if (lat === undefined || lon === undefined || (lat === 0 && lon === 0)) return undefined;
  const speed = numberOf(fields['speed']);
  return given({
    lat,
    lon,
    datum: 'gcj02',
    speedMps: speed === undefined || speed < 0 ? undefined : Math.round((speed / KMH_PER_MPS) * 100) / 100,
  });
}

function vitalsOf(fields: Fields): Record<string, unknown> | undefined {
  const within = (name: string, least: number, most: number) => {
    const value = numberOf(fields[name]);
    return value !== undefined && value >= least && value <= most ? value : undefined;
  };
  const measured = given({
    heartRateBpm: within('heartRate', 20, 300),
    spo2Pct: within('bloodOxygen', 30, 100),
    systolicMmHg: within('bpSystolic', 40, 300),
    diastolicMmHg: within('bpDiastolic', 20, 200),
    temperatureC: within('temperature', 30, 45),
  });
  // Of a wrist, all the time: none of it is a measurement made on purpose
  return Object.keys(measured).length > 0 ? { ...measured, quality: 0.5 } : undefined;
}
