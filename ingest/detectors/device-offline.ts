import { dedupKey } from '../../schemas/alert.ts';
import type { DeviceEvent } from '../../schemas/inbound.ts';
import { LIFE_SAFETY_KINDS } from '../../schemas/registry.ts';
import type { Signal } from '../../schemas/signal.ts';
import { conclude, concludeAt, technicalPriority } from './conclude.ts';
import type { Detector, DeviceProfile, HomeProfile, Step, StepContext } from './detector.ts';

export interface DeviceOfflineState {
  /** Devices said to be offline, with the time from which they were. */
  offline: Record<string, number>;
  /** Devices that went while flapping: offline from then on, if nothing is heard until then. */
  grace: Record<string, number>;
  /** When a device last came back: one that comes and goes is given time before it is said again. */
  returned: Record<string, number>;
}

const MINUTE_MS = 60_000;
/** Three missed polls of 90 s. */
export const MAINS_LIMIT_MS = 270_000;
export const BATTERY_LIMIT_MS = 45 * MINUTE_MS;
export const WEARABLE_LIMIT_MS = 24 * 60 * MINUTE_MS;
export const ONLY_WEARABLE_LIMIT_MS = 4 * 60 * MINUTE_MS;
/** A device that was back for less than this is flapping: its next "offline" must last `FLAP_GRACE_MS`. */
export const FLAP_MS = 5 * MINUTE_MS;
export const FLAP_GRACE_MS = 60_000;

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
 * A device is offline when its will (or it itself) says so, or when it has been silent beyond its kind's limit; time in
 * which we were not accepting does not count (I13). What comes from it ends that, whenever it comes (ThingsBoard #7909).
 */
export const deviceOffline: Detector<DeviceOfflineState> = {
  name: 'device_offline',
  version: 1,
  initial: () => ({ offline: {}, grace: {}, returned: {} }),
  step(state, event, context) {
    const goodbye = event.channel === 'status' && (event as DeviceEvent<'status'>).payload.online === false;
    const step = goodbye ? gone(state, event, context) : heard(state, event, context);
    return armed(step.state, step.signals, context);
  },
  onTime: (state, at, context) => silence(state, at, context),
  onInput: (state, _input, context) => armed(state, [], context),
};

const signalBase = (context: StepContext, deviceId: string) => ({
  kind: 'device_offline' as const,
  priority: technicalPriority(context.home, deviceId),
  more: { dedupKey: dedupKey.device(deviceId, 'device_offline'), deviceId },
});

function gone(state: DeviceOfflineState, event: DeviceEvent, context: StepContext): Step<DeviceOfflineState> {
  const { deviceId, receivedAt } = event;
  if (state.offline[deviceId] !== undefined || state.grace[deviceId] !== undefined)
    return { state, signals: [] };
  // A will is spoken late: what has been heard from the device since then is the newer truth.
  if (event.will && (context.heardAt(deviceId) ?? 0) > receivedAt) return { state, signals: [] };
  const returnedAt = state.returned[deviceId];
  if (returnedAt !== undefined && receivedAt - returnedAt < FLAP_MS)
    return {
      state: { ...state, grace: { ...state.grace, [deviceId]: receivedAt + FLAP_GRACE_MS } },
      signals: [],
    };
  return {
    state: { ...state, offline: { ...state.offline, [deviceId]: receivedAt } },
    signals: [
      conclude(event, context, {
        ...signalBase(context, deviceId),
        effect: 'raise',
        evidenceKind: event.will ? 'connection_lost' : 'said_offline',
        text: event.will ? '设备连接中断' : '设备报告离线',
      }),
    ],
  };
}

function heard(
  state: DeviceOfflineState,
  event: DeviceEvent,
  context: StepContext,
): Step<DeviceOfflineState> {
  const { deviceId, receivedAt } = event;
  const wasOffline = state.offline[deviceId] !== undefined;
  if (!wasOffline && state.grace[deviceId] === undefined) return { state, signals: [] };
  const { [deviceId]: _since, ...offline } = state.offline;
  const { [deviceId]: _until, ...grace } = state.grace;
  const next = { offline, grace, returned: { ...state.returned, [deviceId]: receivedAt } };
  if (!wasOffline) return { state: next, signals: [] };
  return {
    state: next,
    signals: [
      conclude(event, context, {
        ...signalBase(context, deviceId),
        effect: 'clear',
        evidenceKind: 'back_online',
        text: '设备恢复上线',
        for: false,
      }),
    ],
  };
}

/** Looks at every device as of `at`: who has been silent for its limit, and whose grace has run out. */
function silence(state: DeviceOfflineState, at: number, context: StepContext): Step<DeviceOfflineState> {
  const signals: Signal[] = [];
  const offline = { ...state.offline };
  const grace = { ...state.grace };
  for (const device of context.home.devices.values()) {
    const { deviceId } = device;
    if (offline[deviceId] !== undefined) continue;
    const dueAt = grace[deviceId] ?? dueOf(device, context);
    if (dueAt === undefined || at < dueAt) continue;
    offline[deviceId] = at;
    delete grace[deviceId];
    const silentMs = at - (context.heardAt(deviceId) ?? at);
    signals.push(
      concludeAt(at, context, { ...signalBase(context, deviceId), effect: 'raise' }, [
        {
          kind: 'silence',
          deviceId,
          messageId: null,
          text: `设备已 ${Math.round(silentMs / MINUTE_MS)} 分钟没有任何消息`,
          data: { silentMs, limitMs: silenceLimitMs(context.home, device), deviceKind: device.kind },
          for: true,
        },
      ]),
    );
  }
  return armed(signals.length > 0 ? { ...state, offline, grace } : state, signals, context);
}

/** When the device will have been silent for its limit, our own outages not counted. Never heard: never. */
function dueOf(device: DeviceProfile, context: StepContext): number | undefined {
  const heardAt = context.heardAt(device.deviceId);
  if (heardAt === undefined) return undefined;
  let dueAt = heardAt + silenceLimitMs(context.home, device);
  for (const [from, to] of context.outages) {
    if (to <= heardAt || from >= dueAt) continue;
    dueAt += to - Math.max(from, heardAt);
  }
  return dueAt;
}

function armed(state: DeviceOfflineState, signals: Signal[], context: StepContext): Step<DeviceOfflineState> {
  let wakeAt = Infinity;
  for (const device of context.home.devices.values()) {
    if (state.offline[device.deviceId] !== undefined) continue;
    const dueAt = state.grace[device.deviceId] ?? dueOf(device, context);
    if (dueAt !== undefined && dueAt < wakeAt) wakeAt = dueAt;
  }
  return wakeAt === Infinity ? { state, signals } : { state, signals, wakeAt };
}
