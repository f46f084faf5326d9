import type { Codec, CodecItem, CodecMessage, CodecResult } from './codec.ts';
import { booleanOf, type Fields, given, numberOf, textOf } from './fields.ts';
import { fieldsOf } from './json-object.ts';

/**
 * Traccar, forwarding positions and events as JSON (`traccar/positions`, `traccar/events`, any topic below `traccar`):
 * `{"position": {…}, "device": {"uniqueId": …}, "event": {…}}`. The tracker's `uniqueId` is the device's `externalId`.
 *
 * Traps: `speed` is in knots; without a fix (`valid: false`) trackers send a stale or zero position; `alarm` may name
 * several, by commas, and is repeated in an event with the position that brought it: both make the same messages with
 * the position's id, so either may be forwarded, or both.
 * Positions are WGS-84: of trackers that are known to send GCJ-02 the attribute `datum` on the device says so.
 */
export const traccar: Codec = {
  name: 'traccar',
  decode(message) {
    const fields = fieldsOf(message.text);
    if (!fields) return unreadable(message);
    const device = objectOf(fields['device']);
    const position = objectOf(fields['position']);
    const event = objectOf(fields['event']);
    const externalId = textOf(device['uniqueId']) ?? textOf(position['uniqueId']);
    if (externalId === undefined) return { refused: 'codec', detail: 'no device.uniqueId' };
    return { items: itemsOf(externalId, device, position, event) };
  },
};

const KNOT_MPS = 0.514444;
const FALLS = new Set(['fallDown']);
const OFF_BODY = new Set(['removing', 'tampering']);

function itemsOf(externalId: string, device: Fields, position: Fields, event: Fields): CodecItem[] {
  const attributes = objectOf(position['attributes']);
  const said = textOf(attributes['alarm']) ?? textOf(objectOf(event['attributes'])['alarm']) ?? '';
  const alarms = said.split(',');
  const id = numberOf(position['id']) ?? numberOf(event['id']);
  const common = given({
    ts: textOf(position['deviceTime']) ?? textOf(position['fixTime']) ?? textOf(event['eventTime']),
    battery: percentOf(attributes['batteryLevel']),
    batteryLow: alarms.includes('lowBattery') ? true : undefined,
  });
  const items: CodecItem[] = [];
  const add = (channel: CodecItem['channel'], payload: Record<string, unknown>): void => {
    const key = id === undefined ? {} : { id: `${id}-${channel}` };
    items.push({ externalId, channel, payload: { ...payload, ...common, ...key } });
  };
  if (alarms.includes('sos')) add('sos', { action: 'press', gesture: 'sos' });
  if (alarms.some((alarm) => FALLS.has(alarm))) add('fall', { source: 'wearable', state: 'suspected' });
  const vitals = vitalsOf(attributes);
  if (vitals) add('vitals', vitals);
  const location = locationOf(position, attributes, objectOf(device['attributes']));
  if (location) add('location', location);
  const status = statusOf(event, alarms);
  if (status || items.length === 0) add('status', status ?? { online: true });
  return items;
}

function locationOf(
  position: Fields,
  attributes: Fields,
  device: Fields,
): Record<string, unknown> | undefined {
  const lat = numberOf(position['latitude']);
  const lon = numberOf(position['longitude']);
  if (lat === undefined || lon === undefined || booleanOf(position['valid']) === false) return undefined;
  if (booleanOf(position['outdated']) === true || (lat === 0 && lon === 0)) return undefined;
  const accuracyM = numberOf(position['accuracy']);
  const knots = numberOf(position['speed']);
  const datum = textOf(attributes['datum']) ?? textOf(device['datum']);
  return given({
    lat,
    lon,
    // Traccar says 0 for "not stated"
    accuracyM: accuracyM !== undefined && accuracyM > 0 ? accuracyM : undefined,
    speedMps: knots === undefined || knots < 0 ? undefined : Math.round(knots * KNOT_MPS * 100) / 100,
    datum: datum === 'gcj02' || datum === 'bd09' ? datum : undefined,
  });
}

function vitalsOf(attributes: Fields): Record<string, unknown> | undefined {
  const within = (name: string, least: number, most: number) => {
    const value = numberOf(attributes[name]);
    return value !== undefined && value >= least && value <= most ? value : undefined;
  };
  const found = given({
    heartRateBpm: within('heartRate', 20, 300),
    spo2Pct: within('oxygen', 30, 100) ?? within('bloodOxygen', 30, 100),
    systolicMmHg: within('pressureHigh', 40, 300),
    diastolicMmHg: within('pressureLow', 20, 200),
    temperatureC: within('bodyTemp', 30, 45) ?? within('btemp2', 30, 45),
  });
  return Object.keys(found).length > 0 ? found : undefined;
}

function statusOf(event: Fields, alarms: readonly string[]): Record<string, unknown> | undefined {
  const type = textOf(event['type']);
  if (type === 'deviceOffline') return { online: false };
  if (type === 'deviceOnline') return { online: true };
  if (alarms.some((alarm) => OFF_BODY.has(alarm))) return { online: true, tamper: true };
  return undefined;
}

const percentOf = (value: unknown): number | undefined => {
  const percent = numberOf(value);
  return percent === undefined ? undefined : Math.min(100, Math.max(0, percent));
};

const objectOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

const unreadable = ({ text }: CodecMessage): CodecResult =>
  text === undefined
    ? { refused: 'too_large', detail: 'no text within the bound' }
    : { refused: 'not_json', detail: 'not a JSON object' };
