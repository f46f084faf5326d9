import type { ComputedRef } from 'vue';
import type { Alert, Disposition, Mode, Order, Resident } from '../model/api-types.ts';
import { callNote } from '../model/call-log.ts';
import type { CallRecord } from '../model/call-log.ts';
import { conflictText } from '../model/conflict.ts';
import type { Words } from '../words/words.ts';
import type { Answer, Api, BodyOf, Failure, Input } from './api.ts';
import type { Clock } from './clock.ts';
import type { Live } from './live.ts';
import type { Notices } from './notices.ts';

/** What an operator does to an alarm. Each says what came of it; true: done. */
export interface AlertCommands {
  acknowledge: (alert: Alert) => Promise<boolean>;
  resolve: (alert: Alert, disposition: Disposition, note: string) => Promise<boolean>;
  /** `step`: of its policy; absent: the next one. */
  escalate: (alert: Alert, note: string, step?: number) => Promise<boolean>;
  /** 120 has it: what it was told is kept. */
  handTo120: (alert: Alert, reference: string, note: string) => Promise<boolean>;
  note: (alert: Alert, text: string) => Promise<boolean>;
  logCall: (alert: Alert, call: CallRecord) => Promise<boolean>;
  reopen: (alert: Alert) => Promise<boolean>;
  dispatch: (alert: Alert, caregiver?: { id: string; name: string }) => Promise<boolean>;
  cancelOrder: (order: Order) => Promise<boolean>;
  actOnOrder: (order: Order, step: keyof typeof STEP_ROUTES, caregiverId: string) => Promise<boolean>;
  rate: (order: Order, score: number) => Promise<boolean>;
  /** Asks through the home's screens, and writes down that and what was asked. */
  prompt: (alert: Alert, resident: Resident, text: string, waitMs: number) => Promise<boolean>;
  setMode: (resident: Resident, mode: Mode, until: string | null) => Promise<Resident | undefined>;
  /** Says what went wrong, as a notice. */
  complain: (failure: Failure) => void;
}

interface Ports {
  api: Api;
  live: Live;
  notices: Notices;
  clock: Clock;
  words: ComputedRef<Words>;
  me: ComputedRef<string>;
}

type AlertRoute =
  | 'POST /alerts/{id}/acknowledge'
  | 'POST /alerts/{id}/resolve'
  | 'POST /alerts/{id}/escalate'
  | 'POST /alerts/{id}/note'
  | 'POST /alerts/{id}/reopen';
type OrderRoute =
  'POST /orders/{id}/cancel' | 'POST /orders/{id}/rating' | (typeof STEP_ROUTES)[keyof typeof STEP_ROUTES];
const STEP_ROUTES = {
  accept: 'POST /orders/{id}/accept',
  depart: 'POST /orders/{id}/depart',
  arrive: 'POST /orders/{id}/arrive',
  check_in: 'POST /orders/{id}/check-in',
  complete: 'POST /orders/{id}/complete',
} as const;

