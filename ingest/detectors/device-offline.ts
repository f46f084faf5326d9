import { dedupKey } from '../../schemas/alert.ts';
import type { DeviceEvent } from '../../schemas/inbound.ts';
import { LIFE_SAFETY_KINDS } from '../../schemas/registry.ts';
import type { Signal } from '../../schemas/signal.ts';
import { conclude, concludeAt, technicalPriority } from './conclude.ts';
import {
  type Detector,
  type DeviceProfile,
  type HomeProfile,
  NO_SIGNALS,
  type Step,
  type StepContext,
} from './detector.ts';
import {
  EXCUSED_MS,
  HOME_QUIET_MS,
  isBehindGateway,
  isOfTheStreet,
  lastHeardAt,
  linksOf,
  MAINS,
  SUSPECT_LEAD_MS,
} from './silence-layers.ts';
import { NOTHING, oneIfNone } from './nothing.ts';

export interface DeviceOfflineState {
  /** Devices that are offline, with the time at which it was last said. */
  offline: Readonly<Record<string, number>>;
  /** Devices of which a will, or they themselves, said that they went: offline if nothing is heard until `dueAt`. */
  leaving: Readonly<Record<string, { at: number; dueAt: number; will: boolean; messageId: string }>>;
  /** When a device last came back: one that comes and goes is given more time before it is said again. */
  returned: Readonly<Record<string, number>>;
  /** Devices of whose silence nothing is said, for their gateway's or their street's is: looked at again then. */
  excused: Readonly<Record<string, number>>;
  /** Nothing comes from the home any more, or will soon be said to: since when, ms; null: something does. */
  silentSince: number | null;
  wakeAt: number | null;
}

const MINUTE_MS = 60_000;
/** Three missed polls of 90 s. */
export const MAINS_LIMIT_MS = 270_000;
export const BATTERY_LIMIT_MS = 45 * MINUTE_MS;
export const WEARABLE_LIMIT_MS = 24 * 60 * MINUTE_MS;
export const ONLY_WEARABLE_LIMIT_MS = 4 * 60 * MINUTE_MS;
/** A connection lost is looked at again after so long: most are back by then. */
export const RECHECK_MS = 10_000;
/** A device that was back for less than this is flapping: its next absence must last `FLAP_GRACE_MS`. */
export const FLAP_MS = 5 * MINUTE_MS;
export const FLAP_GRACE_MS = 60_000;
/** Offline on and on is said again this often, so that an alert resolved too early comes back (ThingsBoard #13050). */
export const REPEAT_MS = 4 * 60 * MINUTE_MS;
/** The same after somebody has resolved the alert. */
export const QUIET_MS = 60 * MINUTE_MS;
/** A gateway that has missed its last two polls is no witness against its devices. */
const GATEWAY_DOUBT_MS = 90_000;

/** Worn, or used once in a while: silence of hours is ordinary. */
const NOW_AND_THEN: readonly string[] = ['wearable', 'locator', 'health_monitor'];

/** How long a device of this kind may be silent, in ms (budgets.md, D1–D3). */
export function silenceLimitMs(home: HomeProfile, device: DeviceProfile): number {
  if (MAINS.includes(device.kind)) return MAINS_LIMIT_MS;
  if (!NOW_AND_THEN.includes(device.kind)) return BATTERY_LIMIT_MS;
  const only = LIFE_SAFETY_KINDS.includes(device.kind) && technicalPriority(home, device.deviceId) === 3;
  return only ? ONLY_WEARABLE_LIMIT_MS : WEARABLE_LIMIT_MS;
}

/**
 * A device is offline when it has been silent beyond its kind's limit, or when its connection was lost and it does not
 * come back; time in which we were not accepting does not count (I13). What comes from it ends that, whenever it comes
 * (ThingsBoard #7909). Of what lies behind a gateway that is offline, or in a street that is silent as a whole, nothing
 * is said: one cause, one alert (`silence-layers.ts`).
 */
