import type { Disposition } from '../../schemas/alert.ts';
import type { Random } from '../random.ts';
import type { SeenAlert, SeenOrder } from './board.ts';

/** What a caregiver has to do next for an order, by the order's state alone. */
export type CaregiverStep =
  | { do: 'answer'; caregiverId: string; offerId: string }
  | { do: 'depart' | 'arrive' | 'complete'; caregiverId: string };

export function caregiverSteps(order: SeenOrder): CaregiverStep[] {
  const answers = order.offers
    .filter((offer) => offer.outcome === null)
    .map((offer) => ({ do: 'answer' as const, caregiverId: offer.caregiverId, offerId: offer.id }));
  const { caregiverId } = order;
  if (caregiverId === null) return answers;
  if (order.state === 'accepted') return [...answers, { do: 'depart', caregiverId }];
  if (order.state === 'en_route') return [...answers, { do: 'arrive', caregiverId }];
  if (order.state === 'on_scene') return [...answers, { do: 'complete', caregiverId }];
  return answers;
}

/** What an operator does next with an alert. */
export type OperatorStep =
  | { do: 'acknowledge' | 'dispatch' }
  | { do: 'rate'; orderId: string }
  | { do: 'resolve'; disposition: Disposition; note: string };

/** Somebody has to go there; for the rest a call or the technician's list will do. */
const NEEDS_A_VISIT: readonly string[] = [
  'sos',
  'fall',
  'vitals',
  'wandering',
  'inactivity',
  'overstay',
  'service_request',
];
const MOST_DISPATCHES = 3;

/**
 * `orders` are the alert's. A suspected fall that is being asked about is left alone; an order that is still on its way
 * is waited for. `random` decides how a visit ends.
 */
export function operatorStep(
  alert: SeenAlert,
  orders: readonly SeenOrder[],
  random: Random,
): OperatorStep | undefined {
  const done = orders.find((order) => order.state === 'completed');
  if (done !== undefined && done.rating === null) return { do: 'rate', orderId: done.id };
  if (alert.state === 'open') return { do: 'acknowledge' };
  if (alert.state !== 'acknowledged') return undefined;
  if (!NEEDS_A_VISIT.includes(alert.kind))
    return { do: 'resolve', disposition: 'device_repaired', note: '已通知技术员处理' };
  if (alert.priority === 3 && alert.kind === 'vitals')
    return { do: 'resolve', disposition: 'assisted', note: '电话随访，4 小时后复测' };
  if (done !== undefined) return { do: 'resolve', ...howItEnded(alert, random) };
  if (orders.some((order) => order.state !== 'cancelled')) return undefined;
  return orders.length < MOST_DISPATCHES
    ? { do: 'dispatch' }
    : { do: 'resolve', disposition: 'handed_to_120', note: '无人可派，已转 120' };
}

function howItEnded(alert: SeenAlert, random: Random): { disposition: Disposition; note: string } {
  if (alert.kind === 'service_request') return { disposition: 'service_done', note: '服务已完成' };
  return random.weighted([
    [{ disposition: 'assisted', note: '上门协助，老人平安' }, 7],
    [{ disposition: 'hospital', note: '陪同送医' }, alert.kind === 'sos' ? 1 : 2],
    [{ disposition: 'false_alarm', note: '误触，已安抚' }, alert.kind === 'sos' ? 2 : 1],
  ]);
}

/** Satisfaction as seniors give it, 0–10 in halves, mostly high. */
export const satisfaction = (random: Random): number =>
  Math.min(10, Math.max(0, Math.round(random.normal(9.4, 0.7) * 2) / 2));
