import { randomOf } from '../random.ts';

/** A home in a load: one gateway's connection and the devices behind it. */
export interface LoadHome {
  homeId: string;
  clientId: string;
  username: string | undefined;
  password: string | undefined;
  devices: readonly LoadDevice[];
}
export interface LoadDevice {
  deviceId: string;
  kind: 'sos_button' | 'pir' | 'door' | 'health_monitor' | 'wearable';
  zone?: string;
}

/** Devices of every home of a load: about what a home of the district has (domain.md, *Sizing*). */
const DEVICES: readonly Omit<LoadDevice & { name: string }, 'deviceId'>[] = [
  { name: 'sos', kind: 'sos_button', zone: 'bedroom' },
  { name: 'pir-bath', kind: 'pir', zone: 'bathroom' },
  { name: 'pir-living', kind: 'pir', zone: 'living_room' },
  { name: 'door', kind: 'door', zone: 'entrance' },
  { name: 'health', kind: 'health_monitor' },
];

export const loadDevices = (homeId: string): LoadDevice[] =>
  DEVICES.map(({ name, kind, zone }) => ({
    deviceId: `${homeId}-${name}`,
    kind,
    ...(zone === undefined ? {} : { zone }),
  }));

/** Ready-made text of one device's messages: `{"id":"` + id + `","ts":` + ms + one of the tails. */
export interface Template {
  topic: Buffer;
  tails: readonly [string, ...string[]];
}

/** What a home tells in an ordinary load, device after device: presence mostly, vitals, a status now and then. */
export function templatesOf(home: LoadHome): {
  ordinary: [Template, ...Template[]];
  press: Template | undefined;
} {
  const random = randomOf(home.homeId);
  const topic = (deviceId: string, channel: string): Buffer =>
    Buffer.from(`care/v1/${home.homeId}/${deviceId}/${channel}`);
  const ordinary: Template[] = [];
  let press: Template | undefined;
  for (const { deviceId, kind, zone } of home.devices) {
    if (kind === 'sos_button') {
      press = { topic: topic(deviceId, 'sos'), tails: [',"action":"press"}'] };
      ordinary.push({
        topic: topic(deviceId, 'status'),
        tails: [`,"online":true,"rssiDbm":-${random.int(50, 80)}}`],
      });
    } else if (kind === 'pir' || kind === 'door') {
      const seen = (occupied: boolean): string =>
        `,"sensor":"${kind}","zone":"${zone ?? 'living_room'}","occupied":${String(occupied)}}`;
      ordinary.push({ topic: topic(deviceId, 'presence'), tails: [seen(true), seen(false)] });
    } else {
      const measured = (): string =>
        `,"heartRateBpm":${random.int(62, 84)},"spo2Pct":${random.int(96, 99)},"quality":0.9}`;
      ordinary.push({
        topic: topic(deviceId, 'vitals'),
        tails: [measured(), measured(), measured(), measured()],
      });
    }
  }
  const [first, ...rest] = ordinary;
  if (first === undefined) throw new Error(`${home.homeId} has no devices`);
  return { ordinary: [first, ...rest], press };
}
