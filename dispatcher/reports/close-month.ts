import { createHash } from 'node:crypto';
import type { Queryable, Transaction } from '../../platform/database.ts';
import { toIso } from '../../schemas/ids.ts';
import { localDate } from '../registry/age.ts';
import { momentOf } from './period.ts';
import type { VisitBill } from './settle.ts';
import { openBills } from './settlement.ts';

export interface ClosedMonth {
  month: string;
  closedAt: string;
  closedBy: string;
  visits: number;
  payableFen: number;
  /** Over its visits and bills; it also stands in the audit log's chain. */
  sha256: string;
}
export type Closing =
  | { ok: true; made: boolean; closed: ClosedMonth }
  | { ok: false; code: 'invalid' | 'conflict'; detail: string };

interface MonthRow {
  month: string;
  closed_at: Date;
  closed_by: string;
  visits: number;
  payable_fen: string;
  sha256: Buffer;
}

const SELECT = 'select month, closed_at, closed_by, visits, payable_fen, sha256 from closed_months';
const closedOf = (row: MonthRow): ClosedMonth => ({
  month: row.month,
  closedAt: row.closed_at.toISOString(),
  closedBy: row.closed_by,
  visits: row.visits,
  payableFen: Number(row.payable_fen),
  sha256: row.sha256.toString('hex'),
});

/** The newest first. */
export async function closedMonths(db: Queryable): Promise<ClosedMonth[]> {
  const { rows } = await db.query<MonthRow>(`${SELECT} order by month desc`);
  return rows.map(closedOf);
}

/**
 * Freezes a local month that is over: its visits as they count, their scores and their bills. Months are closed in
 * order, for vouchers and limits run on from one to the next. Closing again gives what was closed.
 */
export async function closeMonth(
  tx: Transaction,
  month: string,
  { by, nowAt, timeZone }: { by: string; nowAt: number; timeZone: string },
): Promise<Closing> {
  const [from, to] = [momentOf(month, 'from', timeZone), momentOf(month, 'to', timeZone)];
  if (from === undefined || to === undefined || Date.parse(to) > nowAt)
    return { ok: false, code: 'invalid', detail: `${month} is not over yet` };
  // Whoever ends a visit or rates one waits for a moment, and then finds the month closed.
  await tx.query('lock table visits, ratings in share row exclusive mode');
  const there = await tx.query<MonthRow>(`${SELECT} where month = $1`, [month]);
  if (there.rows[0] !== undefined) return { ok: true, made: false, closed: closedOf(there.rows[0]) };
  const earlier = await earliestOpen(tx, from);
  if (earlier !== undefined)
    return {
      ok: false,
      code: 'conflict',
      detail: `${localDate(earlier.getTime(), timeZone).slice(0, 7)} is still open; months are closed in order`,
    };
  const bills = await openBills(tx, { from, to, month, timeZone });
  const digest = createHash('sha256').update(JSON.stringify(bills));
  const payable = bills
    .flatMap((bill) => [...bill.subsidies, ...bill.vouchers])
    .reduce((sum, part) => sum + part.fen, 0);
  const made = await tx.query<MonthRow>(
    `insert into closed_months (month, from_at, to_at, closed_at, closed_by, visits, payable_fen, sha256)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning month, closed_at, closed_by, visits, payable_fen, sha256`,
    [month, from, to, toIso(nowAt), by, bills.length, payable, digest.digest()],
  );
  await freeze(tx, month, bills);
  const [row] = made.rows;
  if (row === undefined) throw new Error('nothing inserted');
  return { ok: true, made: true, closed: closedOf(row) };
}

async function earliestOpen(tx: Transaction, before: string): Promise<Date | undefined> {
  const { rows } = await tx.query<{ at: Date | null }>(
    `select min(coalesce(v.counted_at, v.ended_at)) as at
     from visits v join orders o on o.id = v.order_id left join alerts a on a.id = o.alert_id
     where coalesce(v.counted_at, v.ended_at) < $1 and v.voided_at is null
       and not coalesce(a.test or a.synthetic, false)
       and not exists (select from closed_visits c where c.order_id = v.order_id)`,
    [before],
  );
  return rows[0]?.at ?? undefined;
}

async function freeze(tx: Transaction, month: string, bills: readonly VisitBill[]): Promise<void> {
  const { rowCount } = await tx.query(
    `insert into closed_visits (order_id, month, counted_at, home_id, street, service, provider, minutes, score, bill)
     select v.order_id, $1, coalesce(v.counted_at, v.ended_at), v.home_id, v.street, v.service,
            coalesce(v.provider, ''), v.minutes, r.score, b.bill
     from jsonb_array_elements($2::jsonb) b(bill)
     join visits v on v.order_id = b.bill #>> '{visit,orderId}'
     left join ratings r on r.order_id = v.order_id`,
    [month, JSON.stringify(bills)],
  );
  if (rowCount !== bills.length) throw new Error(`${rowCount} of ${bills.length} visits frozen`);
}
