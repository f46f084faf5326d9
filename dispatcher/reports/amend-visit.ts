import type { Transaction } from '../../platform/database.ts';
import type { Service } from '../../schemas/channels.ts';
import { toIso } from '../../schemas/ids.ts';
import { localDate } from '../registry/age.ts';
import { type Corrected, correctVisit, type VisitCorrection } from './correct-visit.ts';
import { momentOf } from './period.ts';
import { reversalOf, type VisitBill } from './settle.ts';
import { openBills } from './settlement.ts';

interface Context {
  by: string;
  nowAt: number;
  timeZone: string;
  seal(text: string): Uint8Array;
}

/**
 * Puts a visit right: in a closed month by a mirror image in this one, in an open month in its place. Answers with what
 * it was billed, taken back, and what it is billed instead.
 */
export async function putRight(
  tx: Transaction,
  correction: VisitCorrection,
  context: Context,
): Promise<Corrected> {
  // As a month that is being closed waits for visits to be written, so this waits for it to be closed.
  await tx.query('lock table visits in row exclusive mode');
  const { rows } = await tx.query<{
    closed: boolean;
    voided: boolean;
    at: Date;
    service: Service;
    minutes: number;
  }>(
    `select exists (select from closed_visits c where c.order_id = v.order_id) as closed,
       v.voided_at is not null as voided, coalesce(v.counted_at, v.ended_at) as at, v.service, v.minutes
     from visits v where v.order_id = $1 for update`,
    [correction.orderId],
  );
  const [visit] = rows;
  if (visit === undefined) return { ok: false, code: 'not_found', detail: `no visit ${correction.orderId}` };
  if (visit.closed) return correctVisit(tx, correction, context);
  if (visit.voided)
    return { ok: false, code: 'conflict', detail: `${correction.orderId} does not count already` };
  return amend(tx, correction, visit, context);
}

async function amend(
  tx: Transaction,
  { orderId, reason, instead }: VisitCorrection,
  { at, service, minutes }: { at: Date; service: Service; minutes: number },
  { by, nowAt, timeZone, seal }: Context,
): Promise<Corrected> {
  const month = localDate(at.getTime(), timeZone).slice(0, 7);
  const [from, to] = [momentOf(month, 'from', timeZone), momentOf(month, 'to', timeZone)];
  if (from === undefined || to === undefined) throw new Error(`${month} is no month`);
  const billed = async (): Promise<VisitBill | undefined> =>
    (await openBills(tx, { from, to, month, timeZone })).find(({ visit }) => visit.orderId === orderId);
  const before = await billed();
  if (before === undefined) return { ok: false, code: 'not_found', detail: `${orderId} is of no report` };
  const after = instead && { service: instead.service ?? service, minutes: instead.minutes ?? minutes };
  const made = await tx.query<{ id: string }>(
    `insert into visit_amendments (order_id, at, by_whom, before, after) values ($1, $2, $3, $4, $5) returning id`,
    [orderId, toIso(nowAt), by, JSON.stringify({ service, minutes }), after ? JSON.stringify(after) : null],
  );
  await tx.query('insert into visit_amendment_notes (amendment_id, reason) values ($1, $2)', [
    made.rows[0]?.id,
    seal(reason),
  ]);
  await tx.query(
    `update visits set service = $2, minutes = $3, voided_at = case when $4 then $5::timestamptz end where order_id = $1`,
    [orderId, after?.service ?? service, after?.minutes ?? minutes, after === undefined, toIso(nowAt)],
  );
  const now = await billed();
  return {
    ok: true,
    reversal: reversalOf(before, before.visit.date),
    instead: now === undefined ? null : { ...now, corrects: 'instead' },
  };
}
