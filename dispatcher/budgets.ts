import type { Alert } from '../schemas/alert.ts';

/** Classes of budgets.md, and what each allows from the device to the operators' stream (p99), ms. Pure. */
export const BUDGET_MS = {
  A1: 250,
  A2: 2_000,
  B1: 3_000,
  B2: 10_000,
  B3: 60_000,
  C1: 10_000,
  C2: 60_000,
  D: 300_000,
} as const;
export type BudgetClass = keyof typeof BUDGET_MS;
export const BUDGET_CLASSES = Object.keys(BUDGET_MS) as BudgetClass[];

/** undefined: a request for a service, which has no such budget. */
export function budgetClassOf({
  kind,
  priority,
  state,
}: Pick<Alert, 'kind' | 'priority' | 'state'>): BudgetClass | undefined {
  switch (kind) {
    case 'sos':
      return 'A1';
    case 'fall':
      return state === 'pending' ? 'A2' : 'A1';
    case 'vitals':
      return priority === 1 ? 'B1' : priority === 2 ? 'B2' : 'B3';
    case 'wandering':
      return 'C1';
    case 'inactivity':
    case 'overstay':
      return 'C2';
    case 'device_offline':
    case 'device_fault':
    case 'low_battery':
    case 'outage':
      return 'D';
    case 'service_request':
      return undefined;
  }
}

/** Hops of an alarm's way, in its order. */
export const HOPS = ['device', 'commit', 'stream', 'whole'] as const;
export type Hop = (typeof HOPS)[number];

/**
 * How long each hop took, ms, of an alert just published for the first time: `device` from the device's own time to our
 * receipt (late data and wrong clocks and all), `commit` from there to the commit, `stream` from there to the operators,
 * `whole` from our receipt to the operators, which is what the budget is for. Absent: not known.
 */
export function hopsOf(
  alert: Pick<Alert, 'occurredAt' | 'receivedAt' | 'committedAt' | 'publishedAt'>,
): Partial<Record<Hop, number>> {
  const at = (time: string | null): number | undefined => (time === null ? undefined : Date.parse(time));
  const between = (from: number | undefined, to: number | undefined): number | undefined =>
    from === undefined || to === undefined ? undefined : Math.max(0, to - from);
  const [occurred, received] = [at(alert.occurredAt), at(alert.receivedAt)];
  const [committed, published] = [at(alert.committedAt), at(alert.publishedAt)];
  const hops = {
    device: between(occurred, received),
    commit: between(received, committed),
    stream: between(committed, published),
    whole: between(received, published),
  };
  return Object.fromEntries(Object.entries(hops).filter(([, ms]) => ms !== undefined));
}
