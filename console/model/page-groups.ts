/** The supervisor's menu in five groups, each found without reading the others. Pure. */
export type PageGroup = 'live' | 'people' | 'care' | 'rules' | 'system';
const GROUP_OF: Readonly<Record<string, PageGroup>> = {
  wall: 'live',
  orders: 'live',
  days: 'live',
  reports: 'live',
  settlement: 'live',
  caregivers: 'care',
  shifts: 'care',
  duties: 'care',
  organisations: 'care',
  'visit-plans': 'care',
  vouchers: 'care',
  'time-bank': 'care',
  policies: 'rules',
  protocols: 'rules',
  rules: 'rules',
  'contact-rules': 'rules',
  'street-settings': 'rules',
  users: 'system',
  bridges: 'system',
  codecs: 'system',
  notices: 'system',
  retention: 'system',
  exchange: 'system',
  'dead-letters': 'system',
  audit: 'system',
  account: 'system',
};
const ORDER: readonly PageGroup[] = ['live', 'people', 'care', 'rules', 'system'];
/** So many entries stand in a window of 900 px with their groups all open; more are folded, one group open at a time. */
const STANDING = 18;
export const isFolded = (pages: readonly string[]): boolean => pages.length > STANDING;
export const groupOf = (page: string): PageGroup => GROUP_OF[page] ?? 'people';

/** A page that nobody has put anywhere is about people and things: the registry. */
export function pageGroups(pages: readonly string[]): { group: PageGroup; pages: string[] }[] {
  return ORDER.flatMap((group) => {
    const here = pages.filter((page) => groupOf(page) === group);
    return here.length > 0 ? [{ group, pages: here }] : [];
  });
}

/** Weekdays, Monday = 1, as runs: `[1,2,3,5]` → `[[1,3],[5,5]]`. */
export function dayRuns(days: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const day of days.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && last[1] === day - 1) last[1] = day;
    else runs.push([day, day]);
  }
  return runs;
}
