import type { Alert, Disposition } from './api-types.ts';
import { isTechnical } from './next-step.ts';

/** Dispositions to offer for an alarm, the likeliest first. `duplicate` last everywhere: it hides work. */
export function dispositionsFor(alert: Pick<Alert, 'kind' | 'test'>): Disposition[] {
  const likely: Disposition[] = isTechnical(alert)
    ? ['device_repaired', 'false_alarm', 'service_done', 'test']
    : alert.kind === 'service_request'
      ? ['service_done', 'assisted', 'resident_ok', 'false_alarm', 'hospital', 'test']
      : ['assisted', 'resident_ok', 'false_alarm', 'hospital', 'handed_to_120', 'service_done', 'test'];
  const first: Disposition[] = alert.test ? ['test', ...likely.filter((d) => d !== 'test')] : likely;
  return [...first, 'duplicate'];
}
/** A judgement that closes a life-safety call without anybody having gone wants a sentence of why. */
export const needsNote = (alert: Pick<Alert, 'priority' | 'test'>, disposition: Disposition): boolean =>
  alert.priority === 1 && !alert.test && (disposition === 'false_alarm' || disposition === 'duplicate');