export const deviceOffline: Detector<DeviceOfflineState> = {
  name: 'device_offline',
  version: 3,
  // Silence is a matter of arrival alone
  timerLatenessMs: 0,
  initial: () => ({
    offline: NOTHING,
    leaving: NOTHING,
    returned: NOTHING,
    excused: NOTHING,
    silentSince: null,
    wakeAt: null,
  }),
  upgrade: (state, from) => ({
    ...deviceOffline.initial(),
    ...(from === 2 && (state as Partial<DeviceOfflineState>)),
  }),
  revive: (state) => ({
    ...state,
    offline: oneIfNone(state.offline),
    leaving: oneIfNone(state.leaving),
    returned: oneIfNone(state.returned),
    excused: oneIfNone(state.excused),
  }),
  step(before, event, context) {
    if (event.channel === 'status' && (event as DeviceEvent<'status'>).payload.online === false)
      return armed(gone(before, event, context), [], context);
    const { deviceId } = event;
    const state = before.silentSince === null ? before : { ...before, silentSince: null };
    if (isIn(state.offline, deviceId) || isIn(state.leaving, deviceId) || isIn(state.excused, deviceId))
      return back(state, event, context);
    // Hearing it only moves its deadline back: the wake-up that is set looks again. A first word may set an earlier one,
    // but not one before the shortest limit of its kind.
    const leastMs = MAINS.includes(event.deviceKind) ? MAINS_LIMIT_MS : BATTERY_LIMIT_MS;
    if (state.wakeAt !== null && state.wakeAt <= context.now + leastMs - SUSPECT_LEAD_MS)
      return { state, signals: NO_SIGNALS, wakeAt: state.wakeAt };
    const device = context.home.devices.get(deviceId);
    const lookAt = device && lookAtOf(device, state, context, context.now);
    if (lookAt !== undefined && lookAt < (state.wakeAt ?? Infinity))
      return stepOf({ ...state, wakeAt: lookAt }, NO_SIGNALS);
    return stepOf(state, NO_SIGNALS);
  },
  onTime: (state, at, context) => look(state, at, context),
  onInput(state, input, context) {
    if (input.kind !== 'resolved') return armed(state, [], context);
    const said = Object.keys(state.offline).find(
      (deviceId) => dedupKey.device(deviceId, 'device_offline') === input.dedupKey,
    );
    if (said === undefined) return stepOf(state, []);
    const offline = { ...state.offline, [said]: input.at + QUIET_MS - REPEAT_MS };
    return armed({ ...state, offline }, [], context);
  },
};

const isIn = (record: Readonly<Record<string, unknown>>, deviceId: string): boolean =>
  record !== NOTHING && record[deviceId] !== undefined;

const stepOf = (state: DeviceOfflineState, signals: readonly Signal[]): Step<DeviceOfflineState> =>
  state.wakeAt === null ? { state, signals } : { state, signals, wakeAt: state.wakeAt };

const signalBase = (context: StepContext, deviceId: string) => ({
  kind: 'device_offline' as const,
  priority: technicalPriority(context.home, deviceId),
  more: { dedupKey: dedupKey.device(deviceId, 'device_offline'), deviceId },
});

function gone(state: DeviceOfflineState, event: DeviceEvent, context: StepContext): DeviceOfflineState {
  const { deviceId, receivedAt, messageId, will = false } = event;
  if (state.offline[deviceId] !== undefined || state.leaving[deviceId] !== undefined) return state;
  // A will is spoken late: what has been heard from the device since then is the newer truth.
  if (will && (context.heardAt(deviceId) ?? 0) > receivedAt) return state;
  const returnedAt = state.returned[deviceId];
  const flapping = returnedAt !== undefined && receivedAt - returnedAt < FLAP_MS;
  const dueAt = receivedAt + (flapping ? FLAP_GRACE_MS : RECHECK_MS);
  const leaving = { ...state.leaving, [deviceId]: { at: receivedAt, dueAt, will, messageId } };
  return withSilence({ ...state, leaving }, receivedAt, context);
}

