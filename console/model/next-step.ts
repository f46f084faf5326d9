import type { Alert, Order, Resident } from './api-types.ts';
import { named } from '../words/words.ts';
import type { Words } from '../words/words.ts';
import { calledSince } from './call-log.ts';
import { leadingOrder } from './queue-order.ts';

/** The one thing to do now, and why. `null` primary: wait. */
export type PrimaryAction = 'acknowledge' | 'call' | 'dispatch' | 'resolve' | 'escalate' | 'reopen' | null;
export interface NextStep {
  primary: PrimaryAction;
  text: string;
}

const TECHNICAL: readonly string[] = ['device_offline', 'device_fault', 'low_battery', 'outage'];
export const isTechnical = (a: Pick<Alert, 'kind'>): boolean => TECHNICAL.includes(a.kind);

export interface NextFacts {
  alert: Alert;
  orders: readonly Order[];
  resident: Resident | undefined;
  me: string;
  caregiverName: (id: string) => string | undefined;
}

export function nextStep({ alert, orders, resident, me, caregiverName }: NextFacts, words: Words): NextStep {
  const n = words.next;
  const order = leadingOrder(orders);
  const who = (o: Order): string => {
    const id = o.caregiverId ?? o.offers.findLast((f) => f.outcome === null)?.caregiverId;
    return (id && caregiverName(id)) || words.sentence.someone;
  };
  switch (alert.state) {
    case 'pending':
      return { primary: 'acknowledge', text: n.pending };
    case 'open': {
      if (alert.test) return { primary: 'acknowledge', text: n.test };
      if (alert.timeline.some((t) => t.what === 'called_again'))
        return { primary: 'acknowledge', text: n.openAgain };
      return { primary: 'acknowledge', text: order?.state === 'offered' ? n.openOffered : n.open };
    }
    case 'resolved':
      return {
        primary: 'reopen',
        text: n.resolved(named(words.disposition, alert.disposition ?? 'assisted')),
      };
    case 'acknowledged':
      break;
  }
  // Whoever has it decides; but an outcome that waits to be closed may be closed by anybody on duty.
  if (order?.state === 'completed') return { primary: 'resolve', text: n.close };
  if (order?.state === 'on_scene') return { primary: null, text: n.onScene(who(order)) };
  if (order?.state === 'en_route') return { primary: null, text: n.waitArrive(who(order)) };
  if (order?.state === 'accepted') return { primary: null, text: n.waitAccepted(who(order)) };
  if (alert.acknowledgedBy !== null && alert.acknowledgedBy !== me)
    return { primary: null, text: n.owned(alert.acknowledgedBy) };
  if (order?.state === 'offered') return { primary: null, text: n.waitOffer(who(order)) };
  if (order?.state === 'requested') return { primary: 'escalate', text: n.nobody };
  if (!calledSince(alert.timeline, alert.acknowledgedAt)) {
    if (isTechnical(alert)) return { primary: 'call', text: n.technical };
    return { primary: 'call', text: resident?.phone ? n.callResident(resident.name) : n.noPhone };
  }
  return { primary: 'dispatch', text: n.dispatch };
}

/** Which commands an alarm's state admits (contract.md, *Alerts*); everything else is shown disabled with a reason. */
export interface Allowed {
  acknowledge: boolean;
  resolve: boolean;
  escalate: boolean;
  note: boolean;
  dispatch: boolean;
  reopen: boolean;
}
export function allowedFor(alert: Alert): Allowed {
  const live = alert.state !== 'resolved';
  return {
    acknowledge: alert.state === 'pending' || alert.state === 'open',
    resolve: alert.state === 'open' || alert.state === 'acknowledged',
    escalate: live,
    note: live,
    dispatch: live,
    reopen: !live,
  };
}
