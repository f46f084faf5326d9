import { randomOf, type Random } from '../../devices-sim/random.ts';
import type { DeviceProfile, HomeProfile, StreetOutage } from '../../ingest/detectors/detector.ts';
import type { FoldItem, Outage } from '../../ingest/home-fold.ts';
import type { Channel, Payload } from '../../schemas/channels.ts';
import type { DeviceEvent } from '../../schemas/inbound.ts';
import type { Mode } from '../../schemas/registry.ts';
import { aHome, T0 } from './detector-world.ts';

/**
 * What may happen to a home, and what hardly ever does, all of it: every channel and kind of device, levels, wills,
 * clocks that lag, modes that end, our own outages, a street's. Seeded; for tests that one fold does what another did.
 */
export interface FoldScript {
  items: readonly FoldItem[];
  outages: readonly Outage[];
  streets: readonly StreetOutage[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const CENTRE = { lat: 22.5431, lon: 114.0579 };

const ALL: readonly DeviceProfile[] = [
  { deviceId: 'gw', kind: 'gateway', model: 'GW-1' },
  { deviceId: 'button', kind: 'sos_button', zone: 'bedroom' },
  { deviceId: 'pendant', kind: 'wearable' },
  { deviceId: 'pir-bath', kind: 'pir', zone: '卫生间' },
  { deviceId: 'pir-living', kind: 'pir', zone: 'living_room' },
  { deviceId: 'pir-kitchen', kind: 'pir', zone: 'kitchen' },
  { deviceId: 'radar', kind: 'mmwave', zone: 'bedroom' },
  { deviceId: 'bed', kind: 'bed', zone: 'bedroom' },
  { deviceId: 'door', kind: 'door', zone: 'entrance' },
  { deviceId: 'fridge', kind: 'door', zone: 'kitchen' },
  { deviceId: 'camera', kind: 'camera', zone: 'living_room' },
  { deviceId: 'cuff', kind: 'health_monitor' },
  { deviceId: 'watch', kind: 'locator' },
  { deviceId: 'screen', kind: 'smart_screen', zone: 'living_room' },
];
/** Of those that live here, by home: a small one, one without a gateway, one with everything. */
const HOMES: readonly (readonly string[])[] = [
  ['button', 'pir-bath', 'pir-living', 'door', 'cuff'],
  ['pendant', 'pir-living', 'cuff', 'watch'],
  ['gw', 'button', 'bed', 'radar', 'pir-bath', 'fridge', 'door'],
  ALL.map(({ deviceId }) => deviceId),
];

export function foldScript(seed: number, steps: number): FoldScript {
  const random = randomOf(`fold/${seed}`);
  const ids = HOMES[seed % HOMES.length] ?? [];
  const devices = ALL.filter(({ deviceId }) => ids.includes(deviceId));
  const profile = (more: Partial<HomeProfile> = {}): HomeProfile => {
    const home = aHome(devices, { residents: seed % 5 === 4 ? 2 : 1, ...more });
    home.settings.fence = seed % 2 === 1 ? { ...CENTRE, radiusM: 300 } : null;
    home.spo2Scale = seed % 3 === 0 ? 2 : 1;
    return home;
  };
  const items: FoldItem[] = [{ kind: 'profile', profile: profile(), now: T0 }];
  let at = T0;
  let version = 1;
  const world = { place: { ...CENTRE }, ill: false };
  while (items.length < steps) {
    at += Math.round(random.exponential(pauseMs(random, at)));
    const what = random.next();
    if (what < 0.004)
      items.push({ kind: 'profile', profile: profile(modeOf(random, at, ++version)), now: at });
    else if (what < 0.008) items.push({ kind: 'input', input: resolved(random, devices, at), now: at });
    else if (what < 0.05) items.push({ kind: 'timer', now: at });
    else
      for (const event of told(random, devices, world, at))
        items.push({ kind: 'event', event, now: event.receivedAt });
  }
  const days = (at - T0) / DAY_MS;
  return { items, outages: outagesIn(random, days), streets: streetsIn(random, days) };
}

/** Busy minutes, quiet hours, nights. */
function pauseMs(random: Random, at: number): number {
  const hour = (at / HOUR_MS + 8) % 24;
  const isNight = hour < 6 || hour >= 22;
  return random.weighted([
    [3_000, isNight ? 1 : 6],
    [40_000, 6],
    [10 * MINUTE_MS, isNight ? 3 : 2],
    [3 * HOUR_MS, 0.3],
  ]);
}

function modeOf(random: Random, at: number, settingsVersion: number): Partial<HomeProfile> {
  const mode = random.pick<Mode>(['home', 'home', 'leave', 'hospital', 'maintenance', 'test']);
  const modeUntil = mode === 'home' || random.chance(0.3) ? null : at + random.int(1, 40) * 15 * MINUTE_MS;
  return { mode, modeUntil, settingsVersion };
}

function resolved(random: Random, devices: readonly DeviceProfile[], at: number) {
  const { deviceId } = random.pick(devices as [DeviceProfile]);
  const dedupKey = random.pick([
    'h1:emergency',
    'h1:emergency',
    'h1:vitals_low',
    `${deviceId}:device_offline`,
    `${deviceId}:low_battery`,
  ]);
  return { kind: 'resolved', dedupKey, alertId: 'a', disposition: 'false_alarm', at } as const;
}

interface World {
  place: { lat: number; lon: number };
  ill: boolean;
}

function told(random: Random, devices: readonly DeviceProfile[], world: World, at: number): DeviceEvent[] {
  const device = random.pick(devices as [DeviceProfile]);
  const [channel, payload] = saidBy(random, device, world);
  const lagMs = random.weighted([
    [0, 3],
    [random.int(1, 2_000), 5],
    [random.int(2_000, 15_000), 2],
    [random.int(1, 6) * HOUR_MS, 0.1],
  ]);
  const will = channel === 'status' && (payload as Payload<'status'>).online === false && random.chance(0.5);
  const event: DeviceEvent = {
    homeId: 'h1',
    deviceId: device.deviceId,
    deviceKind: device.kind,
    channel,
    payload,
    messageId: `m${random.int(0, 1e9)}`,
    occurredAt: at - lagMs,
    receivedAt: at,
    clock: lagMs > MINUTE_MS ? 'late' : 'ok',
    marks: random.chance(0.01) ? ['unreadable'] : [],
    ...(device.zone !== undefined && { zone: device.zone }),
    ...(will && { will: true }),
  };
  if (!random.chance(0.05)) return [event];
  // One that repeats itself, and one that nobody has registered
  const again = {
    ...event,
    messageId: `${event.messageId}b`,
    occurredAt: event.occurredAt - random.int(0, 3_000),
  };
  const stranger: DeviceEvent = {
    ...event,
    deviceId: 'stranger',
    deviceKind: 'unknown',
    channel: 'sos',
    payload: { action: 'press' },
    marks: ['unregistered_device'],
  };
  return random.chance(0.9) ? [event, again] : [event, stranger];
}

function saidBy(random: Random, device: DeviceProfile, world: World): [Channel, Payload<Channel>] {
  if (random.chance(0.12)) return ['status', statusOf(random)];
  const { kind, zone = 'living_room' } = device;
  switch (kind) {
    case 'sos_button':
      return random.chance(0.1) ? ['sos', pressOf(random)] : ['status', statusOf(random)];
    case 'pir':
    case 'mmwave':
    case 'camera':
    case 'door':
    case 'bed':
      if (kind !== 'pir' && random.chance(0.02))
        return ['fall', fallOf(random, kind === 'camera' ? 'camera' : 'mmwave')];
      return ['presence', { sensor: kind, zone, occupied: random.chance(0.5), ...batteryOf(random) }];
    case 'wearable':
      if (random.chance(0.05)) return ['fall', fallOf(random, 'wearable')];
      return random.chance(0.1) ? ['motion', motionOf(random)] : ['vitals', vitalsOf(random, world)];
    case 'health_monitor':
      return ['vitals', vitalsOf(random, world)];
    case 'locator':
      return ['location', locationOf(random, world)];
    case 'smart_screen':
      if (random.chance(0.2)) return ['reply', { promptId: 'p', answer: random.chance(0.7) ? 'ok' : 'help' }];
  }
  return ['status', statusOf(random)];
}

const batteryOf = (random: Random) => (random.chance(0.05) ? { battery: random.int(5, 100) } : {});

const statusOf = (random: Random): Payload<'status'> => ({
  online: !random.chance(0.08),
  rssiDbm: -random.int(40, 90),
  ...batteryOf(random),
  ...(random.chance(0.03) && { fault: random.pick([true, false, 'dirty', '']) }),
  ...(random.chance(0.03) && { tamper: random.chance(0.5) }),
  ...(random.chance(0.03) && { selfTest: random.pick(['pass', 'fail']) }),
  ...(random.chance(0.03) && { sosLevel: false }),
});

const pressOf = (random: Random): Payload<'sos'> => ({
  action: random.weighted([
    ['press', 5],
    ['cancel', 1],
    ['service', 1],
  ]),
  ...(random.chance(0.3) && { service: random.pick(['meal', 'urgent', 'medical']) }),
  ...(random.chance(0.3) && { sosLevel: true }),
});

const fallOf = (random: Random, source: 'wearable' | 'mmwave' | 'camera'): Payload<'fall'> => ({
  source,
  state: random.pick(['suspected', 'confirmed', 'cleared']),
  ...(random.chance(0.5) && { confidence: 0.8 }),
  ...(random.chance(0.4) && { fallLevel: true }),
});

/** A second and a half of sitting still, walking, or something that hits the ground. */
function motionOf(random: Random): Payload<'motion'> {
  const [walks, falls] = [random.chance(0.5), random.chance(0.3)];
  const axis = (rest: number) =>
    Array.from({ length: 75 }, (_, i) => {
      const swing = walks ? 0.3 * Math.sin(i / 4) : 0;
      const hit = falls && i > 30 && i < 36 ? 3 : falls && i > 15 && i <= 30 ? -0.8 * rest : 0;
      return Math.round((rest + swing + hit) * 100) / 100;
    });
  return { hz: 50, x: axis(0.1), y: axis(0.2), z: axis(1) };
}

function vitalsOf(random: Random, world: World): Payload<'vitals'> {
  if (random.chance(0.04)) world.ill = !world.ill;
  const off = world.ill ? random.int(0, 40) : 0;
  return {
    ...(random.chance(0.9) && { heartRateBpm: random.int(58, 88) + off }),
    ...(random.chance(0.9) && { spo2Pct: random.int(95, 99) - Math.floor(off / 4) }),
    ...(random.chance(0.3) && {
      systolicMmHg: random.int(110, 150) + off * 1.5,
      diastolicMmHg: random.int(60, 90) + off,
    }),
    ...(random.chance(0.2) && { temperatureC: 36.4 + off / 10 }),
    ...(random.chance(0.2) && { respirationPerMin: random.int(12, 18) + Math.floor(off / 3) }),
    ...(random.chance(0.1) && { glucoseMmolL: Math.max(2, 6 + off / 4 - random.int(0, 3)) }),
    ...(random.chance(0.05) && { consciousness: random.pick(['A', 'A', 'C', 'V']) }),
    ...(random.chance(0.05) && { onOxygen: random.chance(0.5) }),
    ...(random.chance(0.7) && { quality: random.pick([0.3, 0.6, 0.9]) }),
    ...batteryOf(random),
  } as Payload<'vitals'>;
}

function locationOf(random: Random, world: World): Payload<'location'> {
  const step = random.weighted([
    [0.0003, 5],
    [0.003, 2],
    [0.2, 0.2],
  ]);
  // Drawn back home, so that it comes and goes
  world.place.lat += random.normal(0, step) + (CENTRE.lat - world.place.lat) * 0.2;
  world.place.lon += random.normal(0, step) + (CENTRE.lon - world.place.lon) * 0.2;
  return {
    ...world.place,
    ...(random.chance(0.7) && { accuracyM: random.pick([5, 20, 200]) }),
    ...(random.chance(0.2) && { datum: 'gcj02' as const }),
  };
}

function outagesIn(random: Random, days: number): Outage[] {
  const outages: Outage[] = [];
  for (let day = random.int(0, 2); day < days; day += random.int(1, 4)) {
    const from = T0 + day * DAY_MS + random.int(0, 23) * HOUR_MS;
    outages.push([from, from + random.int(1, 90) * MINUTE_MS]);
  }
  return outages;
}

function streetsIn(random: Random, days: number): StreetOutage[] {
  return Array.from({ length: Math.floor(days / 3) }, (_, i) => {
    const from = T0 + (i * 3 + random.int(0, 2)) * DAY_MS;
    const beginsAt = from + 2 * MINUTE_MS;
    return {
      street: random.pick(['莲花', 'model:GW-1', '福田']),
      from,
      beginsAt,
      endsAt: beginsAt + HOUR_MS,
    };
  });
}
