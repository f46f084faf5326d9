import { csvRows, type Dataset, type Recording, recordedTime } from './dataset.ts';

const BEIJING_MS = 8 * 3_600_000;
/** What a phone of those years was good for; the recording does not say. */
const ACCURACY_M = 15;

/** GeoLife: `user,trajectory,utc,lat,lon`, WGS-84, one walker a home. */
export const geolife: Dataset = {
  name: 'geolife',
  title: 'GeoLife: months of positions, one walker a home',
  folder: 'geolife-subset',
  files: ['points_30s.csv.gz'],
  read: ([text = ''], limit) => {
    const walkers = new Map<string, Recording>();
    for (const [user = '', , utc = '', lat, lon] of csvRows(text)) {
      let walker = walkers.get(user);
      if (walker === undefined) {
        if (walkers.size === limit) continue;
        walker = { name: user, sensors: [{ sensor: 'locator', kind: 'locator' }], events: [] };
        walkers.set(user, walker);
      }
      const atMs = recordedTime(utc) + BEIJING_MS;
      if (Number.isNaN(atMs)) continue;
      walker.events.push({
        atMs,
        sensor: 'locator',
        channel: 'location',
        body: { lat: Number(lat), lon: Number(lon), accuracyM: ACCURACY_M },
      });
    }
    return [...walkers.values()];
  },
};
