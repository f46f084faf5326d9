import type { Channel, Payload } from '../../schemas/channels.ts';
import type { DeviceEvent } from '../../schemas/inbound.ts';
import type {
  DeviceProfile,
  HomeProfile,
  LocalTime,
  ResolvedSettings,
} from '../../ingest/detectors/detector.ts';

/** A home as the registry would describe it, with the starting values of budgets.md, for playing recordings. */
export const DEFAULT_SETTINGS: ResolvedSettings = {
  bathroomDayMin: 60,
  bathroomNightMin: 30,
  bedroomMin: 600,
  inactivityMin: 240,
  outOfBedNightMin: 45,
  fence: null,
  wakingHours: ['07:00', '22:00'],
  verifyWindowS: 20,
};

export const homeProfile = (
  devices: readonly DeviceProfile[],
  settings: Partial<ResolvedSettings> = {},
): HomeProfile => ({
  homeId: 'home-1',
  street: '莲花',
  mode: 'home',
  modeUntil: null,
  spo2Scale: 1,
  settings: { ...DEFAULT_SETTINGS, ...settings },
  settingsVersion: 1,
  canAsk: false,
  devices: new Map(devices.map((device) => [device.deviceId, device])),
  residents: 1,
});

const DAY_MS = 86_400_000;
/** Recordings' local times are read as UTC, so local time is UTC here. 1970-01-01 was a Thursday. */
export const recordedLocal = (ms: number): LocalTime => {
  const day = Math.floor(ms / DAY_MS);
  return { minuteOfDay: Math.floor((ms - day * DAY_MS) / 60_000), weekday: ((day + 3) % 7) + 1, day };
};

let made = 0;
export function deviceEvent<C extends Channel>(
  channel: C,
  device: DeviceProfile,
  occurredAt: number,
  payload: Payload<C>,
  more: Partial<DeviceEvent<C>> = {},
): DeviceEvent<C> {
  return {
    homeId: 'home-1',
    deviceId: device.deviceId,
    deviceKind: device.kind,
    channel,
    payload,
    messageId: `m-${made++}`,
    occurredAt,
    receivedAt: occurredAt,
    clock: 'ok',
    marks: [],
    ...(device.zone !== undefined && { zone: device.zone }),
    ...more,
  };
}
