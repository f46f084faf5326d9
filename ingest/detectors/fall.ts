import type { DeviceEvent } from '../../schemas/inbound.ts';
import { conclude } from './conclude.ts';
import type { Detector } from './detector.ts';
import { isNewLevel, type Levels, withLevel, withoutLevel } from './level.ts';

export interface FallState {
  /** Of radars that repeat what they see (codecs: `fallLevel`), by what they say. */
  suspected: Levels;
  confirmed: Levels;
}

const SOURCES = { wearable: '穿戴设备', mmwave: '毫米波雷达', camera: '摄像头' } as const;

/**
 * `fall` events of devices that decide for themselves. Suspected: priority 2 and to be verified; confirmed: priority 1;
 * cleared on the device: the resident's own "I am fine", which ends a pending fall and is evidence against otherwise.
 */
export const fall: Detector<FallState> = {
  name: 'fall',
  version: 2,
  channels: ['fall'],
  initial: () => ({ suspected: {}, confirmed: {} }),
  step(state, event, context) {
    if (event.channel !== 'fall') return { state, signals: [] };
    const { source, state: said, confidence } = (event as DeviceEvent<'fall'>).payload;
    const by = SOURCES[source];
    const percent = confidence === undefined ? '' : `，把握 ${Math.round(confidence * 100)}%`;
    const data = { source, ...(confidence !== undefined && { confidence }) };
    if (said === 'cleared')
      return {
        state: cleared(state, event.deviceId),
        signals: [
          conclude(event, context, {
            kind: 'fall',
            priority: 2,
            effect: 'clear',
            evidenceKind: 'fall_cleared',
            text: `${by}上解除了跌倒报警`,
            data,
            for: false,
          }),
        ],
      };
    const confirmed = said === 'confirmed';
    const level = (event.payload as Record<string, unknown>)['fallLevel'] === true;
    const next = level ? { ...state, [said]: withLevel(state[said], event) } : state;
    if (level && !isNewLevel(state[said], event)) return { state: next, signals: [] };
    return {
      state: next,
      signals: [
        conclude(event, context, {
          kind: 'fall',
          priority: confirmed ? 1 : 2,
          effect: 'raise',
          evidenceKind: confirmed ? 'fall_confirmed' : 'fall_suspected',
          text: `${by}${confirmed ? '确认' : '疑似'}跌倒${percent}`,
          data,
          more: confirmed ? {} : { verify: true },
        }),
      ],
    };
  },
};

function cleared(state: FallState, deviceId: string): FallState {
  const suspected = withoutLevel(state.suspected, deviceId);
  const confirmed = withoutLevel(state.confirmed, deviceId);
  const same = suspected === state.suspected && confirmed === state.confirmed;
  return same ? state : { suspected, confirmed };
}
