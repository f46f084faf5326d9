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

/** One device's message but for its head: `{"id":"` + id + `","ts":` + ms + tail. */
export interface Told {
  topic: string;
  tail: string;
}

const VITALS_KINDS = 64;
const VITALS = vitalsTails();

/**
 * What a home tells as its `number`th ordinary message, device after device: presence mostly, vitals, a status now and then. Made
 * anew each time from what all homes share: kept ready for each home it would be most of a client's memory.
 */
export function ordinaryOf(home: LoadHome, number: number): Told {
  const device = home.devices[number % home.devices.length];
  if (device === undefined) throw new Error(`${home.homeId} has no devices`);
  const round = Math.floor(number / home.devices.length);
  const topic = (channel: string): string => `care/v1/${home.homeId}/${device.deviceId}/${channel}`;
  switch (device.kind) {
    case 'sos_button':
      return { topic: topic('status'), tail: `,"online":true,"rssiDbm":-${50 + (round % 30)}}` };
    case 'pir':
    case 'door':
      return {
        topic: topic('presence'),
        tail: `,"sensor":"${device.kind}","zone":"${device.zone ?? 'living_room'}","occupied":${round % 2 === 0}}`,
      };
    case 'health_monitor':
    case 'wearable':
      return { topic: topic('vitals'), tail: VITALS[(round + home.homeId.length) % VITALS_KINDS] ?? '}' };
  }
}

/** A call for help; undefined if the home has no button. */
export function pressOf(home: LoadHome): Told | undefined {
  const button = home.devices.find(({ kind }) => kind === 'sos_button');
  return button && { topic: `care/v1/${home.homeId}/${button.deviceId}/sos`, tail: ',"action":"press"}' };
}

/** Of healthy people: a load is no epidemic. */
function vitalsTails(): string[] {
  const random = randomOf('vitals');
  return Array.from(
    { length: VITALS_KINDS },
    () => `,"heartRateBpm":${random.int(62, 84)},"spo2Pct":${random.int(96, 99)},"quality":0.9}`,
  );
}
