import { MAX_LATENESS_MS } from './lateness.ts';

/** What is known of a device's timeliness: when it was last heard, and how old its news was then. ms. */
export type Timeliness = readonly [heardAt: number, lagMs: number];

/** A device silent for longer holds nobody up: it is idle, or sends only when something happens. */
export const IDLE_AFTER_MS = 60_000;

/**
 * No event older than this is still expected on time. A device that delivers what it stored (its news is an hour old, and
 * there is more) holds the home's watermark back until it has caught up or fallen silent. `devices`: the `Timeliness` of
 * each, one after the other.
 */
export function watermarkAt(devices: readonly number[], now: number): number {
  let lagMs = MAX_LATENESS_MS;
  for (let i = 0; i < devices.length; i += 2) {
    const [heardAt, deviceLagMs] = [devices[i] ?? 0, devices[i + 1] ?? 0];
    if (heardAt > now - IDLE_AFTER_MS && deviceLagMs > lagMs) lagMs = deviceLagMs;
  }
  return now - lagMs;
}
