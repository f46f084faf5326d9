import type { Transaction } from '../../platform/database.ts';
import type { Service } from '../../schemas/channels.ts';
import { toIso } from '../../schemas/ids.ts';
import { localDate } from '../registry/age.ts';
import { type VisitBill, reversalOf, settle, subsidyKey } from './settle.ts';
import { settlementRules, vouchersUntil, vouchersUsed } from './settlement.ts';

export interface VisitCorrection {
  orderId: string;
  reason: string;
  /** What should have stood there; absent: nothing, the visit does not count. */
  instead?: { minutes?: number | undefined; service?: Service | undefined } | undefined;
}
export type Corrected =
  | { ok: true; reversal: VisitBill; instead: VisitBill | null }
  | { ok: false; code: 'not_found' | 'conflict'; detail: string };

/**
 * Takes back a visit of a closed month, once, by the mirror image of its bill, and bills what should have stood there
 * by the rules of its own day. Both count in the month of `nowAt`; the closed one stays as it was settled.
 */
export async function correctVisit(
  tx: Transaction,
  { orderId, reason, instead }: VisitCorrection,
  context: { by: string; nowAt: number; timeZone: string; seal(text: string): Uint8Array },
): Promise<Corrected> {
  const { by, nowAt, timeZone } = context;
  await tx.query(`select pg_advisory_xact_lock(hashtext('visit_corrections'))`);
  const { rows } = await tx.query<{ bill: VisitBill; month: string; corrected: boolean }>(
    `select c.bill, c.month, x.order_id is not null as corrected
     from closed_visits c left join visit_corrections x on x.order_id = c.order_id where c.order_id = $1`,
    [orderId],
  );
  const [row] = rows;
  if (row === undefined)
    return { ok: false, code: 'not_found', detail: `no visit ${orderId} in a closed month` };
  if (row.corrected) return { ok: false, code: 'conflict', detail: `${orderId} was corrected already` };
  const date = localDate(nowAt, timeZone);
  const reversal = reversalOf(row.bill, date);
  const billed = instead === undefined ? null : await billedInstead(tx, row.bill, instead, timeZone, nowAt);
  const placed: VisitBill | null =
    billed === null ? null : { ...billed, visit: { ...billed.visit, date }, corrects: 'instead' };
  await tx.query(
    `with made as (
       insert into visit_corrections (order_id, at, by_whom, reversal, instead) values ($1, $2, $3, $5, $6)
       returning order_id
     ) insert into visit_correction_notes (order_id, reason) select order_id, $4 from made`,
    [
      orderId,
      toIso(nowAt),
      by,
      context.seal(reason),
      JSON.stringify(reversal),
      placed === null ? null : JSON.stringify(placed),
    ],
  );
  return { ok: true, reversal, instead: placed };
}

async function billedInstead(
  tx: Transaction,
  bill: VisitBill,
  { minutes, service }: NonNullable<VisitCorrection['instead']>,
  timeZone: string,
  nowAt: number,
): Promise<VisitBill | null> {
  const { visit } = bill;
  // As if the visit had not been billed.
  const vouchers = await vouchersUsed(tx);
  for (const { id, fen } of bill.vouchers) vouchers.set(id, (vouchers.get(id) ?? 0) - fen);
  const subsidies = await subsidiesUsed(tx, visit.beneficiary, visit.date);
  for (const { name, fen } of bill.subsidies) {
    const key = subsidyKey(visit.beneficiary, visit.date, name);
    subsidies.set(key, (subsidies.get(key) ?? 0) - fen);
  }
  const should = { ...visit, minutes: minutes ?? visit.minutes, service: service ?? visit.service };
  const known = await vouchersUntil(tx, toIso(nowAt), timeZone);
  const [billed = null] = settle([should], await settlementRules(tx), known, { vouchers, subsidies });
  return billed;
}

async function subsidiesUsed(
  tx: Transaction,
  beneficiary: string,
  date: string,
): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ name: string; fen: number }>(
    `select part ->> 'name' as name, sum((part ->> 'fen')::int)::int as fen
     from closed_visits c, jsonb_array_elements(c.bill -> 'subsidies') part
     where c.month = $1 and c.bill #>> '{visit,beneficiary}' = $2 group by 1`,
    [date.slice(0, 7), beneficiary],
  );
  return new Map(rows.map(({ name, fen }) => [subsidyKey(beneficiary, date, name), fen]));
}
