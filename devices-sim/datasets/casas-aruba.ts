import { csvRows, type Dataset, inOrder, presence, type RecordedEvent, recordedTime } from './dataset.ts';

/** Where an activity takes place, and what would notice it; the raw sensor file is not among the data. */
const PLACES: Record<string, { sensor: string; kind: 'pir' | 'door' | 'bed'; zone: string }> = {
  Sleeping: { sensor: 'bed', kind: 'bed', zone: 'bedroom' },
  Bed_to_Toilet: { sensor: 'bathroom', kind: 'pir', zone: 'bathroom' },
  Meal_Preparation: { sensor: 'kitchen', kind: 'pir', zone: 'kitchen' },
  Wash_Dishes: { sensor: 'kitchen', kind: 'pir', zone: 'kitchen' },
  Eating: { sensor: 'dining', kind: 'pir', zone: 'dining_room' },
  Relax: { sensor: 'living', kind: 'pir', zone: 'living_room' },
  Work: { sensor: 'study', kind: 'pir', zone: 'study' },
  Leave_Home: { sensor: 'door', kind: 'door', zone: 'entrance' },
  Enter_Home: { sensor: 'door', kind: 'door', zone: 'entrance' },
};

const sensors = [...new Map(Object.values(PLACES).map((place) => [place.sensor, place])).values()];

/** CASAS Aruba, 220 days of activity intervals: each begins and ends as presence in its room. */
export const casasAruba: Dataset = {
  name: 'casas-aruba',
  title: 'CASAS Aruba: seven months of an elderly woman living alone, activity intervals',
  folder: 'casas-aruba-activities',
  files: ['aruba_intervals.csv'],
  read: ([text = '']) => [
    { name: 'aruba', sensors, events: inOrder([...csvRows(text)].flatMap(readInterval)) },
  ],
};

function readInterval([activity = '', start = '', end = '']: string[]): RecordedEvent[] {
  const place = PLACES[activity];
  const [from, to] = [recordedTime(start), recordedTime(end)];
  if (place === undefined || !(to >= from)) return [];
  return [
    { ...presence(from, place.sensor, place.kind, place.zone, true), label: activity },
    { ...presence(to, place.sensor, place.kind, place.zone, false), label: activity },
  ];
}
