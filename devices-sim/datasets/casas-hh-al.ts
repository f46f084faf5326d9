import {
  type Dataset,
  presence,
  type RecordedEvent,
  type RecordedSensor,
  recordedTime,
  slug,
} from './dataset.ts';

/** Area sensors and the front door; lights tell nothing of where the person is. */
const SENSORS: Record<string, { kind: 'pir' | 'door'; zone: string }> = {
  Bathroom: { kind: 'pir', zone: 'bathroom' },
  Bedroom: { kind: 'pir', zone: 'bedroom' },
  Kitchen: { kind: 'pir', zone: 'kitchen' },
  LivingRoom: { kind: 'pir', zone: 'living_room' },
  WorkArea: { kind: 'pir', zone: 'study' },
  Closet: { kind: 'pir', zone: 'closet' },
  Entry: { kind: 'pir', zone: 'entrance' },
  FrontDoor: { kind: 'door', zone: 'entrance' },
};

const sensors: RecordedSensor[] = Object.entries(SENSORS).map(([sensor, device]) => ({
  sensor: slug(sensor),
  ...device,
}));

/** CASAS, one home for a month: `date time detail sensor value activity` a line. */
export const casasHhAl: Dataset = {
  name: 'casas-hh-al',
  title: 'CASAS: one home, PIR and doors, every event labelled',
  folder: 'casas-hh-al',
  files: ['data.txt'],
  read: ([text = '']) => [{ name: 'hh-al', sensors, events: text.split('\n').flatMap(readLine) }],
};

function readLine(line: string): RecordedEvent[] {
  const [date, time, , sensor, value, activity] = line.trim().split(/\s+/);
  const device = SENSORS[sensor ?? ''];
  if (date === undefined || time === undefined || sensor === undefined || device === undefined) return [];
  const atMs = recordedTime(`${date} ${time}`);
  if (Number.isNaN(atMs)) return [];
  const event = presence(atMs, slug(sensor), device.kind, device.zone, value === 'ON' || value === 'OPEN');
  return [activity === undefined ? event : { ...event, label: activity }];
}
