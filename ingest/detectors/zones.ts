/** Rooms that rules speak of, by whatever name installers and vendors give them. Any other name is a room like the living room. */
export type Zone = 'bathroom' | 'bedroom' | 'kitchen' | 'living' | 'entrance' | (string & {});

const NAMES: readonly (readonly [zone: Zone, pattern: RegExp])[] = [
  ['bathroom', /bath|toilet|wc$|washroom|restroom|shower|lavatory|卫|厕|浴|洗手/],
  ['bedroom', /bed|卧|床|睡/],
  ['kitchen', /kitchen|厨/],
  ['entrance', /entr|entry|front|outside|foyer|^door$|main.?door|大门|门口|入户|玄关|进门/],
  ['living', /living|lounge|sofa|客厅|起居/],
];

const known = new Map<string, Zone>();
const MOST_KNOWN = 1000;

export function zoneOf(name: string | undefined): Zone {
  if (name === undefined) return 'unknown';
  const found = known.get(name);
  if (found !== undefined) return found;
  const text = name.trim().toLowerCase();
  const zone = NAMES.find(([, pattern]) => pattern.test(text))?.[0] ?? text;
  // Only a memory of what the pure function says; bounded, since names come from outside.
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(name, zone);
  return zone;
}
