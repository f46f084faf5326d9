/** One thing that the service's auditor finds neither done nor due (docs/invariants.md, I6). */
export interface Overdue {
  what: string;
  id: string;
  street: string | null;
}

const isOverdue = (x: unknown): x is Overdue =>
  typeof x === 'object' &&
  x !== null &&
  typeof (x as Partial<Overdue>).what === 'string' &&
  typeof (x as Partial<Overdue>).id === 'string';

/** `data` of the stream's `overdue` event: all of it, each time; empty when all is well again. Pure. */
export function overdueFrom(data: unknown): Overdue[] {
  const items = typeof data === 'object' && data !== null ? (data as { items?: unknown }).items : undefined;
  return Array.isArray(items) ? items.filter(isOverdue) : [];
}
/** Those of them that are an alarm to go to. */
export const alarmOf = (item: Overdue): string | undefined =>
  item.what.startsWith('alert_') ? item.id : undefined;
