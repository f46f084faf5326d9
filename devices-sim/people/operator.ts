import type { Clock } from '../../platform/clock.ts';
import { ApiError, type ApiClient } from '../api/api-client.ts';
import type { Random } from '../random.ts';
import type { Board, SeenAlert } from './board.ts';
import { type OperatorStep, operatorStep, satisfaction } from './habits.ts';
import { TaskTimer } from './task-timer.ts';

export interface OperatorOptions {
  board: Board;
  api: ApiClient;
  clock: Clock;
  random: Random;
  pace(): number;
  /** Least time to leave an alert alone before this step; `null`: not mine at all. */
  patienceMs(alert: SeenAlert, step: OperatorStep['do']): number | null;
  onProblem(text: string): void;
}

const DELAYS_MS = {
  acknowledge: [600, 1_800],
  dispatch: [400, 1_200],
  rate: [300, 900],
  resolve: [600, 1_500],
} as const satisfies Record<OperatorStep['do'], readonly [number, number]>;

/** An operator's seat without a person: brings alarms to an end through the public API. */
export function operatorAtWork(options: OperatorOptions): { stop(): Promise<void> } {
  const { board, clock, random } = options;
  const timer = new TaskTimer(clock, (key, error) => {
    // Somebody else was faster; the stream tells what is so now.
    if (error instanceof ApiError && error.status === 409) return;
    options.onProblem(`${key}: ${error instanceof Error ? error.message : String(error)}`);
  });
  /** What was tried in which situation: not again until something changes. */
  const tried = new Set<string>();
  const situation = (alert: SeenAlert, step: OperatorStep): string =>
    `${alert.id} ${alert.version} ${step.do} ${board
      .ordersOf(alert.id)
      .map((order) => order.state)
      .join()}`;
  const wanted = (alert: SeenAlert): OperatorStep | undefined =>
    operatorStep(alert, board.ordersOf(alert.id), random.fork(alert.id));

  const consider = (alertId: string): void => {
    const alert = board.alerts.get(alertId);
    const step = alert && wanted(alert);
    const key = `alert ${alertId}`;
    if (alert === undefined || step === undefined) return timer.forget(key);
    const patienceMs = options.patienceMs(alert, step.do);
    if (patienceMs === null || tried.has(situation(alert, step))) return;
    const [least, most] = DELAYS_MS[step.do];
    timer.after(
      key,
      step.do,
      patienceMs + random.between(least, most) * options.pace(),
      async () => {
        const now = board.alerts.get(alertId) ?? alert;
        const still = wanted(now);
        if (still?.do !== step.do) return;
        tried.add(situation(now, still));
        await act(options.api, now, still, random);
      },
      () => consider(alertId),
    );
  };
  board.onAlert((alert) => consider(alert.id));
  board.onOrder((order) => {
    if (order.alertId !== null) consider(order.alertId);
    else if (order.state === 'completed' && order.rating === null)
      timer.after(`order ${order.id}`, 'rate', 500 * options.pace(), () =>
        rate(options.api, order.id, random),
      );
  });
  return { stop: () => timer.stop() };
}

async function act(api: ApiClient, alert: SeenAlert, step: OperatorStep, random: Random): Promise<void> {
  const path = `/alerts/${alert.id}`;
  switch (step.do) {
    case 'acknowledge':
      await api.call('POST', `${path}/acknowledge`, { expectedVersion: alert.version });
      return;
    case 'dispatch':
      await api.call('POST', `${path}/dispatch`, {});
      return;
    case 'rate':
      await rate(api, step.orderId, random);
      return;
    case 'resolve':
      await api.call('POST', `${path}/resolve`, { disposition: step.disposition, note: step.note });
  }
}

const rate = async (api: ApiClient, orderId: string, random: Random): Promise<void> =>
  void (await api.call('POST', `/orders/${orderId}/rating`, {
    score: satisfaction(random),
    comment: '很满意',
  }));
