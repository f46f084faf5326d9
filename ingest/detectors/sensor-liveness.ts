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
  /** Presence sensors that report, */
  ids: readonly string[];
  /** and what is known of the habit of each: the four numbers of a `Beat`, one sensor after the other. */
  beats: readonly number[];
}

/**
 * `seen`: reports that followed a report with no change between, up to `SURE`. `longestMs`: the longest such interval.
 * `changed`: 1 if the sensor has told of a change since its last report; a report that goes with a change is no heartbeat.
 */
type Beat = readonly [seen: number, lastAt: number, longestMs: number, changed: number];
const BEAT = 4;

export const noLiveness: Liveness = { gone: [], ids: [], beats: [] };

/** Of version 1 of the detectors that keep it: by device. */
export const livenessOfOld = (old: { gone: string[]; beats: Record<string, Beat> }): Liveness => ({
  gone: old.gone,
  ids: Object.keys(old.beats),
  beats: Object.values(old.beats).flat(),
});

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
  return beaten(here, deviceId, receivedAt, isChange);
}

/** The last change, for the next rule that asks for the same: as in `whereabouts.ts`. */
let last: { before: Liveness; deviceId: string; at: number; isChange: boolean; after: Liveness } | undefined;

function beaten(before: Liveness, deviceId: string, at: number, isChange: boolean): Liveness {
  if (
    last?.at === at &&
    last.isChange === isChange &&
    last.deviceId === deviceId &&
    isSame(last.before, before)
  )
    return last.after;
  const after = beatenNow(before, deviceId, at, isChange);
  if (after !== before) last = { before, deviceId, at, isChange, after };
  return after;
}

function isSame(a: Liveness, b: Liveness): boolean {
  return a === b || (isSameList(a.gone, b.gone) && isSameList(a.ids, b.ids) && isSameList(a.beats, b.beats));
}

const isSameList = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a === b || (a.length === b.length && a.every((item, i) => item === b[i]));

function beatenNow(before: Liveness, deviceId: string, at: number, isChange: boolean): Liveness {
  const { gone, ids, beats } = before;
  const place = ids.indexOf(deviceId) * BEAT;
  if (place < 0) return isChange ? before : { gone, ids: [...ids, deviceId], beats: [...beats, 0, at, 0, 0] };
  const changed = beats[place + 3] === 1;
  const interval = at - (beats[place + 1] ?? 0);
  // Two at once are one report.
  if (isChange ? changed : !changed && interval < 1000) return before;
  const next = beats.slice();
  next[place + 3] = isChange ? 1 : 0;
  if (isChange) return { gone, ids, beats: next };
  next[place + 1] = at;
  if (!changed && interval <= LONGEST_INTERVAL_MS) {
    next[place] = Math.min(SURE, (beats[place] ?? 0) + 1);
    next[place + 2] = Math.max(beats[place + 2] ?? 0, interval);
  }
  return { gone, ids, beats: next };
}

export function isSilent(liveness: Liveness, deviceId: string, at: number, context: StepContext): boolean {
  if (liveness.gone.includes(deviceId)) return true;
  // What its gateway no longer passes on nobody knows
  const device = context.home.devices.get(deviceId);
  if (liveness.gone.length > 0 && device) {
    const isGone = (gateway: DeviceProfile) => liveness.gone.includes(gateway.deviceId);
    if (isBehindGateway(device, isGone, context)) return true;
  }
  const place = liveness.ids.indexOf(deviceId) * BEAT;
  if (place < 0) return false;
  const seen = liveness.beats[place] ?? 0;
  const longestMs = liveness.beats[place + 2] ?? 0;
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
