/** Rooms that rules speak of, by whatever name installers and vendors give them. Any other name is a room like the living room. */
export type Zone = 'bathroom' | 'bedroom' | 'kitchen' | 'living' | 'entrance' | (string & {});

const NAMES: readonly (readonly [zone: Zone, pattern: RegExp])[] = [
  ['bathroom', /bath|toilet|wc$|washroom|restroom|shower|lavatory|卫|厕|浴|洗手/],
  ['bedroom', /bed|卧|床|睡/],
  ['kitchen', /kitchen|厨/],
  ['entrance', /entr|entry|front|outside|foyer|^door$|main.?door|大门|门口|入户|玄关|进门/],
  ['living', /living|lounge|sofa|客厅|起居/],
];
const PLAIN: readonly string[] = NAMES.map(([zone]) => zone);

/** What has been read already: a home has few rooms, and a district few names for them. */
const read = new Map<string, Zone>();
const MOST_READ = 1_000;

export function zoneOf(name: string | undefined): Zone {
  if (name === undefined) return 'unknown';
  if (PLAIN.includes(name)) return name;
  const known = read.get(name);
  if (known !== undefined) return known;
  const text = name.trim().toLowerCase();
  const zone = NAMES.find(([, pattern]) => pattern.test(text))?.[0] ?? text;
  if (read.size < MOST_READ) read.set(name, zone);
  return zone;
}

/** As the operator reads them. */
const WORDS: Readonly<Record<string, string>> = {
  bathroom: '卫生间',
  bedroom: '卧室',
  kitchen: '厨房',
  living: '客厅',
  entrance: '门口',
  unknown: '未知位置',
};
export const zoneName = (zone: string): string => WORDS[zone] ?? zone;
