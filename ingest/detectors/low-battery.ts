import { dedupKey } from '../../schemas/alert.ts';
import { conclude, technicalPriority } from './conclude.ts';
import type { Detector } from './detector.ts';

export interface LowBatteryState {
  /** Devices whose battery is low, with the time it was last said. */
  low: Record<string, number>;
}

/** Percent, inclusive. */
export const LOW_PCT = 20;
/** Percent, inclusive: a battery must come back to here, or a value that wavers about the limit would open alerts all day. */
export const RECOVERED_PCT = 30;
export const REPEAT_MS = 24 * 60 * 60_000;

/** What a device says that tells only "low" or "not low" (codecs: `batteryLow`), in percent. */
const LEVELS: Readonly<Record<string, number>> = { true: 10, false: 100 };

/** `battery` stands in messages of every channel. */
export const lowBattery: Detector<LowBatteryState> = {
  name: 'low_battery',
  version: 1,
  concerns: ({ payload }) => payload.battery !== undefined || payload['batteryLow'] !== undefined,
  initial: () => ({ low: {} }),
  step(state, event, context) {
    const { batteryLow } = event.payload;
    const { battery = typeof batteryLow === 'boolean' ? LEVELS[String(batteryLow)] : undefined } =
      event.payload;
    if (battery === undefined || event.marks.includes('late')) return { state, signals: [] };
    const { deviceId, occurredAt } = event;
    const since = state.low[deviceId];
    const base = () => ({
      kind: 'low_battery' as const,
      priority: technicalPriority(context.home, deviceId),
      data: { battery },
      more: { dedupKey: dedupKey.device(deviceId, 'low_battery') },
    });
    if (battery <= LOW_PCT) {
      if (since !== undefined && occurredAt - since < REPEAT_MS) return { state, signals: [] };
      return {
        state: { low: { ...state.low, [deviceId]: occurredAt } },
        signals: [
          conclude(event, context, {
            ...base(),
            effect: 'raise',
            evidenceKind: 'low_battery',
            text: `电量 ${battery}%，需更换电池`,
          }),
        ],
      };
    }
    if (since === undefined || battery < RECOVERED_PCT) return { state, signals: [] };
    const { [deviceId]: _, ...low } = state.low;
    return {
      state: { low },
      signals: [
        conclude(event, context, {
          ...base(),
          effect: 'clear',
          evidenceKind: 'battery_recovered',
          text: `电量恢复到 ${battery}%`,
          for: false,
        }),
      ],
    };
  },
};
