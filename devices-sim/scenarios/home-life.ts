import type { Channel } from '../../schemas/channels.ts';
import type { Random } from '../random.ts';
import type { SimHome } from '../world/population.ts';

export interface Told {
  deviceId: string;
  channel: Channel;
  body: Record<string, unknown>;
}

/**
 * The ordinary day of a home, without end: the resident walks from room to room, sensors notice, the monitor measures, devices
 * say that they are there. Nothing in it is an emergency. One item is what is told at one moment, usually one message.
 */
export function* homeLife(random: Random, home: SimHome): Generator<Told[], never> {
  const devices = home.devices.filter((device) => device.kind !== 'gateway');
  const vitals = restingVitals(random.fork('vitals'));
  let here: (typeof devices)[number] | undefined;
  for (;;) {
    const [device] = random.some(devices, 1);
    if (device === undefined) throw new Error(`${home.home.id} has no devices`);
    switch (device.kind) {
      case 'pir':
      case 'mmwave':
      case 'camera':
      case 'bed': {
        const left = here;
        here = device;
        yield [...(left && left !== device ? [presence(left, false)] : []), presence(device, true)];
        break;
      }
      case 'door':
        yield [presence(device, true), presence(device, false)];
        break;
      case 'health_monitor':
      case 'wearable':
        yield [{ deviceId: device.id, channel: 'vitals', body: vitals(device.kind) }];
        break;
      case 'locator':
        yield [{ deviceId: device.id, channel: 'location', body: stroll(random, home) }];
        break;
      case 'sos_button':
      case 'fall_detector':
      case 'smart_screen':
      case 'robot':
      case 'gateway':
        yield [heartbeat(random, device.id)];
    }
  }
}

/** What a device says about itself now and then, and when it comes back. */
export const heartbeat = (random: Random, deviceId: string): Told => ({
  deviceId,
  channel: 'status',
  body: { online: true, rssiDbm: random.int(-82, -48), battery: random.int(45, 100) },
});

function presence(device: { id: string; kind: string; zone?: string | undefined }, occupied: boolean): Told {
  return {
    deviceId: device.id,
    channel: 'presence',
    body: { sensor: device.kind, zone: device.zone ?? 'living_room', occupied },
  };
}

/** Healthy values around this person's own, all within NEWS2's zero column. */
function restingVitals(random: Random): (kind: string) => Record<string, unknown> {
  const pulse = random.int(62, 78);
  const systolic = random.int(118, 142);
  return (kind) =>
    kind === 'wearable'
      ? { heartRateBpm: pulse + random.int(-5, 8), spo2Pct: random.int(96, 99), quality: 0.6 }
      : {
          heartRateBpm: pulse + random.int(-4, 4),
          systolicMmHg: systolic + random.int(-6, 6),
          diastolicMmHg: random.int(70, 84),
          quality: 0.95,
        };
}

/** Within about 100 m of the home, far inside any fence. */
function stroll(random: Random, home: SimHome): Record<string, unknown> {
  const { lat = 22.54, lon = 114.06 } = home.home;
  return {
    lat: Number((lat + random.between(-0.0009, 0.0009)).toFixed(6)),
    lon: Number((lon + random.between(-0.0009, 0.0009)).toFixed(6)),
    accuracyM: random.int(5, 25),
  };
}
