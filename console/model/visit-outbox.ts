import type { Order, OrderState } from './api-types.ts';

/**
 * What a caregiver did while there was no network, in the order in which she did it. Each step keeps the time at
 * which it was done, so that the visit's record is right however late it arrives. Pure: keeping and sending are
 * the shell's.
 */
export type VisitStep = 'depart' | 'arrive' | 'check_in' | 'complete';
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
  check_in: 'on_scene',
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
  const first = box.waiting.find((w) => w.orderId === orderId && w.step === step);
  // Of a word from the scene only the last one counts: it keeps its place and takes the later time.
  if (first && step === 'check_in')
    return { ...box, waiting: box.waiting.map((w) => (w === first ? { ...w, at, body } : w)) };
  if (first) return box;
  return { next: box.next + 1, waiting: [...box.waiting, { no: box.next, orderId, step, at, body }] };
}
export const settle = (box: VisitOutbox, no: number): VisitOutbox => ({
  ...box,
  waiting: box.waiting.filter((w) => w.no !== no),
});
/** After a step was refused, what was to follow on the same order can only be refused too; not so after a mere word. */
export const abandon = (box: VisitOutbox, refused: Waiting): VisitOutbox =>
  refused.step === 'check_in'
    ? settle(box, refused.no)
    : { ...box, waiting: box.waiting.filter((w) => w.orderId !== refused.orderId) };

/** The order as the caregiver knows it to be: with her own steps, sent or not. */
export function withWaiting(order: Order, box: VisitOutbox): Order {
  let seen = order;
  for (const w of box.waiting) {
    if (w.orderId !== order.id) continue;
    seen = { ...seen, state: TARGET[w.step] };
    // When the next word is due, the service says.
    if (w.step === 'check_in') seen = { ...seen, checkInDueAt: null, overdue: null };
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
