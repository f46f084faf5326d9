import type { DeviceEvent } from '../../schemas/inbound.ts';
import { conclude } from './conclude.ts';
import type { Detector } from './detector.ts';

/**
 * The resident's answer to a prompt. "ok" ends the pending fall that asked it and is evidence against anything else;
 * "help" is a call, even when nothing is open any more: nobody who asks for help is told that she is too late.
 */
export const reply: Detector<null> = {
  name: 'reply',
  version: 1,
  channels: ['reply'],
  initial: () => null,
  step(state, event, context) {
    if (event.channel !== 'reply') return { state, signals: [] };
    const { promptId, answer } = (event as DeviceEvent<'reply'>).payload;
    const help = answer === 'help';
    return {
      state,
      signals: [
        conclude(event, context, {
          kind: help ? 'sos' : 'fall',
          priority: help ? 1 : 2,
          effect: help ? 'call' : 'support',
          evidenceKind: 'reply',
          text: help ? '长者回答：需要帮助' : '长者回答：我没事',
          data: { promptId, answer },
          for: help,
          more: { answer, promptId },
        }),
      ],
    };
  },
};
