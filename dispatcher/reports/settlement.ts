import type { Queryable } from '../../platform/database.ts';
import { STANDARD_RULES, type SettlementRule } from '../../schemas/rules.ts';
import { allRules } from '../rules/rules.ts';
import { toCsv } from './csv.ts';
import type { Period } from './period.ts';
import {
  linesOf,
  settle,
  type SettledVisit,
  type SettlementLine,
  type VisitBill,
  type Voucher,
} from './settle.ts';

export interface SettlementQuery extends Period {
  /** `YYYY-MM`, local. */
  month: string;
  provider: string | undefined;
  timeZone: string;
  streets: readonly string[] | null;
}
export interface Settlement {
  month: string;
  /** When it was closed, and by whom; null: it is open, and may still change. */
  closed: { at: string; by: string } | null;
  lines: SettlementLine[];
  total: Omit<SettlementLine, 'provider' | 'month' | 'service' | 'orderIds' | 'reversedIds'>;
  bills: VisitBill[];
}

/**
 * A month's bills: as they were frozen when it was closed, or as they are now; and the corrections of closed months
 * that were made in it. Vouchers are followed from where they began, whoever's streets they were spent in.
 */
export async function settlement(db: Queryable, query: SettlementQuery): Promise<Settlement> {
  const closed = await closedMonth(db, query.month);
  const own = closed === null ? await openBills(db, query) : await closedBills(db, query.month);
  const bills = [...own, ...(await correctionsIn(db, query))].filter(
    ({ visit }) =>
      (query.provider === undefined || visit.provider === query.provider) &&
      (query.streets === null || query.streets.includes(visit.street)),
  );
  const lines = linesOf(bills);
  return { month: query.month, closed, lines, total: totalOf(lines), bills };
}

async function closedMonth(db: Queryable, month: string): Promise<Settlement['closed']> {
  const { rows } = await db.query<{ closed_at: Date; closed_by: string }>(
    'select closed_at, closed_by from closed_months where month = $1',
    [month],
  );
  const [row] = rows;
  return row === undefined ? null : { at: row.closed_at.toISOString(), by: row.closed_by };
}

async function closedBills(db: Queryable, month: string): Promise<VisitBill[]> {
  const { rows } = await db.query<{ bill: VisitBill }>(
    'select bill from closed_visits where month = $1 order by counted_at, order_id',
    [month],
  );
  return rows.map((row) => row.bill);
}

async function correctionsIn(db: Queryable, { from, to }: Period): Promise<VisitBill[]> {
  const { rows } = await db.query<{ reversal: VisitBill; instead: VisitBill | null }>(
    'select reversal, instead from visit_corrections where at >= $1 and at < $2 order by at, order_id',
    [from, to],
  );
  return rows.flatMap(({ reversal, instead }) => (instead === null ? [reversal] : [reversal, instead]));
}

/** As it stands now. */
export async function openBills(
  db: Queryable,
  query: Period & { month: string; timeZone: string },
): Promise<VisitBill[]> {
  const vouchers = await vouchersUntil(db, query.to, query.timeZone);
  const used = { vouchers: await vouchersUsed(db), subsidies: new Map<string, number>() };
  const bills = settle(await visitsFor(db, query, vouchers), await settlementRules(db), vouchers, used);
  return bills.filter(({ visit }) => visit.date.startsWith(query.month));
}

/** The newest first, so the first that has begun is in force. */
export async function settlementRules(db: Queryable): Promise<(date: string) => SettlementRule> {
  const rules = (await allRules(db, ['settlement'])) as { from: string | null; body: SettlementRule }[];
  return (date) => rules.find(({ from }) => from === null || from <= date)?.body ?? STANDARD_RULES.settlement;
}

/** What closed months, and their corrections, have taken of each voucher. */
export async function vouchersUsed(db: Queryable): Promise<Map<string, number>> {
  const { rows } = await db.query<{ id: string; fen: number }>(
    `select part ->> 'id' as id, sum((part ->> 'fen')::int)::int as fen
     from (select bill from closed_visits
           union all select reversal from visit_corrections
           union all select instead from visit_corrections where instead is not null) settled,
       jsonb_array_elements(bill -> 'vouchers') part group by 1`,
  );
  return new Map(rows.map(({ id, fen }) => [id, fen]));
}

export async function vouchersUntil(db: Queryable, to: string, timeZone: string): Promise<Voucher[]> {
  const { rows } = await db.query<Voucher>(
    `select id, resident_id as "residentId", services, value_fen as "valueFen",
            to_char(from_date, 'YYYY-MM-DD') as from,
            -- One that was withdrawn paid until then: the past stays as it was settled.
            to_char(least(to_date, (retired_at at time zone $2)::date), 'YYYY-MM-DD') as to
     from vouchers where from_date < ($1::timestamptz at time zone $2)::date`,
    [to, timeZone],
  );
  return rows;
}