export function createAlertCommands({ api, live, notices, clock, words, me }: Ports): AlertCommands {
  const complain = (failure: Failure): void => {
    const w = words.value;
    if (failure.kind === 'aborted' || failure.kind === 'expired') return;
    const problem = failure.problem;
    if (failure.kind === 'conflict') {
      if (problem?.alert) live.apply({ type: 'alert', alert: problem.alert });
      if (problem?.order) live.apply({ type: 'order', order: problem.order });
      const text = problem?.alert
        ? conflictText(problem.alert, me.value, clock.now(), w)
        : (problem?.detail ?? w.error.conflict);
      notices.say({ tone: 'refused', title: w.conflict.title, text });
      return;
    }
    const texts: Record<Exclude<Failure['kind'], 'aborted' | 'expired' | 'conflict'>, string> = {
      network: w.error.network,
      forbidden: w.error.forbidden,
      not_found: w.error.notFound,
      invalid: w.error.invalid(problem?.detail ?? ''),
      throttled: w.login.slow,
      server: w.error.server,
    };
    notices.say({ tone: 'refused', title: texts[failure.kind] });
  };
  const settled = <T>(answer: Answer<T>, learn: (value: T) => void): boolean => {
    if (answer.ok) learn(answer.value);
    else complain(answer);
    return answer.ok;
  };
  const onAlert = async <R extends AlertRoute>(
    alert: Alert,
    route: R,
    body: BodyOf<R>,
    done?: string,
  ): Promise<boolean> => {
    const input = { params: { id: alert.id }, body } as unknown as Input<R>;
    const answer = await api.call(route, input);
    const ok = settled(answer, (value) => live.apply({ type: 'alert', alert: value }));
    if (ok && done) notices.say({ tone: 'done', title: done });
    return ok;
  };
  const onOrder = async <R extends OrderRoute>(order: Order, route: R, body: BodyOf<R>): Promise<boolean> => {
    const input = { params: { id: order.id }, body } as unknown as Input<R>;
    const answer = await api.call(route, input);
    return settled(answer, (value) => live.apply({ type: 'order', order: value }));
  };
  const said = (note: string): { note?: string } => (note.trim() === '' ? {} : { note: note.trim() });
  const cancelOrder = (order: Order): Promise<boolean> =>
    onOrder(order, 'POST /orders/{id}/cancel', { reason: words.value.order.withdrawReason });

  return {
    complain,
    acknowledge: (alert) => onAlert(alert, 'POST /alerts/{id}/acknowledge', {}),
    // With the version seen: nobody closes a call that has become another one since.
    async resolve(alert, disposition, note) {
      const body = { disposition, ...said(note), expectedVersion: alert.version };
      const ok = await onAlert(alert, 'POST /alerts/{id}/resolve', body);
      const { resolve, action } = words.value;
      if (ok)
        notices.say({
          tone: 'done',
          title: resolve.done,
          action: { label: action.reopen, run: () => void onAlert(alert, 'POST /alerts/{id}/reopen', {}) },
        });
      return ok;
    },
    escalate: (alert, note, step) =>
      onAlert(
        alert,
        'POST /alerts/{id}/escalate',
        { ...said(note), ...(step === undefined ? {} : { step }) },
        words.value.escalate.done,
      ),
    async handTo120(alert, reference, note) {
      const answer = await api.call('POST /alerts/{id}/hand-to-120', {
        params: { id: alert.id },
        body: { ...said(note), ...(reference === '' ? {} : { reference }) },
      });
      return settled(answer, () => notices.say({ tone: 'done', title: words.value.ambulance.done }));
    },
    note: (alert, text) =>
      onAlert(alert, 'POST /alerts/{id}/note', { text: text.trim() }, words.value.note.done),
    logCall: (alert, call) => onAlert(alert, 'POST /alerts/{id}/note', { text: callNote(call) }),
    reopen: (alert) => onAlert(alert, 'POST /alerts/{id}/reopen', {}),
    async dispatch(alert, caregiver) {
      const body = caregiver ? { caregiverId: caregiver.id } : {};
      const answer = await api.call('POST /alerts/{id}/dispatch', { params: { id: alert.id }, body });
      return settled(answer, (order) => {
        live.apply({ type: 'order', order });
        const c = words.value.candidates;
        notices.say({
          tone: 'done',
          title: c.sent(caregiver?.name ?? words.value.sentence.someone),
          action: {
            label: words.value.action.undo,
            run: () =>
              void cancelOrder(live.state.value.orders.get(order.id) ?? order).then(
                (ok) => ok && notices.say({ tone: 'done', title: c.withdrawn }),
              ),
          },
        });
      });
    },
    cancelOrder,
    actOnOrder: (order, step, caregiverId) => onOrder(order, STEP_ROUTES[step], { caregiverId }),
    rate: (order, score) => onOrder(order, 'POST /orders/{id}/rating', { score }),
    async prompt(alert, resident, text, waitMs) {
      const answer = await api.call('POST /residents/{id}/prompt', {
        params: { id: resident.id },
        // Nothing typed: the service's own question, in the resident's language and not the operator's.
        body: { ...(text === '' ? {} : { text }), answerWithinMs: waitMs },
      });
      if (!answer.ok) {
        complain(answer);
        return false;
      }
      // The question is out, whatever becomes of the note.
      await onAlert(
        alert,
        'POST /alerts/{id}/note',
        { text: `屏幕询问：${answer.value.text}` },
        words.value.prompt.done,
      );
      return true;
    },
    async setMode(resident, mode, until) {
      const answer = await api.call('PATCH /residents/{id}', {
        params: { id: resident.id },
        body: { mode, modeUntil: until },
      });
      const ok = settled(answer, () => undefined);
      return ok && answer.ok ? { ...resident, ...answer.value } : undefined;
    },
  };
}
