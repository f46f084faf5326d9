import type { HomeProfile, ResolvedSettings } from './detectors/detector.ts';
import { DETECTION_DEFAULTS } from '../schemas/detection-defaults.ts';
import { ASKING_KINDS, DEVICE_KINDS, type Mode, type ResidentSettings } from '../schemas/registry.ts';

export const DEFAULT_SETTINGS: ResolvedSettings = { ...DETECTION_DEFAULTS, fence: null };

export interface HomeFactsRow {
  homeId: string;
  street: string;
  version: number;
  settings?: ResidentSettings;
  streetSettings?: ResidentSettings;
  streetsVersion?: number;
}
export interface ResidentRow {
  spo2Scale: number;
  mode: string;
  modeUntil: number | null;
  settings: ResidentSettings;
  version: number;
  retired: boolean;
}
export interface DeviceRow {
  deviceId: string;
  kind: string;
  zone: string | null;
  model?: string | null;
}

/** What detectors may know of a home, from its rows in the registry. Pure; `now` says which modes are over. */
export function profileOf(
  home: HomeFactsRow,
  residents: readonly ResidentRow[],
  devices: readonly DeviceRow[],
  now: number,
): HomeProfile {
  const living = residents.filter((resident) => !resident.retired);
  const { mode, modeUntil } = modeOf(living, now);
  return {
    homeId: home.homeId,
    street: home.street,
    mode,
    modeUntil,
    spo2Scale: living.length > 0 && living.every((resident) => resident.spo2Scale === 2) ? 2 : 1,
    settings: settingsInForce(home, living),
    // Retired residents count on, and so do other streets: the sum must not go down when somebody leaves or moves.
    settingsVersion: residents.reduce(
      (sum, { version }) => sum + version,
      home.version + (home.streetsVersion ?? 0),
    ),
    canAsk: devices.some(({ kind }) => ASKING_KINDS.includes(kind)),
    devices: new Map(
      devices.map(({ deviceId, kind, zone, model }) => [
        deviceId,
        { deviceId, kind: kindWord(kind), ...(zone !== null && { zone }), ...(model != null && { model }) },
      ]),
    ),
    residents: living.length,
  };
}

const AWAY: readonly string[] = ['leave', 'hospital'];

/** A test or maintenance of anybody is the home's; away is who has nobody left at home. */
function modeOf(residents: readonly ResidentRow[], now: number): { mode: Mode; modeUntil: number | null } {
  const inForce = residents.map((resident) =>
    resident.modeUntil !== null && resident.modeUntil <= now ? 'home' : resident.mode,
  );
  for (const mode of ['test', 'maintenance'] as const) {
    const untils = residents.flatMap(({ modeUntil }, i) => (inForce[i] === mode ? [modeUntil] : []));
    if (untils.length > 0)
      return {
        mode,
        modeUntil: untils.every((until) => until !== null) ? Math.max(...untils) : null,
      };
  }
  if (residents.length === 0 || !inForce.every((mode) => AWAY.includes(mode)))
    return { mode: 'home', modeUntil: null };
  // The first to return ends it.
  const untils = residents.flatMap(({ modeUntil }) => (modeUntil === null ? [] : [modeUntil]));
  return {
    mode: (inForce[0] ?? 'home') as Mode,
    modeUntil: untils.length > 0 ? Math.min(...untils) : null,
  };
}

/** Default → street → home → resident, whichever is nearest and says something; of several residents the most careful. */
function settingsInForce(home: HomeFactsRow, living: readonly ResidentRow[]): ResolvedSettings {
  const shared = { ...home.streetSettings, ...home.settings };
  const settings = mostCareful(
    living.length === 0 ? [shared] : living.map(({ settings: own }) => ({ ...shared, ...own })),
  );
  // Nearly every home: one object for all of them, which every event looks into
  return JSON.stringify(settings) === DEFAULT_TEXT ? DEFAULT_SETTINGS : settings;
}

const DEFAULT_TEXT = JSON.stringify(DEFAULT_SETTINGS);

/** The schema's own word: texts of the database are new ones each time, and the kind is compared many times an event. */
export const kindWord = (kind: string): string => DEVICE_KINDS.find((word) => word === kind) ?? kind;

/** Of several residents the shortest limit, the longest waking day, the smallest fence. */
export function mostCareful(all: readonly ResidentSettings[]): ResolvedSettings {
  const least = (
    name: 'bathroomDayMin' | 'bathroomNightMin' | 'bedroomMin' | 'inactivityMin' | 'outOfBedNightMin',
  ) =>
    all.length === 0
      ? DEFAULT_SETTINGS[name]
      : Math.min(...all.map((settings): number => settings[name] ?? DEFAULT_SETTINGS[name]));
  const waking = all.map(
    (settings): readonly [string, string] => settings.wakingHours ?? DEFAULT_SETTINGS.wakingHours,
  );
  const fences = all.flatMap(({ fence }) => (fence ? [fence] : []));
  const windows = all.map((settings): number => settings.verifyWindowS ?? DEFAULT_SETTINGS.verifyWindowS);
  return {
    bathroomDayMin: least('bathroomDayMin'),
    bathroomNightMin: least('bathroomNightMin'),
    bedroomMin: least('bedroomMin'),
    inactivityMin: least('inactivityMin'),
    outOfBedNightMin: least('outOfBedNightMin'),
    fence: fences.toSorted((a, b) => a.radiusM - b.radiusM)[0] ?? null,
    wakingHours:
      waking.length === 0
        ? DEFAULT_SETTINGS.wakingHours
        : [
            waking.map(([from]) => from).toSorted()[0] ?? '07:00',
            waking
              .map(([, to]) => to)
              .toSorted()
              .at(-1) ?? '22:00',
          ],
    verifyWindowS: windows.length === 0 ? DEFAULT_SETTINGS.verifyWindowS : Math.min(...windows),
  };
}

/** A mode has ended by itself. */
export const homeAgain = (profile: HomeProfile): HomeProfile => ({
  ...profile,
  mode: 'home',
  modeUntil: null,
});

/** The profile with the mode that is in force at that time. */
export const profileAt = (profile: HomeProfile, now: number): HomeProfile =>
  profile.modeUntil !== null && profile.modeUntil <= now ? homeAgain(profile) : profile;
