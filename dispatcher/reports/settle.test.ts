import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SettlementRule } from '../../schemas/rules.ts';
import { linesOf, settle, type SettledVisit, type Voucher } from './settle.ts';
import { yuan } from './settlement.ts';

const visit = (orderId: string, more: Partial<SettledVisit> = {}): SettledVisit => {
  const date = more.date ?? '2025-03-10';
  return {
    orderId,
    provider: 'A',
    service: 'bath',
    beneficiary: 'r1',
    street: '莲花',
    endedAt: `${date}T02:00:00.000Z`,
    date,
    minutes: 90,
    careLevel: 2,
    familyBed: false,
    ...more,
  };
};
const rule = (more: Partial<SettlementRule> = {}): SettlementRule => ({
  tariffs: [
    { perVisitFen: 3_000 },
    { provider: 'B', services: ['bath'], perHourFen: 6_000 },
    { provider: 'B', perVisitFen: 5_000 },
  ],
  subsidies: [{ name: '护理补贴', careLevelAtLeast: 2, share: 0.5, maxFenPerResidentMonth: 2_000 }],
  ...more,
});
const voucher = (id: string, more: Partial<Voucher> = {}): Voucher => ({
  id,
  residentId: 'r1',
  services: [],
  valueFen: 1_000,
  from: '2025-01-01',
  to: '2025-12-31',
  ...more,
});
const bill = (visits: SettledVisit[], vouchers: Voucher[] = [], given = rule()) =>
  settle(visits, () => given, vouchers);

describe('a bill', () => {
  it('is by visit or by the hour, a provider’s own tariff before the general one', () => {
    const bills = bill([
      visit('1'),
      visit('2', { provider: 'B' }),
      visit('3', { provider: 'B', service: 'meal' }),
    ]);
    expect(bills.map((item) => item.grossFen)).toEqual([3_000, 9_000, 5_000]);
    const [none] = bill([visit('4')], [], { tariffs: [], subsidies: [] });
    expect(none).toMatchObject({ grossFen: 0, untariffed: true });
  });

  it('is subsidised for whom it is meant, up to the limit of a month, which then begins anew', () => {
    const bills = bill([
      visit('1', { date: '2025-03-01' }),
      visit('2', { date: '2025-03-02' }),
      visit('3', { date: '2025-03-03' }),
      visit('4', { date: '2025-04-01' }),
      visit('5', { date: '2025-03-05', beneficiary: 'r2', careLevel: 1 }),
    ]);
    const subsidies = Object.fromEntries(
      bills.map((item) => [item.visit.orderId, item.subsidies.reduce((sum, part) => sum + part.fen, 0)]),
    );
    expect(subsidies).toEqual({ '1': 1_500, '2': 500, '3': 0, '4': 1_500, '5': 0 });
  });

  it('is paid from vouchers, the one that lapses first, while they last and for what they are for', () => {
    const vouchers = [
      voucher('late', { valueFen: 4_000 }),
      voucher('soon', { to: '2025-03-31', valueFen: 2_000 }),
      voucher('meals', { services: ['meal'] }),
      voucher('others', { residentId: 'r9' }),
    ];
    const none = rule({ subsidies: [] });
    const bills = bill(
      [
        visit('1', { date: '2025-03-01' }),
        visit('2', { date: '2025-04-01' }),
        visit('3', { date: '2025-05-01' }),
      ],
      vouchers,
      none,
    );
    expect(bills.map((item) => [item.vouchers, item.residentFen])).toEqual([
      [
        [
          { id: 'soon', fen: 2_000 },
          { id: 'late', fen: 1_000 },
        ],
        0,
      ],
      [[{ id: 'late', fen: 3_000 }], 0],
      [[], 3_000],
    ]);
  });

  it('always adds up, spends no voucher twice, and is the same in whatever order visits are given', () => {
    const visits = fc.uniqueArray(
      fc.record({
        orderId: fc.integer({ min: 1, max: 60 }).map(String),
        minutes: fc.integer({ min: 1, max: 300 }),
        day: fc.integer({ min: 1, max: 28 }),
        provider: fc.constantFrom('A', 'B'),
        service: fc.constantFrom('bath' as const, 'meal' as const),
        careLevel: fc.integer({ min: 0, max: 3 }),
      }),
      { selector: (item) => item.orderId, maxLength: 30 },
    );
    fc.assert(
      fc.property(visits, fc.integer({ min: 1, max: 50_000 }), (given, valueFen) => {
        const list = given.map(({ day, ...more }) =>
          visit(more.orderId, { ...more, date: `2025-03-${String(day).padStart(2, '0')}` }),
        );
        const vouchers = [voucher('v', { valueFen })];
        const bills = bill(list, vouchers);
        let spent = 0;
        for (const item of bills) {
          const parts = [...item.subsidies, ...item.vouchers].reduce((sum, part) => sum + part.fen, 0);
          expect(parts + item.residentFen).toBe(item.grossFen);
          expect(item.residentFen).toBeGreaterThanOrEqual(0);
          spent += item.vouchers.reduce((sum, part) => sum + part.fen, 0);
        }
        expect(spent).toBeLessThanOrEqual(valueFen);
        expect(bill(list.toReversed(), vouchers)).toEqual(bills);
        const lines = linesOf(bills);
        expect(lines.flatMap((line) => line.orderIds).sort()).toEqual(
          list.map((item) => item.orderId).sort(),
        );
        expect(lines.reduce((sum, line) => sum + line.grossFen, 0)).toBe(
          bills.reduce((sum, item) => sum + item.grossFen, 0),
        );
      }),
    );
  });
});

it('yuan are exact', () => {
  expect([0, 5, 99, 100, 123_456_789].map(yuan)).toEqual(['0.00', '0.05', '0.99', '1.00', '1234567.89']);
});
