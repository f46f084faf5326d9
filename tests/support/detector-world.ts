import type { Channel, Payload } from '../../schemas/channels.ts';
import type { DeviceEvent } from '../../schemas/inbound.ts';
import type { DeviceProfile, HomeProfile, StepContext } from '../../ingest/detectors/detector.ts';

/** Monday 2026-11-23 10:00 in Shenzhen. */
export const T0 = Date.UTC(2026, 10, 23, 2, 0, 0);
const SHENZHEN_MS = 8 * 3_600_000;

export const aHome = (devices: DeviceProfile[] = [], more: Partial<HomeProfile> = {}): HomeProfile => ({
  homeId: 'h1',
  street: '莲花',
  mode: 'home',
  modeUntil: null,
  spo2Scale: 1,
  settings: {
    bathroomDayMin: 60,
    bathroomNightMin: 30,
    bedroomMin: 600,
    inactivityMin: 240,
    outOfBedNightMin: 45,
    fence: null,
    wakingHours: ['06:00', '22:00'],
    verifyWindowS: 20,
  },
  settingsVersion: 1,
  canAsk: false,
  devices: new Map(devices.map((device) => [device.deviceId, device])),
  ...more,
});

export const aContext = (home: HomeProfile, more: Partial<StepContext> = {}): StepContext => ({
  home,
  watermark: 0,
  now: T0,
  outages: [],
  heardAt: () => undefined,
  local: (ms) => {
    const minutes = Math.floor((ms + SHENZHEN_MS) / 60_000);
    const day = Math.floor(minutes / 1440);
    return { minuteOfDay: minutes - day * 1440, weekday: ((day + 3) % 7) + 1, day };
  },
  ...more,
});

let made = 0;
export function anEvent<C extends Channel>(
  channel: C,
  payload: Payload<C>,
  more: Partial<DeviceEvent<C>> = {},
): DeviceEvent<C> {
  const at = more.occurredAt ?? T0;
  return {
    homeId: 'h1',
    deviceId: 'd1',
    deviceKind: 'sos_button',
    channel,
    payload,
    messageId: `m${(made += 1)}`,
    occurredAt: at,
    receivedAt: at,
    clock: 'ok',
    marks: [],
    ...more,
  };
}
