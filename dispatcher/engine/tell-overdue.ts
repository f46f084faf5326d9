import { openDeadlineMs } from '../../alerts/deadlines.ts';
import { toIso } from '../../schemas/ids.ts';
import { CALL_AFTER_MISSES, overdue } from '../lifecycle/order-deadline.ts';
import { changed, type OrderRecord } from '../lifecycle/order-record.ts';
import type { CaseFile } from './case-file.ts';

/**
 * An arrival is missing, or a word from somebody who is on scene alone. The order says so, on the stream and in the
 * list; the alert's timeline too. A second word missed from the scene is a call of its own: an acknowledgement is taken
 * back, so that every operator hears it again, and the supervisor is told by every channel.
 */
export function tellOverdue(file: CaseFile, channels: readonly string[]): void {
  for (const record of file.liveOrders) {
    const late = overdue(record, file.now);
    if (late === undefined) continue;
    const note = `${record.order.caregiverId ?? ''} → supervisor`;
    const told = file.apply(changed(late.record, {}, { what: late.what, by: 'system', note }));
    if (late.what === 'check_in_missed') call(file, told, channels);
  }
}

function call(file: CaseFile, { order, work }: OrderRecord, channels: readonly string[]): void {
  const { now } = file;
  const alert = file.record?.alert;
  if (file.record === undefined || alert === undefined || alert.state === 'resolved') return;
  if (alert.test || alert.synthetic || work.overdue < CALL_AFTER_MISSES) return;
  if (alert.state === 'acknowledged')
    file.add({
      type: 'acknowledgement_lapsed',
      at: toIso(now),
      by: 'system',
      was: alert.acknowledgedBy ?? '',
      deadlineAt: toIso(openDeadlineMs(alert, file.record.work.policy, now)),
    });
  const { opening } = file.record.work;
  file.notify({
    alertId: alert.id,
    opening,
    step: `${opening}-check_in-${order.id}-${work.overdue}`,
    target: 'supervisor',
    attempt: 1,
    byHand: false,
    channels,
  });
}
