import { type Vehicle, VEHICLES } from '../schemas/registry.ts';

/** An OSRM-compatible service that knows the ways; without, they are reckoned by straight line. */
export interface TravelTimeSettings {
  /** May hold `{profile}`: one server for each mode, as OSRM is usually run. */
  readonly url: string;
  /** Name of the profile by how somebody comes. */
  readonly profiles: Readonly<Record<Vehicle, string>>;
  /** For all that one question needs. */
  readonly timeoutMs: number;
}

/** As the profiles that OSRM ships are called; it knows no electric bicycle. */
const USUAL_PROFILES = { foot: 'foot', bicycle: 'bike', e_bike: 'bike', car: 'car' };
const USUAL_TIMEOUT_MS = 400;
/** Somebody waits for an offer meanwhile. */
const LONGEST_TIMEOUT_MS = 5_000;

/** TRAVEL_TIME_URL and what goes with it; a problem never repeats the value, for it may hold a key. */
export function travelTimesOf(
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): TravelTimeSettings | undefined {
  const given = (name: string): string => env[name]?.trim() ?? '';
  const url = given('TRAVEL_TIME_URL');
  if (url === '') {
    const set = ['TRAVEL_TIME_PROFILES', 'TRAVEL_TIME_TIMEOUT_MS'].filter((name) => given(name) !== '');
    if (set.length > 0) problems.push(`TRAVEL_TIME_URL: is needed by ${set.join(', ')}`);
    return undefined;
  }
  const parsed = URL.parse(url.replaceAll('{profile}', 'p'));
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.search !== '')
    problems.push(
      'TRAVEL_TIME_URL: must be an address http(s)://… without a query, which may hold {profile}',
    );
  const profiles = profilesOf(given('TRAVEL_TIME_PROFILES'));
  if (profiles === undefined)
    problems.push(`TRAVEL_TIME_PROFILES: must be a list as foot=foot,e_bike=bike, of ${VEHICLES.join(', ')}`);
  const timeoutMs = Number(given('TRAVEL_TIME_TIMEOUT_MS') || String(USUAL_TIMEOUT_MS));
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > LONGEST_TIMEOUT_MS)
    problems.push(`TRAVEL_TIME_TIMEOUT_MS: must be a whole number, 1 to ${LONGEST_TIMEOUT_MS}`);
  return { url, profiles: { ...USUAL_PROFILES, ...profiles }, timeoutMs };
}

function profilesOf(text: string): Partial<Record<Vehicle, string>> | undefined {
  const profiles: Partial<Record<Vehicle, string>> = {};
  for (const item of text.split(',').filter((part) => part.trim() !== '')) {
    const [mode = '', name = '', ...more] = item.split('=').map((part) => part.trim());
    const vehicle = VEHICLES.find((one) => one === mode);
    if (vehicle === undefined || more.length > 0 || !/^[A-Za-z0-9_-]{1,64}$/.test(name)) return undefined;
    profiles[vehicle] = name;
  }
  return profiles;
}
