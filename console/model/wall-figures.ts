import type { Alert } from './api-types.ts';
import { isLive, isWaiting } from './queue-order.ts';

/** The wall's figures from the live picture. Pure. */
export interface StreetFigures {
  street: string;
  open: number;
  /** Open ones of priority 1, 2, 3, 4. */
  by: readonly [number, number, number, number];
  /** Gravest priority open there; null: none. */
  gravest: 1 | 2 | 3 | 4 | null;
}
const NONE = [0, 0, 0, 0] as const;
export function byStreet(alerts: Iterable<Alert>, streets: readonly string[]): StreetFigures[] {
  const found = new Map<string, StreetFigures>(
    streets.map((street) => [street, { street, open: 0, by: NONE, gravest: null }]),
  );
  for (const a of alerts) {
    if (!isLive(a)) continue;
    const s = found.get(a.street) ?? { street: a.street, open: 0, by: NONE, gravest: null };
    const [p1, p2, p3, p4] = s.by;
    const one = (p: number): number => (a.priority === p ? 1 : 0);
    found.set(a.street, {
      ...s,
      open: s.open + 1,
      by: [p1 + one(1), p2 + one(2), p3 + one(3), p4 + one(4)],
      gravest: s.gravest === null || a.priority < s.gravest ? a.priority : s.gravest,
    });
  }
  return [...found.values()];
}

/** A synthetic call comes from every street each 10 s; two that stay away are one too many. */
export const CANARY_WITHIN_MS = 25_000;
export const canaryIsLate = (canary: { atMs: number } | null, nowMs: number): boolean =>
  canary !== null && nowMs - canary.atMs > CANARY_WITHIN_MS;

export function longestWaiting(alerts: Iterable<Alert>): Alert | undefined {
  let oldest: Alert | undefined;
  for (const a of alerts)
    if (isLive(a) && isWaiting(a) && a.priority <= 2 && (!oldest || a.openedAt < oldest.openedAt)) oldest = a;
  return oldest;
}

export const LOAD_WINDOW_MS = 10 * 60_000;
/** Alarms taken by each operator within the last ten minutes, the busiest first. */
export function operatorLoad(alerts: Iterable<Alert>, nowMs: number): { who: string; taken: number }[] {
  const taken = new Map<string, number>();
  for (const a of alerts)
    for (const t of a.timeline)
      if (t.what === 'acknowledged' && nowMs - Date.parse(t.at) <= LOAD_WINDOW_MS)
        taken.set(t.by, (taken.get(t.by) ?? 0) + 1);
  return [...taken]
    .map(([who, n]) => ({ who, taken: n }))
    .sort((a, b) => b.taken - a.taken || (a.who < b.who ? -1 : 1));
}

export const countKind = (alerts: Iterable<Alert>, kind: Alert['kind']): number => {
  let n = 0;
  for (const a of alerts) if (isLive(a) && a.kind === kind) n += 1;
  return n;
};