async function visitsFor(
  db: Queryable,
  { from, to, timeZone }: Period & { timeZone: string },
  vouchers: readonly Voucher[],
): Promise<SettledVisit[]> {
  const first = vouchers.reduce(
    (early, voucher) => (voucher.from < early ? voucher.from : early),
    '9999-12-31',
  );
  const { rows } = await db.query<Omit<SettledVisit, 'endedAt'> & { ended_at: Date }>(
    `select v.order_id as "orderId", coalesce(v.provider, '') as provider, v.service,
            coalesce(v.resident_id, 'home:' || v.home_id) as beneficiary, v.street, v.ended_at,
            to_char(coalesce(v.counted_at, v.ended_at) at time zone $3, 'YYYY-MM-DD') as date, v.minutes,
            coalesce(p.care_level, 0)::int as "careLevel", p.family_bed is not null as "familyBed"
     from visits v
     left join residents p on p.id = v.resident_id
     join orders o on o.id = v.order_id
     left join alerts a on a.id = o.alert_id
     where coalesce(v.counted_at, v.ended_at) < $2 and v.voided_at is null
       and not coalesce(a.test or a.synthetic, false)
       and not exists (select from closed_visits c where c.order_id = v.order_id)
       and (coalesce(v.counted_at, v.ended_at) >= $1
         or (v.resident_id = any($4) and v.ended_at >= ($5::date)::timestamp at time zone $3))`,
    [from, to, timeZone, [...new Set(vouchers.map((voucher) => voucher.residentId))], first],
  );
  return rows.map(({ ended_at, ...visit }) => ({ ...visit, endedAt: ended_at.toISOString() }));
}

function totalOf(lines: readonly SettlementLine[]): Settlement['total'] {
  const sum = (of: (line: SettlementLine) => number): number =>
    lines.reduce((all, line) => all + of(line), 0);
  return {
    visits: sum((line) => line.visits),
    minutes: sum((line) => line.minutes),
    grossFen: sum((line) => line.grossFen),
    subsidyFen: sum((line) => line.subsidyFen),
    voucherFen: sum((line) => line.voucherFen),
    residentFen: sum((line) => line.residentFen),
    payableFen: sum((line) => line.payableFen),
    untariffed: sum((line) => line.untariffed),
  };
}

/** Fen as yuan, exactly. */
export const yuan = (fen: number): string => {
  const whole = Math.abs(fen);
  return `${fen < 0 ? '-' : ''}${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, '0')}`;
};

export const LINE_HEADER = [
  'provider',
  'month',
  'service',
  'visits',
  'hours',
  'gross_yuan',
  'subsidy_yuan',
  'voucher_yuan',
  'resident_yuan',
  'payable_yuan',
  'untariffed',
] as const;
const hours = (minutes: number): number => Math.round((minutes / 60) * 100) / 100;
type Sums = Settlement['total'];
const moneyOf = (s: Sums): (string | number)[] => [
  s.visits,
  hours(s.minutes),
  yuan(s.grossFen),
  yuan(s.subsidyFen),
  yuan(s.voucherFen),
  yuan(s.residentFen),
  yuan(s.payableFen),
  s.untariffed,
];
export const lineCells = ({ lines, total }: Settlement): (string | number)[][] => [
  ...lines.map((line) => [line.provider, line.month, line.service, ...moneyOf(line)]),
  ['total', '', '', ...moneyOf(total)],
];

export const settlementCsv = (s: Settlement): string =>
  toCsv(
    [...LINE_HEADER, 'visits_of_it'],
    lineCells(s).map((cells, i) => {
      const { orderIds = [], reversedIds = [] } = s.lines[i] ?? {};
      return [...cells, [...orderIds, ...reversedIds.map((id) => `reversed:${id}`)].join(';')];
    }),
  );

/** Every visit by itself, as a line is traced to what it is made of. */
export const billsCsv = ({ bills }: Settlement): string =>
  toCsv(
    [
      'visit',
      'provider',
      'service',
      'beneficiary',
      'ended_at',
      'minutes',
      'gross_yuan',
      'subsidies',
      'vouchers',
      'resident_yuan',
      'corrects',
    ],
    bills.map(({ visit, grossFen, subsidies, vouchers, residentFen, corrects }) => [
      visit.orderId,
      visit.provider,
      visit.service,
      visit.beneficiary,
      visit.endedAt,
      visit.minutes,
      yuan(grossFen),
      subsidies.map(({ name, fen }) => `${name} ${yuan(fen)}`).join('; '),
      vouchers.map(({ id, fen }) => `${id} ${yuan(fen)}`).join('; '),
      yuan(residentFen),
      corrects ?? '',
    ]),
  );
