import type { Order, OrderState } from './api-types.ts';

/**
 * What a caregiver did while there was no network, in the order in which she did it. Each step keeps the time at
 * which it was done, so that the visit's record is right however late it arrives. Pure: keeping and sending are
 * the shell's.
 */
export type VisitStep = 'depart' | 'arrive' | 'complete';
export interface Waiting {
  /** Grows; names the entry. */
  no: number;
  orderId: string;
  step: VisitStep;
  /** ISO: when it was done. */
  at: string;
  body: Readonly<Record<string, unknown>>;
}
export interface VisitOutbox {
  next: number;
  waiting: readonly Waiting[];
}
export const NOTHING_WAITING: VisitOutbox = { next: 1, waiting: [] };

const TARGET: Record<VisitStep, OrderState> = {
  depart: 'en_route',
  arrive: 'on_scene',
  complete: 'completed',
};
const PROGRESS: readonly OrderState[] = [
  'requested',
  'offered',
  'accepted',
  'en_route',
  'on_scene',
  'completed',
];

export function enqueue(
  box: VisitOutbox,
  orderId: string,
  step: VisitStep,
  at: string,
  body: Record<string, unknown>,
): VisitOutbox {
  // A second tap while the first still waits is the same step.
  if (box.waiting.some((w) => w.orderId === orderId && w.step === step)) return box;
  return { next: box.next + 1, waiting: [...box.waiting, { no: box.next, orderId, step, at, body }] };
}
export const settle = (box: VisitOutbox, no: number): VisitOutbox => ({
  ...box,
  waiting: box.waiting.filter((w) => w.no !== no),
});
/** After a step was refused, what was to follow on the same order can only be refused too. */
export const abandon = (box: VisitOutbox, orderId: string): VisitOutbox => ({
  ...box,
  waiting: box.waiting.filter((w) => w.orderId !== orderId),
});

/** The order as the caregiver knows it to be: with her own steps, sent or not. */
export function withWaiting(order: Order, box: VisitOutbox): Order {
  let seen = order;
  for (const w of box.waiting) {
    if (w.orderId !== order.id) continue;
    seen = { ...seen, state: TARGET[w.step] };
    if (w.step === 'depart') seen = { ...seen, departedAt: w.at };
    if (w.step === 'arrive')
      seen = {
        ...seen,
        arrivedAt: w.at,
        visit: { beganAt: w.at, endedAt: null, minutes: null, place: null },
      };
    if (w.step === 'complete') {
      const beganAt = seen.visit?.beganAt ?? seen.arrivedAt ?? w.at;
      const minutes = Math.max(1, Math.round((Date.parse(w.at) - Date.parse(beganAt)) / 60_000));
      seen = {
        ...seen,
        completedAt: w.at,
        visit: { beganAt, endedAt: w.at, minutes, place: seen.visit?.place ?? null },
      };
    }
  }
  return seen;
}

/** A refusal that only says "done already": the answer to the first sending was lost. */
export function alreadyDone(step: VisitStep, current: Pick<Order, 'state'>): boolean {
  const at = PROGRESS.indexOf(current.state);
  return at >= 0 && at >= PROGRESS.indexOf(TARGET[step]);
}

/** What was kept in the browser, if it can be read. */
export function readOutbox(text: string | null): VisitOutbox {
  try {
    const read: unknown = JSON.parse(text ?? 'null');
    if (typeof read !== 'object' || read === null) return NOTHING_WAITING;
    const { next, waiting } = read as Record<string, unknown>;
    if (typeof next !== 'number' || !Array.isArray(waiting)) return NOTHING_WAITING;
    return { next, waiting: waiting as Waiting[] };
  } catch {
    return NOTHING_WAITING;
  }
}
