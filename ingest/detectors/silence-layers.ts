import { LIFE_SAFETY_KINDS } from '../../schemas/registry.ts';
import type { DeviceProfile, HomeProfile, StepContext } from './detector.ts';

/**
 * Supervision in layers: a device, its home's gateway, its street, ourselves. Silence is told of the outermost layer that
 * is silent, once; our own is in `context.outages`. The last way to call for help is told of whatever the gateway does.
 */

/** So long before a limit it is noticed that a home is falling silent, so that a street's silence is seen in time. */
export const SUSPECT_LEAD_MS = 15_000;
/** A device that is excused for its gateway or street is looked at again so often. */
export const EXCUSED_MS = 10 * 60_000;
/** A home of which any device was heard within this is not silent. */
export const HOME_QUIET_MS = 60_000;
/** What went silent so long before the street did went for reasons of its own. */
const STREET_WINDOW_MS = 10 * 60_000;
/** A gateway's last word may be a poll older than that of its devices. */
const POLL_MS = 90_000;

export const MAINS: readonly string[] = ['gateway', 'smart_screen', 'robot', 'camera', 'mmwave'];

/** The home's own line to us: its gateways; without any, what hangs on the mains; else everything. */
export function linksOf({ devices }: HomeProfile): DeviceProfile[] {
  const all = [...devices.values()];
  const gateways = all.filter(({ kind }) => kind === 'gateway');
  if (gateways.length > 0) return gateways;
  const mains = all.filter(({ kind }) => MAINS.includes(kind));
  return mains.length > 0 ? mains : all;
}

/** When anything at all was last heard from the home, ms; undefined: never. */
export function lastHeardAt(context: StepContext): number | undefined {
  let last: number | undefined;
  for (const deviceId of context.home.devices.keys()) {
    const heardAt = context.heardAt(deviceId);
    if (heardAt !== undefined && (last === undefined || heardAt > last)) last = heardAt;
  }
  return last;
}

/** Whether its silence is the street's: that is out, and the device went with it. */
export const isOfTheStreet = (quietFrom: number, { streetOut }: StepContext): boolean =>
  streetOut !== undefined && quietFrom >= streetOut.from - STREET_WINDOW_MS;

/** Whether its silence is its gateway's: every gateway of the home is gone, and it was not heard since. */
export function isBehindGateway(
  device: DeviceProfile,
  isGone: (gateway: DeviceProfile) => boolean,
  context: StepContext,
): boolean {
  if (device.kind === 'gateway' || LIFE_SAFETY_KINDS.includes(device.kind)) return false;
  const heardAt = context.heardAt(device.deviceId) ?? 0;
  let gateways = 0;
  for (const gateway of context.home.devices.values()) {
    if (gateway.kind !== 'gateway') continue;
    const gatewayAt = context.heardAt(gateway.deviceId);
    if (gatewayAt === undefined) continue;
    if (!isGone(gateway) || heardAt > gatewayAt + POLL_MS) return false;
    gateways += 1;
  }
  return gateways > 0;
}
