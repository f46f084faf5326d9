import { dedupKey } from '../../schemas/alert.ts';
import type { Service } from '../../schemas/channels.ts';
import type { DeviceEvent } from '../../schemas/inbound.ts';
import { conclude } from './conclude.ts';
import type { Detector } from './detector.ts';

const NAMES: Record<Service, string> = {
  meal: '助餐',
  bath: '助浴',
  clean: '助洁',
  urgent: '助急',
  mobility: '助行',
  medical: '助医',
  care: '照料看护',
  errand: '代办',
  repair: '维修',
};

/** The button's `action: service`: one open request a home and kind of service; `urgent` and `medical` are priority 2. */
export const serviceRequest: Detector<null> = {
  name: 'service_request',
  version: 1,
  channels: ['sos'],
  initial: () => null,
  step(state, event, context) {
    if (event.channel !== 'sos') return { state, signals: [] };
    const { action, service } = (event as DeviceEvent<'sos'>).payload;
    if (action !== 'service' || service === undefined) return { state, signals: [] };
    return {
      state,
      signals: [
        conclude(event, context, {
          kind: 'service_request',
          priority: service === 'urgent' || service === 'medical' ? 2 : 3,
          effect: 'raise',
          evidenceKind: 'service_request',
          text: `请求服务：${NAMES[service]}`,
          data: { service },
          more: { dedupKey: dedupKey.service(context.home.homeId, service), service },
        }),
      ],
    };
  },
};
