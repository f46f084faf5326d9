import type { DeviceEvent } from '../../schemas/inbound.ts';
import { conclude } from './conclude.ts';
import type { Detector, Step } from './detector.ts';
import { isNewLevel, type Levels, withLevel, withoutLevel } from './level.ts';
import { zoneName, zoneOf } from './zones.ts';

export interface SosState {
  /** Of buttons that repeat a level with every message (codecs: `sosLevel`). */
  levels: Levels;
}

/**
 * The call button. A press is a call at once, in every mode and whatever came before: repeats join the home's emergency
 * as new calls (never dropped: Traccar's default filter), a cancel is evidence against and closes nothing (I7).
 * `action: service` is `service_request`'s, unless it does not say which service: then it is a press.
 */
export const sos: Detector<SosState> = {
  name: 'sos',
  version: 2,
  channels: ['sos', 'status'],
  concerns: ({ channel, payload }) => channel === 'sos' || payload['sosLevel'] === false,
  initial: () => ({ levels: {} }),
  step(state, event, context) {
    if (event.channel !== 'sos') return released(state, event);
    const { payload } = event as DeviceEvent<'sos'>;
    if (payload.action === 'service' && payload.service !== undefined) return { state, signals: [] };
    if (payload.action === 'cancel')
      return {
        state,
        signals: [
          conclude(event, context, {
            kind: 'sos',
            priority: 1,
            effect: 'support',
            evidenceKind: 'press_cancel',
            text: '呼叫键上取消了呼叫，仍需人工确认',
            for: false,
          }),
        ],
      };
    const level = (payload as Record<string, unknown>)['sosLevel'] === true;
    const next = level ? { levels: withLevel(state.levels, event) } : state;
    if (level && !isNewLevel(state.levels, event)) return { state: next, signals: [] };
    return {
      state: next,
      signals: [
        conclude(event, context, {
          kind: 'sos',
          priority: 1,
          effect: 'call',
          evidenceKind: 'press',
          text: pressText(event, context.home.devices.get(event.deviceId)?.zone ?? event.zone),
        }),
      ],
    };
  },
};

function released(state: SosState, event: DeviceEvent): Step<SosState> {
  const { payload, deviceId } = event as DeviceEvent<'status'>;
  if (payload['sosLevel'] !== false) return { state, signals: [] };
  const levels = withoutLevel(state.levels, deviceId);
  return { state: levels === state.levels ? state : { levels }, signals: [] };
}

function pressText(event: DeviceEvent, zone: string | undefined): string {
  const where = zone === undefined ? '' : `（${zoneName(zoneOf(zone))}）`;
  if (event.marks.includes('unreadable')) return `一键呼叫${where}，报文无法解读，按呼叫处理`;
  if (event.marks.includes('unregistered_device')) return `未登记的设备发出一键呼叫${where}`;
  return `一键呼叫${where}`;
}
