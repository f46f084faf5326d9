import type { Service } from '../../schemas/channels.ts';
import type { SettlementRule } from '../../schemas/rules.ts';

/** A visit as money sees it. */
export interface SettledVisit {
  orderId: string;
  provider: string;
  service: Service;
  /** The resident, or the home where nobody says which resident it was for. */
  beneficiary: string;
  street: string;
  endedAt: string;
  /** Local. */
  date: string;
  minutes: number;
  careLevel: number;
  familyBed: boolean;
}
export interface Voucher {
  id: string;
  residentId: string;
  /** Empty: all. */
  services: readonly Service[];
  valueFen: number;
  from: string;
  to: string;
}
/** What a visit costs, and who pays which part of it; the parts sum to the whole. Fen. */
export interface VisitBill {
  visit: SettledVisit;
  grossFen: number;
  subsidies: { name: string; fen: number }[];
  vouchers: { id: string; fen: number }[];
  residentFen: number;
  /** Nothing says what it costs. */
  untariffed: boolean;
  /** Of a month that was closed: its mirror image, or what should have stood there. */
  corrects?: 'reversal' | 'instead';
}
/** What visits that are settled already have used up: of vouchers, by id; of subsidies, by `subsidyKey`. Fen. */
export interface UsedUp {
  vouchers: ReadonlyMap<string, number>;
  subsidies: ReadonlyMap<string, number>;
}
const NOTHING_USED: UsedUp = { vouchers: new Map(), subsidies: new Map() };

/** The limit of a subsidy is one resident's and month's. */
export const subsidyKey = (beneficiary: string, date: string, name: string): string =>
  `${beneficiary} ${date.slice(0, 7)} ${name}`;

/**
 * Bills visits in the order in which they ended, each by the rule of its own day: first what it costs, then subsidies
 * up to their limits for a resident and month, then vouchers, those that lapse first before others; the resident pays
 * the rest. For the vouchers' sake it must be given every visit since the first of them began, or what those that it is
 * not given have used up. Pure.
 */
export function settle(
  visits: readonly SettledVisit[],
  ruleOn: (date: string) => SettlementRule,
  vouchers: readonly Voucher[],
  used: UsedUp = NOTHING_USED,
): VisitBill[] {
  const subsidised = new Map(used.subsidies);
  const left = new Map(vouchers.map(({ id, valueFen }) => [id, valueFen - (used.vouchers.get(id) ?? 0)]));
  const ofResident = Map.groupBy(vouchers, (voucher) => voucher.residentId);
  for (const list of ofResident.values()) list.sort((a, b) => compare(a.to, b.to) || compare(a.id, b.id));
  const inOrder = visits.toSorted((a, b) => compare(a.endedAt, b.endedAt) || compare(a.orderId, b.orderId));

  return inOrder.map((visit) => {
    const rule = ruleOn(visit.date);
    const tariff = tariffOf(visit, rule);
    const grossFen =
      (tariff?.perVisitFen ?? 0) + Math.round(((tariff?.perHourFen ?? 0) * visit.minutes) / 60);
    let due = grossFen;
    const bill: VisitBill = {
      visit,
      grossFen,
      subsidies: [],
      vouchers: [],
      residentFen: 0,
      untariffed: tariff === undefined,
    };
    for (const subsidy of rule.subsidies) {
      if (!subsidyFits(subsidy, visit)) continue;
      const key = subsidyKey(visit.beneficiary, visit.date, subsidy.name);
      const had = subsidised.get(key) ?? 0;
      const limit = (subsidy.maxFenPerResidentMonth ?? Infinity) - had;
      const fen = Math.min(due, Math.round(grossFen * subsidy.share), Math.max(0, limit));
      if (fen <= 0) continue;
      subsidised.set(key, had + fen);
      bill.subsidies.push({ name: subsidy.name, fen });
      due -= fen;
    }
    for (const voucher of ofResident.get(visit.beneficiary) ?? []) {
      const inTime = voucher.from <= visit.date && visit.date <= voucher.to;
      const forIt = voucher.services.length === 0 || voucher.services.includes(visit.service);
      const fen = inTime && forIt ? Math.min(due, left.get(voucher.id) ?? 0) : 0;
      if (fen <= 0) continue;
      left.set(voucher.id, (left.get(voucher.id) ?? 0) - fen);
      bill.vouchers.push({ id: voucher.id, fen });
      due -= fen;
    }
    return { ...bill, residentFen: due };
  });
}