function back(state: DeviceOfflineState, event: DeviceEvent, context: StepContext): Step<DeviceOfflineState> {
  const { deviceId, receivedAt } = event;
  const wasOffline = state.offline[deviceId] !== undefined;
  const { [deviceId]: _said, ...offline } = state.offline;
  const { [deviceId]: _left, ...leaving } = state.leaving;
  const { [deviceId]: _excused, ...excused } = state.excused;
  const returned = { ...state.returned, [deviceId]: receivedAt };
  const next = {
    ...state,
    offline: oneIfNone(offline),
    leaving: oneIfNone(leaving),
    excused: oneIfNone(excused),
    returned,
  };
  if (!wasOffline) return armed(next, [], context);
  const clear = conclude(event, context, {
    ...signalBase(context, deviceId),
    effect: 'clear',
    evidenceKind: 'back_online',
    text: '设备恢复上线',
    for: false,
  });
  return armed(next, [clear], context);
}

/** Looks at every device as of `at`: who has been silent for its limit, who has not come back, who is offline still. */
function look(state: DeviceOfflineState, at: number, context: StepContext): Step<DeviceOfflineState> {
  const signals: Signal[] = [];
  const offline = { ...state.offline };
  const leaving = { ...state.leaving };
  const excused = { ...state.excused };
  for (const device of context.home.devices.values()) {
    const { deviceId } = device;
    const dueAt = dueOf(device, state, context);
    if (dueAt === undefined || at < dueAt) continue;
    const left = leaving[deviceId];
    delete leaving[deviceId];
    const heardAt = context.heardAt(deviceId);
    // Heard since, though what it said is still being put in order
    if (left && heardAt !== undefined && heardAt > left.at) continue;
    if (isExcused(device, left?.at ?? heardAt ?? at, at, state, context)) {
      excused[deviceId] = at;
      continue;
    }
    delete excused[deviceId];
    offline[deviceId] = at;
    signals.push(
      concludeAt(at, context, { ...signalBase(context, deviceId), effect: 'raise' }, [
        left
          ? {
              kind: left.will ? 'connection_lost' : 'said_offline',
              deviceId,
              messageId: left.messageId,
              text: left.will ? '设备连接中断，未恢复' : '设备报告离线，未恢复',
              data: { leftAt: left.at, waitedMs: at - left.at },
              for: true,
            }
          : silence(device, at - (heardAt ?? at), context.home),
      ]),
    );
  }
  const next = {
    ...state,
    offline: oneIfNone(offline),
    leaving: oneIfNone(leaving),
    excused: oneIfNone(excused),
  };
  return armed(withSilence(next, at, context), signals, context, at);
}

/** Its gateway's or its street's silence, not its own. Who is said to be offline stays so. */
function isExcused(
  device: DeviceProfile,
  quietFrom: number,
  at: number,
  state: DeviceOfflineState,
  context: StepContext,
): boolean {
  if (state.offline[device.deviceId] !== undefined) return false;
  if (isOfTheStreet(quietFrom, context)) return true;
  if (state.leaving[device.deviceId]) return false;
  return isBehindGateway(
    device,
    (gateway) => isQuiet(gateway, at, GATEWAY_DOUBT_MS, state, context),
    context,
  );
}

/** Offline, on its way there, or not heard for its limit but `leadMs`. */
function isQuiet(
  device: DeviceProfile,
  at: number,
  leadMs: number,
  state: DeviceOfflineState,
  context: StepContext,
): boolean {
  const { deviceId } = device;
  if (state.offline[deviceId] ?? state.leaving[deviceId] ?? state.excused[deviceId]) return true;
  const heardAt = context.heardAt(deviceId);
  return (
    heardAt !== undefined &&
    at >= accepting(heardAt, heardAt + silenceLimitMs(context.home, device) - leadMs, context)
  );
}

/** Whether the home as a whole has fallen silent: its lines are quiet, and nobody has been heard for a while. */
function withSilence(state: DeviceOfflineState, at: number, context: StepContext): DeviceOfflineState {
  const lastAt = lastHeardAt(context) ?? at;
  const silentSince = isSilentHome(state, lastAt, at, context) ? (state.silentSince ?? lastAt) : null;
  return silentSince === state.silentSince ? state : { ...state, silentSince };
}

