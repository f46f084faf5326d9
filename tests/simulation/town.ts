import type { Random } from '../../devices-sim/random.ts';
import type { RegistryHome } from '../../ingest/store/registry-rows.ts';
import type { PolicyRow } from '../../alerts/policy.ts';
import { type CaregiverRole } from '../../schemas/registry.ts';
import { STREETS } from '../../schemas/streets.ts';

export interface TownHome {
  readonly registered: RegistryHome;
  readonly lat: number;
  readonly lon: number;
}
export interface TownCaregiver {
  readonly id: string;
  readonly role: CaregiverRole;
  readonly stars: number;
  readonly lat: number;
  readonly lon: number;
  readonly shifts: readonly unknown[];
}
/** Who lives where with what, and who could be sent: the registry, as it stands for a whole run. */
export interface Town {
  readonly homes: ReadonlyMap<string, TownHome>;
  /** By number. */
  readonly homeIds: readonly (string | undefined)[];
  readonly deviceIds: readonly (string | undefined)[];
  readonly caregivers: ReadonlyMap<string, TownCaregiver>;
  readonly policies: readonly PolicyRow[];
}

const HOMES_PER_CAREGIVER = 40;
const FEWEST_CAREGIVERS = 8;
const ROLES: readonly [CaregiverRole, ...CaregiverRole[]] = [
  'care_worker',
  'care_worker',
  'nurse',
  'property_staff',
  'community_officer',
  'technician',
  'social_worker',
];
const weekly = (start: string, end: string) => ({
  from: null,
  to: null,
  weekly: { days: [1, 2, 3, 4, 5, 6, 7], start, end },
  off: false,
});

/** A watch, or a button with a motion sensor; some with a screen that can ask, some with a meter. */
function devicesOf(
  random: Random,
  homeId: string,
): { kind: string; deviceId: string; zone: string | null }[] {
  const of = (kind: string, zone: string | null = null) => ({ kind, deviceId: `${homeId}-${kind}`, zone });
  const devices = random.chance(0.8) ? [of('wearable')] : [of('sos_button', 'bedroom'), of('pir', 'living')];
  if (random.chance(0.25)) devices.push(of('smart_screen'));
  if (random.chance(0.3)) devices.push(of('health_monitor'));
  return devices;
}

export function makeTown(random: Random, homeCount: number): Town {
  const homes = new Map<string, TownHome>();
  const homeIds: (string | undefined)[] = [undefined];
  const deviceIds: (string | undefined)[] = [undefined];
  const place = (source: Random) => ({
    lat: 22.54 + source.between(-0.04, 0.04),
    lon: 114.05 + source.between(-0.05, 0.05),
  });
  for (let no = 1; no <= homeCount; no += 1) {
    const homeId = `h${no}`;
    const source = random.fork(homeId);
    const devices = devicesOf(source, homeId).map((device) => {
      deviceIds.push(device.deviceId);
      return { ...device, deviceNo: deviceIds.length - 1, externalId: null };
    });
    const residents = Array.from({ length: source.chance(0.25) ? 2 : 1 }, (_, i) => ({
      residentId: `${homeId}-r${i + 1}`,
      spo2Scale: 1,
      mode: 'home',
      modeUntil: null,
      settings: {},
      version: 1,
      retired: false,
    }));
    const street = STREETS[no % STREETS.length]?.zh ?? STREETS[0].zh;
    homes.set(homeId, {
      registered: { homeId, homeNo: no, street, version: 1, residents, devices },
      ...place(source),
    });
    homeIds.push(homeId);
  }
  const caregivers = new Map<string, TownCaregiver>();
  const count = Math.max(FEWEST_CAREGIVERS, Math.ceil(homeCount / HOMES_PER_CAREGIVER));
  for (let no = 1; no <= count; no += 1) {
    const source = random.fork(`caregiver-${no}`);
    const role = ROLES[(no - 1) % ROLES.length] ?? ROLES[0];
    const shifts = [source.chance(0.4) ? weekly('00:00', '00:00') : weekly('07:00', '20:00')];
    caregivers.set(`c${no}`, { id: `c${no}`, role, stars: source.int(1, 5), shifts, ...place(source) });
  }
  const policies: PolicyRow[] = [
    {
      id: 'inactivity-by-role',
      version: 1,
      kinds: ['inactivity', 'overstay'],
      steps: [
        { afterS: 60, to: 'contacts' },
        { afterS: 30, to: 'shift', acceptWithinS: 45, repeat: 1 },
        { afterS: 0, to: 'supervisor', repeat: 2 },
      ],
    },
  ];
  return { homes, homeIds, deviceIds, caregivers, policies };
}
