import { dedupKey } from '../../schemas/alert.ts';
import type { DeviceEvent } from '../../schemas/inbound.ts';
import { LIFE_SAFETY_KINDS } from '../../schemas/registry.ts';
import type { Signal } from '../../schemas/signal.ts';
import { conclude, concludeAt, technicalPriority } from './conclude.ts';
import type { Detector, DeviceProfile, HomeProfile, Step, StepContext } from './detector.ts';

export interface DeviceOfflineState {
  /** Devices that are offline, with the time at which it was last said. */
  offline: Record<string, number>;
  /** Devices of which a will, or they themselves, said that they went: offline if nothing is heard until `dueAt`. */
  leaving: Record<string, { at: number; dueAt: number; will: boolean; messageId: string }>;
  /** When a device last came back: one that comes and goes is given more time before it is said again. */
  returned: Record<string, number>;
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

const MAINS: readonly string[] = ['gateway', 'smart_screen', 'robot', 'camera', 'mmwave'];
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
 * (ThingsBoard #7909).
 */
export const deviceOffline: Detector<DeviceOfflineState> = {
  name: 'device_offline',
  version: 2,
  // Silence is a matter of arrival alone
  timerLatenessMs: 0,
  initial: () => ({ offline: {}, leaving: {}, returned: {}, wakeAt: null }),
  step(state, event, context) {
    if (event.channel === 'status' && (event as DeviceEvent<'status'>).payload.online === false)
      return armed(gone(state, event, context), [], context);
    const { deviceId } = event;
    if (state.offline[deviceId] !== undefined || state.leaving[deviceId] !== undefined)
      return back(state, event, context);
    // Hearing it only moves its deadline back: the wake-up that is set looks again. A first word may set an earlier one.
    const device = context.home.devices.get(deviceId);
    const dueAt = device && dueOf(device, state, context);
    if (dueAt !== undefined && dueAt < (state.wakeAt ?? Infinity))
      return stepOf({ ...state, wakeAt: dueAt }, []);
    return stepOf(state, []);
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

const stepOf = (state: DeviceOfflineState, signals: Signal[]): Step<DeviceOfflineState> =>
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
  return { ...state, leaving: { ...state.leaving, [deviceId]: { at: receivedAt, dueAt, will, messageId } } };
}

function back(state: DeviceOfflineState, event: DeviceEvent, context: StepContext): Step<DeviceOfflineState> {
  const { deviceId, receivedAt } = event;
  const wasOffline = state.offline[deviceId] !== undefined;
  const { [deviceId]: _said, ...offline } = state.offline;
  const { [deviceId]: _left, ...leaving } = state.leaving;
  const next = { ...state, offline, leaving, returned: { ...state.returned, [deviceId]: receivedAt } };
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
  for (const device of context.home.devices.values()) {
    const { deviceId } = device;
    const dueAt = dueOf(device, state, context);
    if (dueAt === undefined || at < dueAt) continue;
    const left = leaving[deviceId];
    delete leaving[deviceId];
    const heardAt = context.heardAt(deviceId);
    // Heard since, though what it said is still being put in order
    if (left && heardAt !== undefined && heardAt > left.at) continue;
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
  return armed({ ...state, offline, leaving }, signals, context);
}

const silence = (device: DeviceProfile, silentMs: number, home: HomeProfile) => ({
  kind: 'silence',
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
  const heardAt = context.heardAt(deviceId);
  return heardAt === undefined
    ? undefined
    : accepting(heardAt, heardAt + silenceLimitMs(context.home, device), context);
}

/** `dueAt` moved on by as much of the time since `from` as we were not accepting. */
function accepting(from: number, dueAt: number, { outages }: StepContext): number {
  let due = dueAt;
  for (const [begin, end] of outages) if (end > from && begin < due) due += end - Math.max(begin, from);
  return due;
}

function armed(state: DeviceOfflineState, signals: Signal[], context: StepContext): Step<DeviceOfflineState> {
  let wakeAt: number | null = null;
  for (const device of context.home.devices.values()) {
    const dueAt = dueOf(device, state, context);
    if (dueAt !== undefined && (wakeAt === null || dueAt < wakeAt)) wakeAt = dueAt;
  }
  return stepOf(wakeAt === state.wakeAt ? state : { ...state, wakeAt }, signals);
}
