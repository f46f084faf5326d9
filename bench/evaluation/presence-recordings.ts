import { zoneOf } from '../../ingest/detectors/zones.ts';
import type { DeviceProfile } from '../../ingest/detectors/detector.ts';
import { csvRows, lines } from './csv.ts';

/** A home as it was recorded: who said what when. Local times are read as UTC. Pure parsers, one per dataset. */
export interface PresenceRecording {
  name: string;
  devices: DeviceProfile[];
  /** In order of time. */
  events: PresenceRecord[];
  /** When the resident was out, by the labels of whoever recorded it, ms. */
  out: readonly (readonly [number, number])[];
}

export interface PresenceRecord {
  at: number;
  deviceId: string;
  sensor: 'pir' | 'door' | 'bed';
  zone: string;
  occupied: boolean;
}

const DAY_MS = 86_400_000;
export const daysOf = ({ events }: PresenceRecording): number =>
  ((events.at(-1)?.at ?? 0) - (events[0]?.at ?? 0)) / DAY_MS;

const asUtc = (text: string): number => {
  const [date = '', time = ''] = text.trim().split(/[ T]/);
  const [h = '0', m = '0', s = '0'] = time.split(':');
  return Date.parse(`${date}T00:00:00Z`) + Math.round((Number(h) * 3600 + Number(m) * 60 + Number(s)) * 1000);
};

function assembled(name: string, records: PresenceRecord[], out: [number, number][]): PresenceRecording {
  const events = records.toSorted((a, b) => a.at - b.at);
  const devices = new Map<string, DeviceProfile>();
  for (const { deviceId, sensor, zone } of events)
    if (!devices.has(deviceId)) devices.set(deviceId, { deviceId, kind: sensor, zone });
  return { name, devices: [...devices.values()], events, out };
}

/**
 * CASAS HH (AL-Smarthome): `date time area sensor value activity`, ON/OFF of area infrared, OPEN/CLOSE of the front door.
 * Light switches are left out: a lamp is no person.
 */
export function casasHome(text: string): PresenceRecording {
  const records: PresenceRecord[] = [];
  const out: [number, number][] = [];
  let leftAt: number | undefined;
  for (const line of lines(text)) {
    const [date = '', time = '', area = '', sensor = '', value = '', activity = ''] = line
      .trim()
      .split(/\s+/);
    if (sensor.endsWith('Light')) continue;
    const at = asUtc(`${date} ${time}`);
    const isDoor = value === 'OPEN' || value === 'CLOSE';
    records.push({
      at,
      deviceId: sensor,
      sensor: isDoor ? 'door' : 'pir',
      zone: zoneOf(isDoor ? area : sensor),
      occupied: value === 'ON' || value === 'OPEN',
    });
    if (activity === 'Leave_Home') leftAt = at;
    else if (activity === 'Enter_Home' && leftAt !== undefined) {
      out.push([leftAt, at]);
      leftAt = undefined;
    }
  }
  return assembled('CASAS HH (20 days)', records, out);
}

const ARUBA_ZONES: Record<string, string> = {
  Sleeping: 'bedroom',
  Bed_to_Toilet: 'bathroom',
  Meal_Preparation: 'kitchen',
  Eating: 'dining',
  Wash_Dishes: 'kitchen',
  Relax: 'living',
  Work: 'office',
  Housekeeping: 'living',
  Respirate: 'living',
};

/**
 * CASAS Aruba: only intervals of activities survive, with their counts of motion events; these are spread evenly over
 * the interval. A reconstruction: good for routines over months, not for single minutes.
 */
