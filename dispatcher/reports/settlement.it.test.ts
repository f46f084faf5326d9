import { describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../http/testing/harness.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';

let h: Harness;
const CSV = { 'content-type': 'text/csv' };
anewOnRetry(
  async () => {
    h = await startHarness();
    for (const [id, street] of [
      ['h1', '莲花'],
      ['h2', '福保'],
    ]) {
      await h.admin('POST', '/homes', { id, street });
      await h.admin('POST', '/residents', { id: `r-${id}`, homeId: id, name: '王', careLevel: 2 });
    }
    await h.admin('POST', '/caregivers', { id: 'c1', name: '李', role: 'care_worker', provider: '甲<机构>' });
    await h.admin('POST', '/caregivers', { id: 'c2', name: '周', role: 'nurse', provider: '乙' });
    const visits = [
      'id,homeId,residentId,service,caregiverId,beganAt,endedAt,score',
      'a1,h1,r-h1,bath,c1,2025-02-27 09:00,2025-02-27 10:00,9',
      'a2,h1,r-h1,bath,c1,2025-03-01 09:00,2025-03-01 10:30,10',
      'a3,h1,r-h1,bath,c1,2025-03-31 23:00,2025-03-31 23:59,2',
      'a4,h2,r-h2,medical,c2,2025-03-05 09:00,2025-03-05 09:30,10',
      'a5,h1,r-h1,bath,c1,2025-04-01 00:00,2025-04-01 00:30,10',
    ].join('\n');
    const done = await h.admin('POST', '/import/visits', visits, CSV);
    if (done.body.imported !== 5) throw new Error(done.text);
    const rules = (perHourFen: number) => ({
      tariffs: [{ services: ['bath'], perHourFen }],
      subsidies: [{ name: '补贴', share: 0.5 }],
    });
    await h.admin('POST', '/rules', { name: 'settlement', from: '2025-01-01', body: rules(4_000) });
    await h.admin('POST', '/rules', { name: 'settlement', from: '2025-03-15', body: rules(8_000) });
    const voucher = { residentId: 'r-h1', name: '养老消费券', from: '2025-02-01', to: '2025-12-31' };
    await h.admin('POST', '/vouchers', { id: 'vo1', ...voucher, valueFen: 2_500 });
  },
  () => h.close(),
);

describe('settlement', () => {
  it('of a month is by provider and service, by the tariff of each day, every line with its visits', async () => {
    const { body } = await h.admin('GET', '/reports/settlement?month=2025-03');
    expect(body.lines).toEqual([
      {
        provider: '乙',
        month: '2025-03',
        service: 'medical',
        visits: 1,
        minutes: 30,
        grossFen: 0,
        subsidyFen: 0,
        voucherFen: 0,
        residentFen: 0,
        payableFen: 0,
        untariffed: 1,
        orderIds: ['a4'],
      },
      {
        provider: '甲<机构>',
        month: '2025-03',
        service: 'bath',
        visits: 2,
        minutes: 149,
        // 6,000 at the old tariff and 7,867 at the new one.
        grossFen: 13_867,
        subsidyFen: 6_934,
        // The voucher's other 2,000 were spent in February.
        voucherFen: 500,
        residentFen: 6_433,
        payableFen: 7_434,
        untariffed: 0,
        orderIds: ['a2', 'a3'],
      },
    ]);
    expect(body.total).toMatchObject({ visits: 3, grossFen: 13_867, untariffed: 1 });
    const own = await h.admin(
      'GET',
      `/reports/settlement?month=2025-03&provider=${encodeURIComponent('乙')}`,
    );
    expect(own.body.lines).toHaveLength(1);
    expect((await h.admin('GET', '/reports/settlement?month=2025-13')).status).toBe(400);
  });

  it('is a file to send on, by lines or by visits, in yuan', async () => {
    const get = (query: string) =>
      h.admin('GET', `/reports/settlement?month=2025-03${query}`, undefined, { accept: 'text/csv' });
    const lines = (await get('')).text.trim().split('\r\n');
    expect(lines.at(-2)).toBe('甲<机构>,2025-03,bath,2,2.48,138.67,69.34,5.00,64.33,74.34,0,a2;a3');
    const visits = (await get('&detail=visits')).text.trim().split('\r\n');
    expect(visits.find((line) => line.startsWith('a2,'))).toContain(',60.00,补贴 30.00,vo1 5.00,25.00');
  });

  it('stays as it was when a voucher is withdrawn later', async () => {
    const before = (await h.admin('GET', '/reports/settlement?month=2025-02')).body;
    expect(before.lines[0]).toMatchObject({ voucherFen: 2_000 });
    expect((await h.admin('DELETE', '/vouchers/vo1')).status).toBe(204);
    expect((await h.admin('GET', '/reports/settlement?month=2025-02')).body).toEqual(before);
  });

  it('and vouchers keep to the streets of who asks', async () => {
    const { call } = await h.userOf('supervisor', { streets: ['福保'] });
    const { lines } = (await call('GET', '/reports/settlement?month=2025-03')).body;
    expect(lines.map((line: { orderIds: string[] }) => line.orderIds)).toEqual([['a4']]);
    const voucher = { name: '券', valueFen: 1, from: '2025-01-01', to: '2025-01-01' };
    const theirs = await call('POST', '/vouchers', { ...voucher, residentId: 'r-h1' });
    expect(theirs.body.problems).toMatchObject([{ field: 'residentId' }]);
    expect(
      (await call('POST', '/vouchers', { ...voucher, residentId: 'r-h2', to: '2024-01-01' })).status,
    ).toBe(400);
  });
});

describe('pages to print', () => {
  const page = (path: string) =>
    h.admin('GET', path, undefined, { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });

  it.each([
    '/reports/kpi?groupBy=provider',
    '/reports/response',
    '/reports/ratings',
    '/reports/settlement?month=2025-03',
  ])('are given to a browser: %s', async (path) => {
    const answer = await page(path);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers.vary).toContain('accept');
    expect(answer.text).toContain('<table>');
    // What people typed is text, and nothing runs or is styled inline: the content policy would refuse it.
    expect(answer.text).not.toMatch(/<机构>|<script|<style|style=/);
  });

  it('have their style from our own file', async () => {
    const style = await h.anonymous('GET', '//docs/report.css');
    expect(style.status).toBe(200);
    expect(style.text).toContain('@media print');
  });
});

describe('ratings', () => {
  it('are by caregiver and provider, with a prior by which one bad score buries nobody', async () => {
    const { body } = await h.admin('GET', '/reports/ratings');
    expect(body.prior).toEqual({ priorMean: 9, priorWeight: 10 });
    expect(body.rows).toEqual([
      { group: 'c2', visits: 1, rated: 1, mean: 10, standing: 9.09, low: 0 },
      { group: 'c1', visits: 4, rated: 4, mean: 7.75, standing: 8.64, low: 1 },
    ]);
    const by = (await h.admin('GET', '/reports/ratings?groupBy=provider&from=2025-03&to=2025-03')).body;
    expect(by.rows.map((row: { group: string; rated: number }) => [row.group, row.rated])).toEqual([
      ['乙', 1],
      ['甲<机构>', 2],
    ]);
    const rule = { name: 'rating', from: '2020-01-01', body: { priorMean: 5, priorWeight: 0 } };
    await h.admin('POST', '/rules', rule);
    const own = (await h.admin('GET', '/reports/ratings')).body.rows;
    expect(own.map((row: { standing: number }) => row.standing)).toEqual([10, 7.75]);
  });
});
