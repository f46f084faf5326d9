import {
  csvRows,
  type Dataset,
  inOrder,
  presence,
  type RecordedSensor,
  recordedTime,
  slug,
} from './dataset.ts';

const ZONES: Record<string, string> = {
  'Hall-Bathroom door': 'bathroom',
  'Hall-Toilet door': 'toilet',
  ToiletFlush: 'toilet',
  'Hall-Bedroom door': 'bedroom',
  Frontdoor: 'entrance',
  Fridge: 'kitchen',
  Freezer: 'kitchen',
  Microwave: 'kitchen',
  Dishwasher: 'kitchen',
  Washingmachine: 'bathroom',
  'Groceries Cupboard': 'kitchen',
  'Plates cupboard': 'kitchen',
  'Cups cupboard': 'kitchen',
  'Pans Cupboard': 'kitchen',
};

const sensors: RecordedSensor[] = Object.entries(ZONES).map(([name, zone]) => ({
  sensor: slug(name),
  kind: 'door',
  zone,
}));

/** Van Kasteren's house A: switches, `start,end,name` a line; open while the switch is. */
export const kasteren: Dataset = {
  name: 'kasteren',
  title: 'Van Kasteren, house A: 28 days of door and cupboard switches',
  folder: 'kasteren-houseA',
  files: ['sensors.csv'],
  read: ([text = '']) => [
    {
      name: 'house-a',
      sensors,
      events: inOrder(
        [...csvRows(text)].flatMap(([start = '', end = '', name = '']) => {
          const zone = ZONES[name];
          const [from, to] = [recordedTime(start), recordedTime(end)];
          if (zone === undefined || !(to >= from)) return [];
          return [
            presence(from, slug(name), 'door', zone, true),
            presence(to, slug(name), 'door', zone, false),
          ];
        }),
      ),
    },
  ],
};
