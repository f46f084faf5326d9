import { type Dataset, inOrder, presence, type RecordedEvent, type Recording, slug } from './dataset.ts';

const ZONES: Record<string, string> = { 'Office/study': 'study', Foyer: 'entrance', Porch: 'entrance' };
const zoneOf = (location: string): string => ZONES[location] ?? slug(location).replaceAll('-', '_');
const DAY_MS = 86_400_000;

/**
 * MIT, two flats with reed switches on doors, drawers and taps. Blocks of five lines: activity, date, start, end / sensor ids /
 * names / times on / times off. An off before its on belongs to the next day.
 */
export const mitPlacelab: Dataset = {
  name: 'mit-placelab',
  title: 'MIT PlaceLab: two flats for two weeks, reed switches',
  folder: 'mit-placelab',
  files: [
    'subject1_sensors.csv',
    'subject1_activities_data.csv',
    'subject2_sensors.csv',
    'subject2_activities_data.csv',
  ],
  read: ([sensors1 = '', data1 = '', sensors2 = '', data2 = ''], limit) =>
    [readSubject('subject-1', sensors1, data1), readSubject('subject-2', sensors2, data2)].slice(0, limit),
};

function readSubject(name: string, sensorText: string, dataText: string): Recording {
  const zones = new Map<string, string>();
  for (const line of sensorText.split('\n')) {
    const [id, location] = line.trim().split(',');
    if (id !== undefined && /^\d+$/.test(id) && location !== undefined) zones.set(id, zoneOf(location));
  }
  const lines = dataText.split(/\r?\n/);
  const events: RecordedEvent[] = [];
  for (let i = 0; i + 4 < lines.length; i += 5) events.push(...readBlock(lines.slice(i, i + 5), zones));
  return {
    name,
    sensors: [...zones].map(([id, zone]) => ({ sensor: `s${id}`, kind: 'door', zone })),
    events: inOrder(events),
  };
}

function readBlock(block: readonly string[], zones: ReadonlyMap<string, string>): RecordedEvent[] {
  const [head = [], ids = [], , on = [], off = []] = block.map((line) => line.split(','));
  const [activity = '', date = ''] = head;
  return ids.flatMap((id, index) => {
    const zone = zones.get(id);
    const from = timeOn(date, on[index] ?? '');
    const to = timeOn(date, off[index] ?? '');
    if (zone === undefined || Number.isNaN(from) || Number.isNaN(to)) return [];
    return [
      { ...presence(from, `s${id}`, 'door', zone, true), label: activity },
      { ...presence(to < from ? to + DAY_MS : to, `s${id}`, 'door', zone, false), label: activity },
    ];
  });
}

/** `4/1/2003`, `20:5:52` → ms, read as UTC. */
function timeOn(date: string, time: string): number {
  const [month, day, year] = date.split('/').map(Number);
  const [hour, minute, second] = time.split(':').map(Number);
  if ([month, day, year, hour, minute, second].some((part) => part === undefined || Number.isNaN(part)))
    return NaN;
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
}
