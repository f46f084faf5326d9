import { dedupKey } from '../../schemas/alert.ts';
import type { DeviceEvent } from '../../schemas/inbound.ts';
import { conclude, technicalPriority } from './conclude.ts';
import type { Detector } from './detector.ts';

const FAULTS = ['fault', 'tamper', 'selfTest'] as const;
type Fault = (typeof FAULTS)[number];

export interface DeviceFaultState {
  /** Faults that hold, by device, with the time they were last said. */
  holding: Record<string, Partial<Record<Fault, number>>>;
}

/** A fault that holds on is said again this often, so that one resolved too early comes back (ThingsBoard #13050). */
export const REPEAT_MS = 24 * 60 * 60_000;

/** Faults, tampering and failed self-tests that devices tell of themselves; each ends when the device takes it back. */
export const deviceFault: Detector<DeviceFaultState> = {
  name: 'device_fault',
  version: 1,
  // Of other channels only codecs' messages tell of tampering
  concerns: ({ channel, payload }) =>
    payload['tamper'] !== undefined ||
    (channel === 'status' && (payload['fault'] !== undefined || payload['selfTest'] !== undefined)),
  initial: () => ({ holding: {} }),
  step(state, event, context) {
    const said = saidOf(event);
    if (said.size === 0) return { state, signals: [] };
    const before = state.holding[event.deviceId] ?? {};
    const now: Partial<Record<Fault, number>> = {};
    const fresh: Fault[] = [];
    for (const fault of FAULTS) {
      const since = before[fault];
      const bad = said.get(fault) ?? since !== undefined;
      if (!bad) continue;
      const again =
        said.get(fault) === true && (since === undefined || event.occurredAt - since >= REPEAT_MS);
      if (again) fresh.push(fault);
      now[fault] = again ? event.occurredAt : (since ?? event.occurredAt);
    }
    const { [event.deviceId]: _, ...others } = state.holding;
    const holds = Object.keys(now).length > 0;
    const next = { holding: holds ? { ...others, [event.deviceId]: now } : others };
    const base = {
      kind: 'device_fault' as const,
      priority: technicalPriority(context.home, event.deviceId),
      more: { dedupKey: dedupKey.device(event.deviceId, 'device_fault') },
    };
    if (fresh.length > 0)
      return {
        state: next,
        signals: [
          conclude(event, context, {
            ...base,
            effect: 'raise',
            evidenceKind: 'device_fault',
            text: `设备报告异常：${fresh.map((fault) => TEXTS[fault]).join('、')}`,
            data: { faults: fresh, said: (event as DeviceEvent<'status'>).payload.fault ?? null },
          }),
        ],
      };
    if (!holds && Object.keys(before).length > 0)
      return {
        state: next,
        signals: [
          conclude(event, context, {
            ...base,
            effect: 'clear',
            evidenceKind: 'device_repaired',
            text: '设备异常解除',
            for: false,
          }),
        ],
      };
    return { state: next, signals: [] };
  },
};

const TEXTS: Record<Fault, string> = { fault: '故障', tamper: '被拆动', selfTest: '自检失败' };

/** What this status says of each fault: true it holds, false it does not; absent: nothing said. */
function saidOf(event: DeviceEvent): Map<Fault, boolean> {
  const said = new Map<Fault, boolean>();
  const { payload } = event as DeviceEvent<'status'>;
  if (typeof payload.tamper === 'boolean') said.set('tamper', payload.tamper);
  if (event.channel !== 'status') return said;
  if (payload.fault !== undefined) said.set('fault', payload.fault !== false && payload.fault !== '');
  if (payload.selfTest !== undefined) said.set('selfTest', payload.selfTest === 'fail');
  return said;
}
