import type { Codec, CodecDevice, CodecItem, CodecMessage, CodecResult } from './codec.ts';
import { booleanOf, given, numberOf, textOf } from './fields.ts';
import { fieldsOf } from './json-object.ts';

/**
 * ESPHome, with `topic_prefix: esphome/NODE`: `esphome/NODE/COMPONENT/OBJECT/state`, one plain value a message. `NODE`
 * (which may hold `/`) is the device's `externalId`; `NODE/OBJECT` names one entity of a board that has several devices
 * on it, and comes first. What an entity is, the registry's kind says, and for measurements its name.
 *
 * Traps: the state is repeated at every connection, so a button's `ON` is a level; a radar's `moving` and `still` going
 * off is nobody's leaving; a sensor without a value says `nan`; nothing carries a time.
 */
export const esphome: Codec = {
  name: 'esphome',
  decode(message) {
    const [base, ...path] = message.topic.split('/');
    if (base !== 'esphome') return { refused: 'codec', detail: 'not a topic of this codec' };
    if (path[0] === 'discover' || path.at(-1) === 'debug') return { ignored: 'bridge' };
    if (path.at(-1) === 'command') return { ignored: 'command' };
    if (path.length === 2 && path[1] === 'status') return ofWill(path[0] ?? '', message.text);
    const at = path.length - 3;
    const [component = '', object = '', last] = path.slice(Math.max(at, 0));
    if (at < 1 || !COMPONENTS.has(component) || last !== 'state') {
      const node = path.slice(0, -1).join('/');
      if (path.at(-1) === 'status' && node !== '') return ofWill(node, message.text);
      return { refused: 'codec', detail: 'not a topic of this codec' };
    }
    return ofEntity(message, { node: path.slice(0, at).join('/'), component, object });
  },
};

const COMPONENTS = new Set(
  (
    'binary_sensor sensor text_sensor event button switch light number select text lock cover fan climate ' +
    'valve date time datetime alarm_control_panel update media_player'
  ).split(' '),
);

interface Entity {
  readonly node: string;
  readonly component: string;
  readonly object: string;
}

function ofWill(externalId: string, text: string | undefined): CodecResult {
  const online = booleanOf(text?.trim());
  return online === undefined
    ? { refused: 'codec', detail: 'status: neither online nor offline', externalId }
    : { items: [{ externalId, channel: 'status', payload: { online } }] };
}

function ofEntity({ device, text }: CodecMessage, entity: Entity): CodecResult {
  const { node, component, object } = entity;
  const own = device(`${node}/${object}`);
  const externalId = own ? `${node}/${object}` : node;
  const registered = own ?? device(node);
  const item = (channel: CodecItem['channel'], payload: Record<string, unknown>, marks?: string[]) => ({
    items: [{ externalId, channel, payload, ...(marks && { marks }) }],
  });
  const isButton = registered?.kind === 'sos_button';
  if (text === undefined)
    return isButton && component !== 'sensor'
      ? item('sos', { action: 'press' }, ['unreadable'])
      : { refused: 'too_large', detail: 'no text within the bound', externalId };
  const value = text.trim();
  const alive = (more: Record<string, unknown> = {}) =>
    item('status', { online: true, entity: object, ...more });

  if (component === 'event' && isButton) {
    const gesture = textOf(fieldsOf(value)?.['event_type']);
    if (gesture === undefined) return item('sos', { action: 'press' }, ['unreadable']);
    return NO_CALL.test(gesture) ? alive({ event: gesture }) : item('sos', { action: 'press', gesture });
  }
  if (component === 'sensor') return ofNumber(numberOf(value), object, item, alive);
  if (component !== 'binary_sensor') return alive();
  const level = booleanOf(value);
  if (isButton) {
    if (level === undefined) return item('sos', { action: 'press' }, ['unreadable']);
    return level ? item('sos', { action: 'press', sosLevel: true }) : alive({ sosLevel: false });
  }
  if (level === undefined) return { refused: 'codec', detail: 'neither ON nor OFF', externalId };
  if (/fall/.test(object))
    return level ? item('fall', { source: 'mmwave', state: 'suspected', fallLevel: true }) : alive();
  if (/(^|_)tamper/.test(object)) return alive({ tamper: level });
  if (/(^|_)(low_)?battery(_low)?$/.test(object)) return alive({ batteryLow: level });
  const sensor = SENSOR_OF[registered?.kind ?? ''];
  if (sensor === undefined || (!own && PART_OF_A_RADAR.test(object))) return alive();
  return item('presence', { sensor, zone: zoneOf(registered, sensor), occupied: level });
}

/** Of the gestures of an event entity those by which nobody calls. */
const NO_CALL = /^(release|released|up|none|idle)$/i;
const PART_OF_A_RADAR = /(^|_)(moving|still|stationary|zone_?\d+|out_pin\w*)/;
const SENSOR_OF: Readonly<Record<string, string>> = {
  pir: 'pir',
  mmwave: 'mmwave',
  fall_detector: 'mmwave',
  health_monitor: 'mmwave',
  camera: 'camera',
  door: 'door',
  bed: 'bed',
};
const zoneOf = (device: CodecDevice | undefined, sensor: string): string =>
  device?.zone ?? (sensor === 'bed' ? 'bedroom' : 'unknown');

/** What a measurement is, its name says: the first that fits. Zero of a radar means that it sees nobody. */
const MEASURED: readonly (readonly [name: RegExp, field: string, most: number])[] = [
  [/heart_?rate|pulse/, 'heartRateBpm', 300],
  [/respirat|breath/, 'respirationPerMin', 150],
  [/spo2|blood_oxygen/, 'spo2Pct', 100],
];

type Made = (channel: CodecItem['channel'], payload: Record<string, unknown>) => CodecResult;

function ofNumber(
  value: number | undefined,
  object: string,
  item: Made,
  alive: (more?: Record<string, unknown>) => CodecResult,
): CodecResult {
  if (value === undefined) return alive();
  const measured = MEASURED.find(([name]) => name.test(object));
  if (measured) {
    const [, field, most] = measured;
    return value > 0 && value <= most ? item('vitals', { [field]: value }) : alive();
  }
  if (/battery(_level|_percent\w*)?$/.test(object))
    return alive({ battery: Math.min(100, Math.max(0, value)) });
  const isSignal = /wifi_signal|rssi/.test(object) && value <= 0 && value >= -200;
  return alive(given({ rssiDbm: isSignal ? value : undefined, value: isSignal ? undefined : value }));
}
