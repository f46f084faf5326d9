import { shallowRef, watch } from 'vue';
import type { ShallowRef } from 'vue';
import type { Order } from '../model/api-types.ts';
import { abandon, alreadyDone, enqueue, readOutbox, settle } from '../model/visit-outbox.ts';
import type { VisitOutbox, VisitStep } from '../model/visit-outbox.ts';
import type { Api, Failure } from './api.ts';
import { keep, keptText } from './kept.ts';

export interface VisitSender {
  box: ShallowRef<VisitOutbox>;
  sending: ShallowRef<boolean>;
  /** Done by the caregiver, now: kept first, sent as soon as there is a network. */
  done: (orderId: string, step: VisitStep, at: string, body: Record<string, unknown>) => void;
  /** Tries what waits, in order. */
  flush: () => Promise<void>;
}

const KEY = 'yinling.h5.outbox';
const AGAIN_MS = 8000;

const STEP_ROUTES = {
  depart: 'POST /orders/{id}/depart',
  arrive: 'POST /orders/{id}/arrive',
  check_in: 'POST /orders/{id}/check-in',
  complete: 'POST /orders/{id}/complete',
} as const;

/** Sends the outbox in order; one at a time, so that an arrival never overtakes its departure. */
export function createVisitSender(
  api: Api,
  onOrder: (order: Order) => void,
  onRefused: (failure: Failure) => void,
): VisitSender {
  const box = shallowRef(readOutbox(keptText(KEY)));
  const sending = shallowRef(false);
  let timer = 0;
  watch(box, (now) => keep(KEY, now));

  const flush = async (): Promise<void> => {
    if (sending.value) return;
    sending.value = true;
    window.clearTimeout(timer);
    try {
      for (;;) {
        const [first] = box.value.waiting;
        if (!first) return;
        const answer = await api.call(STEP_ROUTES[first.step], {
          params: { id: first.orderId },
          body: { ...first.body, at: first.at },
        });
        if (answer.ok) {
          onOrder(answer.value);
          box.value = settle(box.value, first.no);
          continue;
        }
        if (['network', 'server', 'expired', 'throttled'].includes(answer.kind)) {
          timer = window.setTimeout(() => void flush(), AGAIN_MS);
          return;
        }
        const current = answer.problem?.order;
        if (current) onOrder(current);
        if (current && alreadyDone(first.step, current)) box.value = settle(box.value, first.no);
        else {
          box.value = abandon(box.value, first);
          onRefused(answer);
        }
      }
    } finally {
      sending.value = false;
    }
  };
  window.addEventListener('online', () => void flush());
  return {
    box,
    sending,
    flush,
    done(orderId, step, at, body) {
      box.value = enqueue(box.value, orderId, step, at, body);
      void flush();
    },
  };
}
