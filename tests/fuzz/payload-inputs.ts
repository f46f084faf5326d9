import type { Random } from '../../devices-sim/random.ts';
import { CHANNELS, type Channel } from '../../schemas/channels.ts';
import { badExamples, goodExamples } from '../../schemas/examples.ts';
import { hostileName, hostileValue, jsonOf, mangle, objectOf, Raw } from './hostile.ts';

export interface PayloadInput {
  /** Of the contract, or made up. */
  readonly channel: string;
  readonly bytes: Buffer;
}

/** Few of them are calls: each is an alert's evidence, and there are to be millions of inputs. */
const WEIGHTED: [[Channel, number], ...[Channel, number][]] = [
  ['presence', 6],
  ...CHANNELS.filter((channel) => channel !== 'presence').map((channel): [Channel, number] => [
    channel,
    channel === 'sos' ? 1 : 6,
  ]),
];

type Entries = [string, unknown][];

/** A payload by the examples of its channel's schema, mutated in its fields, and now and then in its bytes. */
export function payloadInput(random: Random): PayloadInput {
  const channel = random.weighted(WEIGHTED);
  const named = random.chance(0.02) ? random.pick(['cmd', 'SOS', 'motion2', '__proto__', '💥']) : channel;
  const text = jsonOf(fieldsFor(channel, random));
  const bytes = Buffer.from(random.chance(0.03) ? jsonOf(hostileValue(random)) : text);
  if (random.chance(0.08)) return { channel: named, bytes: mangle(bytes, random) };
  if (random.chance(0.004))
    return {
      channel: named,
      bytes: Buffer.concat([bytes, Buffer.alloc(random.pick([16, 17, 100, 255]) * 1_024, ' ')]),
    };
  return { channel: named, bytes };
}

function fieldsFor(channel: Channel, random: Random): unknown {
  const good = goodExamples[channel].map(({ payload }) => payload);
  const bad = badExamples[channel].map(({ payload }) => payload);
  const pool = random.chance(0.85) ? good : bad;
  const base = pool[random.int(0, pool.length - 1)];
  if (typeof base !== 'object' || base === null || Array.isArray(base)) return base;
  const entries: Entries = Object.entries(base);
  if (random.chance(0.3)) entries.push(['id', `f-${random.int(0, 5_000)}`]);
  for (let n = random.pick([0, 1, 1, 2, 4]); n > 0; n--) mutate(entries, channel, random);
  return objectOf(entries);
}

/** One field: gone, twice, of another type, another's, hostile, or a new one. */
function mutate(entries: Entries, channel: Channel, random: Random): void {
  const at = random.int(0, Math.max(0, entries.length - 1));
  const entry = entries[at];
  switch (entry === undefined ? 0 : random.int(0, 7)) {
    case 0:
      entries.push([hostileName(random), hostileValue(random)]);
      return;
    case 1:
      entries.splice(at, 1);
      return;
    case 2:
      if (entry) entries.push([entry[0], hostileValue(random)]);
      return;
    case 3:
      if (entry) entry[1] = [entry[1]];
      return;
    case 4:
      if (entry) entry[1] = typeof entry[1] === 'string' ? entry[1].length : jsonOf(entry[1]);
      return;
    case 5:
      entries.push(...(Object.entries(goodExamples[channel][0]?.payload ?? {}) as Entries));
      return;
    case 6:
      if (entry && typeof entry[1] === 'number')
        entry[1] = entry[1] * random.pick([-1, 10, 1e6, 1e-9, 1e300]);
      else if (entry) entry[1] = hostileValue(random);
      return;
    default:
      if (entry) entry[1] = hostileValue(random);
  }
}

/** What gateways of other makers say: their topics below the codec's name, and their payloads. */
const FOREIGN: Record<
  string,
  readonly [{ topic: string; payload: unknown }, ...{ topic: string; payload: unknown }[]]
> = {
  zigbee2mqtt: [
    { topic: 'button', payload: { action: 'single', battery: 90, linkquality: 80 } },
    { topic: 'motion', payload: { occupancy: true, illuminance: 12, battery: 60 } },
    { topic: 'door', payload: { contact: false, tamper: false } },
    { topic: 'motion/availability', payload: { state: 'offline' } },
    { topic: 'bridge/state', payload: { state: 'online' } },
    { topic: 'bridge/devices', payload: [{ ieee_address: '0x00158d0001', friendly_name: 'button' }] },
  ],
  tasmota: [
    { topic: 'button/stat/RESULT', payload: { Button1: { Action: 'SINGLE' } } },
    { topic: 'motion/tele/SENSOR', payload: { Time: '2026-01-01T00:00:00', Switch1: 'ON' } },
    { topic: 'motion/tele/LWT', payload: new Raw('Offline') },
  ],
  traccar: [
    {
      topic: 'positions',
      payload: {
        position: {
          id: 7,
          latitude: 22.5,
          longitude: 114,
          speed: 2,
          valid: true,
          attributes: { alarm: 'sos' },
        },
        device: { uniqueId: 'watch' },
      },
    },
    { topic: 'events', payload: { event: { id: 8, type: 'deviceOffline' }, device: { uniqueId: 'watch' } } },
  ],
  esphome: [
    { topic: 'button/binary_sensor/button/state', payload: new Raw('ON') },
    { topic: 'button/event/button/state', payload: { event_type: 'long_press' } },
    { topic: 'motion/binary_sensor/radar_has_target/state', payload: new Raw('ON') },
    { topic: 'motion/sensor/battery_level/state', payload: 12.5 },
    { topic: 'motion/status', payload: new Raw('offline') },
  ],
  atom: [
    {
      topic: 'G616/status/watch',
      payload: {
        imei: 'watch',
        sos: '0',
        battery: '55',
        location: '114.05,22.54',
        heartrate: '71',
        steps: '100',
      },
    },
  ],
};
export const CODEC_NAMES = Object.keys(FOREIGN);
export const EXTERNAL_IDS = ['button', 'motion', 'door', 'watch'] as const;

/** Topic and payload of a gateway that speaks its devices' own language. */
export function codecInput(codec: string, random: Random): { topic: string; bytes: Buffer } {
  const known = FOREIGN[codec] ?? FOREIGN['zigbee2mqtt'];
  const base = known?.[random.int(0, known.length - 1)] ?? { topic: '', payload: {} };
  const payload = hostileWithin(base.payload, random);
  const bytes = Buffer.from(jsonOf(payload));
  const topic = random.chance(0.05)
    ? `${base.topic}/${random.pick(['', 'a/b/c', '__proto__', '💥'])}`
    : base.topic;
  return { topic: `${codec}/${topic}`, bytes: random.chance(0.05) ? mangle(bytes, random) : bytes };
}

/** Somewhere in it, something else. */
function hostileWithin(value: unknown, random: Random): unknown {
  if (random.chance(0.12)) return hostileValue(random);
  if (value instanceof Raw) return value;
  if (Array.isArray(value)) return value.map((item) => hostileWithin(item, random));
  if (typeof value !== 'object' || value === null) return value;
  const entries: Entries = Object.entries(value).map(([key, item]) => [key, hostileWithin(item, random)]);
  if (random.chance(0.1)) entries.push([hostileName(random), hostileValue(random)]);
  return objectOf(entries);
}
