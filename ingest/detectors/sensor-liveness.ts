import type { DeviceEvent } from '../../schemas/inbound.ts';
import type { DeviceProfile, StepContext } from './detector.ts';
import { isBehindGateway } from './silence-layers.ts';

/**
 * Whether a sensor is known to be silent (I13). Nothing from a sensor that speaks only of changes is what a quiet home
 * sounds like; nothing from one that has been heard to report by the clock is a dead sensor. Who said goodbye is silent,
 * and so is what lies behind a gateway that did. (`device_offline` asks something else: whether a technician should look.)
 */
export interface Liveness {
  /** Devices whose will, or they themselves, said offline; until heard again. */
  gone: readonly string[];
  /** Of each presence sensor that reports: what is known of its habit. */
  beats: Readonly<Record<string, Beat>>;
}

/**
 * `seen`: reports that followed a report with no change between, up to `SURE`. `longestMs`: the longest such interval.
 * `changed`: 1 if the sensor has told of a change since its last report; a report that goes with a change is no heartbeat.
 */
type Beat = readonly [seen: number, lastAt: number, longestMs: number, changed: 0 | 1];

export const noLiveness: Liveness = { gone: [], beats: {} };

/** So many heartbeats make a habit. */
const SURE = 3;
/** Budgets.md, D2: no battery sensor is given up earlier, and every one has time for three intervals. */
const LEAST_LIMIT_MS = 45 * 60_000;
const INTERVALS = 3;
/** An interval longer than this is a pause, not a habit. */
const LONGEST_INTERVAL_MS = 6 * 3_600_000;

export const PRESENCE_KINDS: readonly string[] = ['pir', 'camera', 'mmwave', 'door', 'bed'];
/** Those that see a person rather than what a person opens. */
export const WATCHING_KINDS: readonly string[] = ['pir', 'camera', 'mmwave', 'bed'];

/** `isChange`: the message tells something new of the home. */
export function heardFrom(liveness: Liveness, event: DeviceEvent, isChange: boolean): Liveness {
  const { deviceId, receivedAt } = event;
  if (event.channel === 'status' && (event as DeviceEvent<'status'>).payload.online === false)
    return liveness.gone.includes(deviceId) ? liveness : { ...liveness, gone: [...liveness.gone, deviceId] };
  const here = liveness.gone.includes(deviceId)
    ? { ...liveness, gone: liveness.gone.filter((id) => id !== deviceId) }
    : liveness;
  if (!PRESENCE_KINDS.includes(event.deviceKind)) return here;
  const beat = next(here.beats[deviceId], receivedAt, isChange);
  return beat === here.beats[deviceId] || beat === undefined
    ? here
    : { ...here, beats: { ...here.beats, [deviceId]: beat } };
}

function next(beat: Beat | undefined, at: number, isChange: boolean): Beat | undefined {
  if (!beat) return isChange ? undefined : [0, at, 0, 0];
  const [seen, lastAt, longestMs, changed] = beat;
  if (isChange) return changed ? beat : [seen, lastAt, longestMs, 1];
  const interval = at - lastAt;
  if (changed || interval > LONGEST_INTERVAL_MS) return [seen, at, longestMs, 0];
  // Two at once are one report.
  if (interval < 1000) return beat;
  return [Math.min(SURE, seen + 1), at, Math.max(longestMs, interval), 0];
}

export function isSilent(liveness: Liveness, deviceId: string, at: number, context: StepContext): boolean {
  if (liveness.gone.includes(deviceId)) return true;
  // What its gateway no longer passes on nobody knows
  const device = context.home.devices.get(deviceId);
  if (liveness.gone.length > 0 && device) {
    const isGone = (gateway: DeviceProfile) => liveness.gone.includes(gateway.deviceId);
    if (isBehindGateway(device, isGone, context)) return true;
  }
  const [seen, , longestMs] = liveness.beats[deviceId] ?? [0, 0, 0, 0];
  const heardAt = context.heardAt(deviceId);
  if (seen < SURE || heardAt === undefined) return false;
  return at - heardAt - outageMs(heardAt, at, context) > Math.max(LEAST_LIMIT_MS, INTERVALS * longestMs);
}

const outageMs = (from: number, to: number, context: StepContext): number =>
  context.outages.reduce(
    (sum, [begin, end]) => sum + Math.max(0, Math.min(to, end) - Math.max(from, begin)),
    0,
  );

/** Sensors of presence that the home has and that have spoken. */
export const sensorsOf = (context: StepContext): string[] =>
  [...context.home.devices.values()]
    .filter(({ kind, deviceId }) => PRESENCE_KINDS.includes(kind) && context.heardAt(deviceId) !== undefined)
    .map(({ deviceId }) => deviceId);
