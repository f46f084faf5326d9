import { openDeadlineMs } from '../../alerts/deadlines.ts';
import { toIso } from '../../schemas/ids.ts';
import { CALL_AFTER_MISSES, overdue } from '../lifecycle/order-deadline.ts';
import { changed, type OrderRecord } from '../lifecycle/order-record.ts';
import type { CaseFile } from './case-file.ts';

/**
 * An arrival is missing, or a word from somebody who is on scene alone. The order says so, on the stream and in the
 * list; the alert's timeline too. A second word missed from the scene is a call of its own, with or without an alert: an
 * acknowledgement is taken back, so that every operator hears it again, and the supervisor is told by every channel,
 * anew for each word missed.
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
  const { now, record } = file;
  const alert = record?.alert;
  if (work.overdue < CALL_AFTER_MISSES || alert?.test === true || alert?.synthetic === true) return;
  // The alert may be over, and somebody still be there.
  const open = record !== undefined && alert !== undefined && alert.state !== 'resolved';
  if (open && alert.state === 'acknowledged')
    file.add({
      type: 'acknowledgement_lapsed',
      at: toIso(now),
      by: 'system',
      was: alert.acknowledgedBy ?? '',
      deadlineAt: toIso(openDeadlineMs(alert, record.work.policy, now)),
    });
  // As it is now: a lapsed acknowledgement is a new opening.
  const opening = open ? (file.record?.work.opening ?? 0) : 0;
  file.notify({
    alertId: open ? alert.id : null,
    opening,
    step: `${opening}-check_in-${order.id}-${work.overdue}`,
    target: 'supervisor',
    attempt: 1,
    byHand: false,
    channels,
    orderId: order.id,
  });
}
