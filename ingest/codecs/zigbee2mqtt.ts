import { isTimestamp } from '../decode/clock.ts';
import type { Codec, CodecDevice, CodecItem, CodecMessage, CodecResult } from './codec.ts';
import { booleanOf, type Fields, firstOf, given, numberOf, textOf } from './fields.ts';

/**
 * Zigbee2MQTT: `zigbee2mqtt/FRIENDLY_NAME`, one flat JSON object a message with the changed *and the cached* properties.
 * The friendly name (which may hold `/`) is the device's `externalId`. Fields as in zigbee-herdsman-converters
 * 26.112 (../shared/data/zigbee2mqtt-exposes).
 *
 * Traps: `action` is an event, everything else a level that is repeated with every message. Three families of SOS
 * buttons speak differently: `action: "emergency"`, a level `sos: true`, and `single`/`double`/`hold` on buttons sold
 * as call buttons (a wall switch says the same and calls nobody, so the registry's kind decides).
 */
export const zigbee2mqtt: Codec = {
  name: 'zigbee2mqtt',
  decode(message) {
    const [base, ...rest] = message.topic.split('/');
    if (base !== 'zigbee2mqtt' || rest.length === 0)
      return { refused: 'codec', detail: 'not a topic of this codec' };
    if (rest[0] === 'bridge') return ofBridge(message, rest.slice(1).join('/'));
    return ofDevice(message, rest);
  },
};

function ofBridge({ text }: CodecMessage, topic: string): CodecResult {
  if (topic !== 'state') return { ignored: 'bridge' };
  const online = onlineOf(text);
  return online === undefined ? { ignored: 'bridge' } : { items: [statusOf(null, { online })] };
}

/** `{"state":"offline"}`, or `offline` from older versions. */
function onlineOf(text: string | undefined): boolean | undefined {
  const state = textOf(objectOf(text)?.['state']) ?? text?.trim();
  return state === 'online' ? true : state === 'offline' ? false : undefined;
}

function ofDevice(message: CodecMessage, path: readonly string[]): CodecResult {
  const name = path.join('/');
  const last = path.at(-1) ?? '';
  const parent = path.slice(0, -1).join('/');
  const device = message.device(name);
  if (!device && parent !== '') {
    if (last === 'set' || last === 'get') return { ignored: 'command' };
    if (last === 'availability') {
      const online = onlineOf(message.text);
      if (online !== undefined) return { items: [statusOf(parent, { online })] };
    }
    // `output: attribute`: one topic for each property
    const of = message.device(parent);
    if (of && message.text !== undefined)
      return { items: itemsOf(parent, of, { [last]: plainOf(message.text) }) };
  }
  if (message.text === undefined) return unreadable(name, device, 'too_large', 'no text within the bound');
  const fields = objectOf(message.text);
  if (!fields) return unreadable(name, device, 'not_json', 'not a JSON object');
  return { items: itemsOf(name, device, fields) };
}

/** A call button says little else than that it was pressed: what cannot be read counts as a press. */
function unreadable(
  name: string,
  device: CodecDevice | undefined,
  refused: 'not_json' | 'too_large',
  detail: string,
): CodecResult {
  if (device?.kind !== 'sos_button') return { refused, detail, externalId: name };
  return {
    items: [{ externalId: name, channel: 'sos', payload: { action: 'press' }, marks: ['unreadable'] }],
  };
}

function itemsOf(externalId: string, device: CodecDevice | undefined, fields: Fields): CodecItem[] {
  const common = commonOf(fields);
  const item = (channel: CodecItem['channel'], payload: Record<string, unknown>): CodecItem => ({
    externalId,
    channel,
    payload: { ...payload, ...common },
  });
  const press = pressOf(device, fields);
  if (press) return [item('sos', press)];
  const items: CodecItem[] = [];
  const fall = fallOf(fields);
  if (fall) items.push(item('fall', { source: 'mmwave', ...fall }));
  const vitals = vitalsOf(fields);
  if (vitals) items.push(item('vitals', vitals));
  const presence = presenceOf(device, fields);
  if (presence && !fall) items.push(item('presence', presence));
  const release = releaseOf(fields);
  if (items.length === 0 || 'sosLevel' in release)
    items.push(item('status', { online: true, ...faultOf(fields), ...release }));
  return items;
}

const statusOf = (externalId: string | null, payload: Record<string, unknown>): CodecItem => ({
  externalId,
  channel: 'status',
  payload,
});

/** What every message may carry beside its point. */
function commonOf(fields: Fields): Record<string, unknown> {
  const battery = numberOf(fields['battery']);
  const low = booleanOf(fields['battery_low']) ?? (fields['battery_state'] === 'low' ? true : undefined);
  const lastSeen = fields['last_seen'];
  return given({
    battery: battery === undefined ? undefined : Math.min(100, Math.max(0, battery)),
    batteryLow: low,
    tamper: booleanOf(fields['tamper']),
    linkquality: numberOf(fields['linkquality']),
    voltageMv: numberOf(fields['voltage']),
    ts: isTimestamp(lastSeen) ? lastSeen : undefined,
  });
}

const CALLS = /^(emergency|panic|sos)$/i;
/** What a call button may say without anybody calling. */
const NO_CALL =
  /^(none|off|release|.*_release|disarm|arm_.*|exit_delay|entry_delay|home|sleep|away|identify|scene_.*)$/i;
