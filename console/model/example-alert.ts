import type { Alert, Order, Resident } from './api-types.ts';

/** Examples that the tests start from. */
export const T0 = Date.parse('2026-11-23T13:00:00.000Z');
export const iso = (ms: number): string => new Date(ms).toISOString();

export function alertOf(patch: Partial<Alert> = {}): Alert {
  const at = iso(T0);
  return {
    id: 'al-1',
    kind: 'sos',
    priority: 1,
    state: 'open',
    disposition: null,
    dedupKey: 'h-1:emergency',
    version: 1,
    homeId: 'h-1',
    residentId: 'r-1',
    deviceIds: ['d-1'],
    street: '莲花',
    occurredAt: at,
    receivedAt: at,
    committedAt: at,
    openedAt: at,
    publishedAt: null,
    acknowledgedAt: null,
    acknowledgedBy: null,
    resolvedAt: null,
    resolvedBy: null,
    deadlineAt: null,
    evidence: [],
    timeline: [{ at, what: 'opened', by: 'system', note: null }],
    previousAlertId: null,
    orderIds: [],
    test: false,
    synthetic: false,
    calls: 1,
    escalationStep: 0,
    service: null,
    ...patch,
  };
}

export function orderOf(patch: Partial<Order> = {}): Order {
  return {
    id: 'or-1',
    alertId: 'al-1',
    homeId: 'h-1',
    residentId: 'r-1',
    service: 'urgent',
    state: 'offered',
    caregiverId: null,
    offers: [],
    scheduledAt: null,
    createdAt: iso(T0 + 30_000),
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
    street: '莲花',
    version: 1,
    ...patch,
  };
}

export const GUILAN: Resident = {
  id: 'r-1',
  homeId: 'h-1',
  name: '王桂兰',
  birthDate: '1943-05-02',
  gender: 'female',
  phone: '19900012345',
  languages: ['粤语'],
  careLevel: 1,
  conditions: ['高血压', '独居', '高龄'],
};