function isSilentHome(state: DeviceOfflineState, lastAt: number, at: number, context: StepContext): boolean {
  const links = linksOf(context.home).filter(
    ({ deviceId }) => state.leaving[deviceId] !== undefined || context.heardAt(deviceId) !== undefined,
  );
  if (links.length === 0 || !links.every((link) => isQuiet(link, at, SUSPECT_LEAD_MS, state, context)))
    return false;
  if (state.silentSince !== null && lastAt <= state.silentSince) return true;
  const leftAt = Math.max(...links.map(({ deviceId }) => state.leaving[deviceId]?.at ?? 0));
  return lastAt <= leftAt || at - lastAt >= HOME_QUIET_MS;
}

const silence = (device: DeviceProfile, silentMs: number, home: HomeProfile) => ({
  kind: 'silence' as const,
  deviceId: device.deviceId,
  messageId: null,
  text: `设备已 ${Math.round(silentMs / MINUTE_MS)} 分钟没有任何消息`,
  data: { silentMs, limitMs: silenceLimitMs(home, device), deviceKind: device.kind },
  for: true,
});

/** When there is something to say of the device, our own outages not counted. Never heard: never. */
function dueOf(device: DeviceProfile, state: DeviceOfflineState, context: StepContext): number | undefined {
  const { deviceId } = device;
  const saidAt = state.offline[deviceId];
  if (saidAt !== undefined) return accepting(saidAt, saidAt + REPEAT_MS, context);
  const left = state.leaving[deviceId];
  if (left) return accepting(left.at, left.dueAt, context);
  const limitMs = silenceLimitMs(context.home, device);
  const excusedAt = state.excused[deviceId];
  // Its gateway is back: it is given its time from there
  if (excusedAt !== undefined)
    return Math.max(excusedAt + EXCUSED_MS, gatewayBackAt(state, context) + limitMs);
  const heardAt = context.heardAt(deviceId);
  return heardAt === undefined ? undefined : accepting(heardAt, heardAt + limitMs, context);
}

function gatewayBackAt({ returned }: DeviceOfflineState, { home }: StepContext): number {
  let last = 0;
  for (const { kind, deviceId } of home.devices.values())
    if (kind === 'gateway') last = Math.max(last, returned[deviceId] ?? 0);
  return last;
}

/** The next time at which the device is worth a look: a little before its limit, whether the home is falling silent. */
function lookAtOf(
  device: DeviceProfile,
  state: DeviceOfflineState,
  context: StepContext,
  after: number,
): number | undefined {
  const dueAt = dueOf(device, state, context);
  if (dueAt === undefined || state.silentSince !== null) return dueAt;
  const { deviceId } = device;
  if (state.offline[deviceId] ?? state.leaving[deviceId] ?? state.excused[deviceId]) return dueAt;
  return dueAt - SUSPECT_LEAD_MS > after ? dueAt - SUSPECT_LEAD_MS : dueAt;
}

/** `dueAt` moved on by as much of the time since `from` as we were not accepting. */
function accepting(from: number, dueAt: number, { outages }: StepContext): number {
  let due = dueAt;
  for (const [begin, end] of outages) if (end > from && begin < due) due += end - Math.max(begin, from);
  return due;
}

function armed(
  state: DeviceOfflineState,
  signals: readonly Signal[],
  context: StepContext,
  after = context.now,
): Step<DeviceOfflineState> {
  let wakeAt: number | null = null;
  for (const device of context.home.devices.values()) {
    const lookAt = lookAtOf(device, state, context, after);
    if (lookAt !== undefined && (wakeAt === null || lookAt < wakeAt)) wakeAt = lookAt;
  }
  return stepOf(wakeAt === state.wakeAt ? state : { ...state, wakeAt }, signals);
}

/** Since when nothing has come from the home of this state, ms; null: something does. For who watches over streets. */
export const homeSilentSince = (state: unknown): number | null => (state as DeviceOfflineState).silentSince;
