import type { Alert } from './api-types.ts';
import { named } from '../words/words.ts';
import type { Words } from '../words/words.ts';
import { agoText } from './span.ts';

/** What somebody else did just now, read off the alarm that came with a 409. */
export function conflictText(alert: Alert | undefined, me: string, nowMs: number, words: Words): string {
  const c = words.conflict;
  if (!alert) return words.error.conflict;
  const ago = (at: string | null): string => agoText(at ?? alert.openedAt, nowMs, words.lang);
  if (alert.state === 'resolved') {
    const what = named(words.disposition, alert.disposition ?? '');
    return c.resolved(byWhom(alert.resolvedBy, words), ago(alert.resolvedAt), what);
  }
  if (alert.state === 'acknowledged' && alert.acknowledgedBy !== null && alert.acknowledgedBy !== me)
    return c.acknowledged(alert.acknowledgedBy, ago(alert.acknowledgedAt));
  return c.changed;
}

export const byWhom = (by: string | null, words: Words): string =>
  by === null
    ? words.unknown
    : by.startsWith('device:')
      ? `${words.timeline.device} ${by.slice(7)}`
      : Object.hasOwn(words.timeline.by, by)
        ? (words.timeline.by[by] ?? by)
        : by;