const SOS_LEVELS = ['sos', 'sos_alarm', 'emergency'];

function pressOf(device: CodecDevice | undefined, fields: Fields): Record<string, unknown> | undefined {
  const action = textOf(fields['action']);
  if (action && CALLS.test(action)) return { action: 'press', gesture: action };
  if (action && device?.kind === 'sos_button' && !NO_CALL.test(action))
    return { action: 'press', gesture: action };
  return firstOf(fields, SOS_LEVELS, booleanOf) === true ? { action: 'press', sosLevel: true } : undefined;
}

/** The level has gone: the next `true` is a new press. */
function releaseOf(fields: Fields): Record<string, unknown> {
  return firstOf(fields, SOS_LEVELS, booleanOf) === false ? { sosLevel: false } : {};
}

const FALLS: Record<string, { state: 'suspected' | 'confirmed' }> = {
  fall_warning: { state: 'suspected' },
  fall_alarm: { state: 'confirmed' },
  maybe_fall: { state: 'suspected' },
  fall: { state: 'confirmed' },
  falling: { state: 'suspected' },
};

/** Levels, too: repeated with every message while somebody lies there. (Aqara's `action: fall` is a thing falling.) */
function fallOf(fields: Fields): Record<string, unknown> | undefined {
  for (const name of ['fall_status', 'fall_down_status', 'status']) {
    const found = FALLS[textOf(fields[name]) ?? ''];
    if (found) return { ...found, fallLevel: true };
  }
  return undefined;
}

function vitalsOf(fields: Fields): Record<string, unknown> | undefined {
  const positive = (v: unknown) => {
    const n = numberOf(v);
    return n !== undefined && n > 0 && n <= 300 ? n : undefined;
  };
  const found = given({
    respirationPerMin: firstOf(fields, ['breathing_rate', 'respiration_rate', 'breath_rate'], (v) => {
      const n = positive(v);
      return n !== undefined && n <= 150 ? n : undefined;
    }),
    heartRateBpm: firstOf(fields, ['heart_rate', 'heartrate'], positive),
  });
  return Object.keys(found).length > 0 ? found : undefined;
}

const SENSOR_OF: Record<string, string> = {
  pir: 'pir',
  camera: 'camera',
  mmwave: 'mmwave',
  fall_detector: 'mmwave',
  health_monitor: 'mmwave',
  door: 'door',
  bed: 'bed',
};
const PRESENCE_TEXTS = ['presence_state', 'state', 'human_motion_state', 'motion_state', 'status'];
const ABSENT = new Set(['none', 'absence', 'unoccupied']);
const PRESENT = new Set(
  (
    'presence move motion static small medium large far near peaceful small_movement large_movement ' +
    'occupied sitting on_the_bed low_posture'
  ).split(' '),
);
const POSTURES: Record<string, string> = { sitting: 'sitting', on_the_bed: 'lying', low_posture: 'lying' };

function presenceOf(device: CodecDevice | undefined, fields: Fields): Record<string, unknown> | undefined {
  const kind = device?.kind ?? '';
  const zone = device?.zone ?? 'unknown';
  const contact = booleanOf(fields['contact']);
  // `contact: true` is closed: the door is shut, the bed's pad is pressed down
  if (contact !== undefined && (kind === 'door' || kind === 'bed'))
    return { sensor: kind, zone, occupied: kind === 'bed' ? contact : !contact };
  const occupied =
    firstOf(fields, ['presence', 'occupancy', 'motion'], booleanOf) ??
    firstOf(fields, PRESENCE_TEXTS, textualPresence);
  if (occupied === undefined) return shakenOf(device, fields) ?? openedOf(contact, zone);
  const posture = POSTURES[textOf(fields['status']) ?? ''];
  return { sensor: SENSOR_OF[kind] ?? 'pir', zone, occupied, ...(posture !== undefined && { posture }) };
}

/**
 * What shakes is moved by somebody: a movement, as a PIR sees one. It says nothing of who lies still, so a pad that only
 * shakes is no bed sensor; and a door shakes in the wind.
 */
function shakenOf(device: CodecDevice | undefined, fields: Fields): Record<string, unknown> | undefined {
  const kind = device?.kind ?? '';
  const shaken = kind === 'sos_button' || kind === 'door' ? undefined : booleanOf(fields['vibration']);
  if (shaken === undefined) return undefined;
  const zone = device?.zone ?? (kind === 'bed' ? 'bedroom' : 'unknown');
  return { sensor: 'pir', zone, occupied: shaken };
}

const openedOf = (contact: boolean | undefined, zone: string): Record<string, unknown> | undefined =>
  contact === undefined ? undefined : { sensor: 'door', zone, occupied: !contact };

function textualPresence(value: unknown): boolean | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  return ABSENT.has(text) ? false : PRESENT.has(text) ? true : undefined;
}

const FAULTS = ['water_leak', 'smoke', 'gas', 'carbon_monoxide'];

function faultOf(fields: Fields): Record<string, unknown> {
  const levels = FAULTS.map((name) => [name, booleanOf(fields[name])] as const);
  const on = levels.find(([, level]) => level === true);
  if (on) return { fault: on[0] };
  return levels.some(([, level]) => level === false) ? { fault: false } : {};
}

/** A property published alone: JSON if it is, else the text itself. */
function plainOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text.trim();
  }
}

function objectOf(text: string | undefined): Fields | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}