type Tariff = SettlementRule['tariffs'][number];

/** A provider's own before one for all; among equals the first. */
function tariffOf(visit: SettledVisit, { tariffs }: SettlementRule): Tariff | undefined {
  const fitting = tariffs.filter(
    ({ provider, services }) =>
      (provider === undefined || provider === visit.provider) &&
      (services === undefined || services.includes(visit.service)),
  );
  return fitting.find((tariff) => tariff.provider !== undefined) ?? fitting[0];
}

const subsidyFits = (subsidy: SettlementRule['subsidies'][number], visit: SettledVisit): boolean =>
  (subsidy.services === undefined || subsidy.services.includes(visit.service)) &&
  (subsidy.careLevelAtLeast === undefined || visit.careLevel >= subsidy.careLevelAtLeast) &&
  (subsidy.familyBedOnly !== true || visit.familyBed);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** One line of the export: a provider, a kind of service, a month. */
export interface SettlementLine {
  provider: string;
  month: string;
  service: Service;
  visits: number;
  minutes: number;
  grossFen: number;
  subsidyFen: number;
  voucherFen: number;
  residentFen: number;
  /** What the programme pays out: subsidies and vouchers. */
  payableFen: number;
  untariffed: number;
  /** Every one of the visits it is made of. */
  orderIds: string[];
  /** Visits of closed months that it takes back; absent: none. */
  reversedIds?: string[];
}

const minus = (fen: number): number => (fen === 0 ? 0 : -fen);

/** The mirror image of a bill, in the month of the day on which it is made. */
export const reversalOf = (bill: VisitBill, date: string): VisitBill => ({
  ...bill,
  visit: { ...bill.visit, date },
  grossFen: minus(bill.grossFen),
  subsidies: bill.subsidies.map(({ name, fen }) => ({ name, fen: minus(fen) })),
  vouchers: bill.vouchers.map(({ id, fen }) => ({ id, fen: minus(fen) })),
  residentFen: minus(bill.residentFen),
  corrects: 'reversal',
});

const countOf = (bill: VisitBill): number => (bill.corrects === 'reversal' ? -1 : 1);

export function linesOf(bills: readonly VisitBill[]): SettlementLine[] {
  const groups = Map.groupBy(bills, ({ visit }) =>
    JSON.stringify([visit.provider, visit.date.slice(0, 7), visit.service]),
  );
  const lines = [...groups.values()].map((group): SettlementLine => {
    const sum = (of: (bill: VisitBill) => number): number => group.reduce((all, bill) => all + of(bill), 0);
    const parts = (list: readonly { fen: number }[]): number => list.reduce((all, part) => all + part.fen, 0);
    const [subsidyFen, voucherFen] = [sum((b) => parts(b.subsidies)), sum((b) => parts(b.vouchers))];
    const [first] = group;
    if (first === undefined) throw new Error('a group of nothing');
    const idsOf = (sign: number): string[] =>
      group.filter((bill) => countOf(bill) === sign).map((bill) => bill.visit.orderId);
    const reversedIds = idsOf(-1);
    return {
      provider: first.visit.provider,
      month: first.visit.date.slice(0, 7),
      service: first.visit.service,
      visits: sum(countOf),
      minutes: sum((bill) => countOf(bill) * bill.visit.minutes),
      grossFen: sum((bill) => bill.grossFen),
      subsidyFen,
      voucherFen,
      residentFen: sum((bill) => bill.residentFen),
      payableFen: subsidyFen + voucherFen,
      untariffed: sum((bill) => (bill.untariffed ? countOf(bill) : 0)),
      orderIds: idsOf(1),
      ...(reversedIds.length > 0 && { reversedIds }),
    };
  });
  return lines.sort((a, b) => compare(a.provider, b.provider) || compare(a.service, b.service));
}
