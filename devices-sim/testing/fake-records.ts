import type { Alert } from '../../schemas/alert.ts';
import type { Order } from '../../schemas/order.ts';

export function anAlert(id: string, homeId: string): Alert {
  const now = new Date().toISOString();
  return {
    id,
    kind: 'sos',
    priority: 1,
    state: 'open',
    disposition: null,
    dedupKey: `${homeId}:emergency`,
    version: 0,
    homeId,
    residentId: null,
    deviceIds: [],
    street: '莲花',
    occurredAt: now,
    receivedAt: now,
    committedAt: now,
    openedAt: now,
    publishedAt: now,
    acknowledgedAt: null,
    acknowledgedBy: null,
    resolvedAt: null,
    resolvedBy: null,
    deadlineAt: null,
    evidence: [],
    timeline: [],
    previousAlertId: null,
    orderIds: [],
    test: false,
    synthetic: false,
    calls: 1,
    escalationStep: 0,
    service: null,
  };
}

export function anOrder(id: string, alert: Alert, caregiverId: string): Order {
  const now = new Date().toISOString();
  return {
    id,
    alertId: alert.id,
    homeId: alert.homeId,
    residentId: null,
    service: 'urgent',
    state: 'offered',
    caregiverId: null,
    offers: [
      {
        id: `${id}-1`,
        caregiverId,
        offeredAt: now,
        expiresAt: now,
        outcome: null,
        endedAt: null,
        reason: null,
      },
    ],
    scheduledAt: null,
    createdAt: now,
    acceptedAt: null,
    departedAt: null,
    arrivedAt: null,
    completedAt: null,
    cancelledAt: null,
    cancelReason: null,
    note: null,
    visit: null,
    rating: null,
    emergency: true,
    street: alert.street,
    version: 0,
  };
}

export function visitOf(order: Order): NonNullable<Order['visit']> {
  const now = new Date().toISOString();
  return { beganAt: order.createdAt, endedAt: now, minutes: 1, place: null };
}

/** Any caregiver that has been registered. */
export const aCaregiverOf = (keys: Iterable<string>): string =>
  [...keys].find((key) => key.startsWith('caregivers/'))?.slice('caregivers/'.length) ?? 'nobody';
