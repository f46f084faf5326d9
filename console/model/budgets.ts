import type { Alert, Order } from './api-types.ts';
import { leadingOrder } from './queue-order.ts';

/**
 * The human steps of budgets.md, as the queue's timers count them. An alarm is in exactly one phase; each phase has
 * its own beginning and, mostly, its own budget.
 * Answering takes the floor of the table (60 s), not the 95 % goal (10 s): amber at half, 30 s, is then the
 * moment at which the service offers by itself, and red is the first one to be investigated.
 */
export type Phase = 'asking' | 'answer' | 'arrive' | 'on_scene' | 'close';
export interface Budget {
  phase: Phase;
  /** ms since the epoch at which the phase began. */
  fromMs: number;
  /** null: nothing to be late for. */
  budgetMs: number | null;
}

const S = 1000;
const MIN = 60 * S;
const H = 60 * MIN;

export type BudgetClass = 'A' | 'B1' | 'B2' | 'B3' | 'C1' | 'C2' | 'D1' | 'D2' | 'D4' | 'S1' | 'S2';
interface Steps {
  answerMs: number;
  arriveMs: number | null;
}
export const STEPS: Record<BudgetClass, Steps> = {
  A: { answerMs: 60 * S, arriveMs: 15 * MIN },
  B1: { answerMs: 60 * S, arriveMs: 30 * MIN },
  B2: { answerMs: 5 * MIN, arriveMs: 60 * MIN },
  B3: { answerMs: 4 * H, arriveMs: null },
  C1: { answerMs: 60 * S, arriveMs: 15 * MIN },
  C2: { answerMs: 5 * MIN, arriveMs: 30 * MIN },
  D1: { answerMs: 5 * MIN, arriveMs: 2 * H },
  D2: { answerMs: 5 * MIN, arriveMs: 24 * H },
  D4: { answerMs: 8 * H, arriveMs: null },
  /** Service requests are not in the table: an urgent one is answered as B2, an ordinary one within the hour. */
  S1: { answerMs: 5 * MIN, arriveMs: 60 * MIN },
  S2: { answerMs: 60 * MIN, arriveMs: null },
};

export function budgetClassOf(a: Pick<Alert, 'kind' | 'priority'>): BudgetClass {
  switch (a.kind) {
    case 'sos':
    case 'fall':
      return 'A';
    case 'vitals':
      return a.priority === 1 ? 'B1' : a.priority === 2 ? 'B2' : 'B3';
    case 'wandering':
      return 'C1';
    case 'inactivity':
    case 'overstay':
      return 'C2';
    case 'service_request':
      return a.priority <= 2 ? 'S1' : 'S2';
    case 'outage':
      return 'D1';
    case 'device_offline':
    case 'device_fault':
      return a.priority <= 3 ? 'D1' : 'D2';
    case 'low_battery':
      return 'D4';
  }
}

/** `deadlineAt` of a pending fall is the end of its window; without one the contract's 20 s hold. */
const ASK_WINDOW_MS = 20 * S;

export function budgetOf(a: Alert, orders: readonly Order[]): Budget {
  const steps = STEPS[budgetClassOf(a)];
  const openedMs = Date.parse(a.openedAt);
  if (a.state === 'pending') {
    const endMs = a.deadlineAt === null ? openedMs + ASK_WINDOW_MS : Date.parse(a.deadlineAt);
    return { phase: 'asking', fromMs: openedMs, budgetMs: Math.max(1, endMs - openedMs) };
  }
  if (a.state === 'open')
    return { phase: 'answer', fromMs: reopenedMs(a) ?? openedMs, budgetMs: steps.answerMs };
  const order = leadingOrder(orders);
  if (order?.state === 'on_scene')
    return { phase: 'on_scene', fromMs: Date.parse(order.arrivedAt ?? order.createdAt), budgetMs: null };
  if (order?.state === 'completed')
    return { phase: 'close', fromMs: Date.parse(order.completedAt ?? order.createdAt), budgetMs: null };
  return { phase: 'arrive', fromMs: openedMs, budgetMs: steps.arriveMs };
}

/** The end of the asking, a new call, graver evidence, a lapsed acknowledgement or a reopening starts the answering clock anew. */
function reopenedMs(a: Alert): number | undefined {
  for (let i = a.timeline.length - 1; i >= 0; i -= 1) {
    const entry = a.timeline[i];
    if (entry && REOPENINGS.has(entry.what)) return Date.parse(entry.at);
  }
  return undefined;
}
const REOPENINGS = new Set(['reopened', 'called_again', 'acknowledgement_lapsed', 'verified']);

export type Tone = 'neutral' | 'amber' | 'red';
export interface Timer {
  tone: Tone;
  elapsedMs: number;
  /** Time over the budget; 0 while within. */
  overrunMs: number;
  phase: Phase;
  budgetMs: number | null;
}
/** Neutral to half the budget, amber to the budget, red beyond. Both bounds belong to the later tone. */
export function timerAt(budget: Budget, nowMs: number): Timer {
  const elapsedMs = Math.max(0, nowMs - budget.fromMs);
  const { budgetMs, phase } = budget;
  if (budgetMs === null) return { tone: 'neutral', elapsedMs, overrunMs: 0, phase, budgetMs };
  const tone: Tone = elapsedMs >= budgetMs ? 'red' : elapsedMs >= budgetMs / 2 ? 'amber' : 'neutral';
  return { tone, elapsedMs, overrunMs: Math.max(0, elapsedMs - budgetMs), phase, budgetMs };
}
