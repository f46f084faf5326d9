import type { Device, Reading } from './api-types.ts';

/**
 * A device's health as far as it can be told: what the registry says, else what its own readings of the last day
 * say. `silent` is honest ignorance, not a fault: a call button speaks only when pressed.
 */
export interface DeviceHealth {
  device: Device;
  standing: 'online' | 'offline' | 'silent';
  lastSeenAt: string | null;
  battery: number | null;
}

export function deviceHealth(
  devices: readonly Device[],
  readings: readonly Reading[],
  offlineIds: ReadonlySet<string>,
): DeviceHealth[] {
  const last = new Map<string, { at: string; battery: number | null; online: boolean | null }>();
  for (const r of readings) {
    const known = last.get(r.deviceId);
    const battery =
      typeof r.payload['battery'] === 'number' ? r.payload['battery'] : (known?.battery ?? null);
    const online = typeof r.payload['online'] === 'boolean' ? r.payload['online'] : true;
    last.set(r.deviceId, { at: r.receivedAt, battery, online });
  }
  const found = devices.map((device): DeviceHealth => {
    const seen = last.get(device.id);
    const lastSeenAt = later(device.lastSeenAt ?? null, seen?.at ?? null);
    const battery = device.battery ?? seen?.battery ?? null;
    const online = device.online ?? seen?.online ?? null;
    const offline = offlineIds.has(device.id) || online === false;
    return {
      device,
      lastSeenAt,
      battery,
      standing: offline ? 'offline' : online === true ? 'online' : 'silent',
    };
  });
  const rank = { offline: 0, online: 1, silent: 2 };
  return found.sort((a, b) => rank[a.standing] - rank[b.standing] || (a.device.id < b.device.id ? -1 : 1));
}

const later = (a: string | null, b: string | null): string | null =>
  a === null ? b : b === null || a > b ? a : b;
/** Devices that can ask the resident and hear an answer (schemas/registry.ts). */
export const ASKING_KINDS: readonly string[] = ['smart_screen', 'robot'];
/** At or below, the contract speaks of `low_battery`. */
export const LOW_BATTERY_PCT = 20;