export function arubaHome(intervalsCsv: string): PresenceRecording {
  const records: PresenceRecord[] = [];
  const out: [number, number][] = [];
  const rows = csvRows(intervalsCsv)
    .map((row) => ({
      activity: row.activity ?? '',
      from: asUtc(row.start ?? ''),
      to: asUtc(row.end ?? ''),
      motions: Number(row.motion_events ?? 0),
    }))
    .sort((a, b) => a.from - b.from);
  let leftAt: number | undefined;
  for (const { activity, from, to, motions } of rows) {
    if (activity === 'Leave_Home' || activity === 'Enter_Home') {
      for (const [at, occupied] of [
        [from, true],
        [to, false],
      ] as const)
        records.push({ at, deviceId: 'front-door', sensor: 'door', zone: 'entrance', occupied });
      if (activity === 'Leave_Home') leftAt = to;
      else if (leftAt !== undefined) {
        out.push([leftAt, from]);
        leftAt = undefined;
        records.push({
          at: to + 6_000,
          deviceId: 'pir-entrance',
          sensor: 'pir',
          zone: 'entrance',
          occupied: true,
        });
      }
      continue;
    }
    const zone = ARUBA_ZONES[activity] ?? 'living';
    const n = Math.max(2, Math.min(200, motions));
    for (let i = 0; i < n; i++)
      records.push({
        at: from + Math.round(((to - from) * i) / (n - 1)),
        deviceId: `pir-${zone}`,
        sensor: 'pir',
        zone,
        occupied: true,
      });
  }
  return assembled('CASAS Aruba (220 days, from intervals)', records, out);
}

const KASTEREN_ZONES: Record<string, string> = {
  Frontdoor: 'entrance',
  'Hall-Bathroom door': 'bathroom',
  'Hall-Toilet door': 'bathroom',
  ToiletFlush: 'bathroom',
  'Hall-Bedroom door': 'bedroom',
};

/** Van Kasteren, house A: contacts of doors, cupboards and machines; each firing is an opening and a closing. */
export function kasterenHome(sensorsCsv: string, activitiesCsv: string): PresenceRecording {
  const records = csvRows(sensorsCsv).flatMap(({ name = '', start = '', end = '' }): PresenceRecord[] => {
    const base = {
      deviceId: name.replaceAll(/\W+/g, '-'),
      sensor: 'door' as const,
      zone: KASTEREN_ZONES[name] ?? 'kitchen',
    };
    return [
      { ...base, at: asUtc(start), occupied: true },
      { ...base, at: asUtc(end), occupied: false },
    ];
  });
  const out = csvRows(activitiesCsv)
    .filter(({ name }) => name === 'leave house')
    .map(({ start = '', end = '' }): [number, number] => [asUtc(start), asUtc(end)]);
  return assembled('van Kasteren house A (27 days)', records, out);
}

/** MIT PlaceLab: switches fired during labelled activities (blocks of five lines); the foyer's or hallway's door is the home's. */
export function placelabHome(name: string, sensorsCsv: string, activitiesText: string): PresenceRecording {
  const places = new Map<string, string>();
  for (const line of lines(sensorsCsv)) {
    const [id = '', room = '', object = ''] = line.split(',').map((field) => field.trim());
    const isHomesDoor = object === 'Door' && (room === 'Foyer' || room === 'Hallway');
    places.set(id, isHomesDoor ? 'entrance' : zoneOf(room));
  }
  const records: PresenceRecord[] = [];
  const out: [number, number][] = [];
  const all = [...lines(activitiesText)];
  for (let i = 0; i + 4 < all.length; i += 5) {
    const [activity = '', date = '', from = '', to = ''] = (all[i] ?? '').split(',');
    const [month = '1', day = '1', year = '2003'] = date.split('/');
    // `Date.UTC` also reads the 31st of April, which this recording has.
    const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
    const at = (clock: string): number => {
      const [h = '0', m = '0', s = '0'] = clock.split(':');
      return midnight + (Number(h) * 3600 + Number(m) * 60 + Number(s)) * 1000;
    };
    if (activity.startsWith('Going out')) out.push([at(from), at(to)]);
    const ids = (all[i + 1] ?? '').split(',');
    const starts = (all[i + 3] ?? '').split(',');
    ids.forEach((id, k) => {
      const zone = places.get(id);
      const start = starts[k];
      if (zone !== undefined && start !== undefined)
        records.push({ at: at(start), deviceId: `switch-${id}`, sensor: 'door', zone, occupied: true });
    });
  }
  return assembled(name, records, out);
}
