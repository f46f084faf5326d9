import { describe, expect, it } from 'vitest';
import { anewOnRetry } from '../../tests/support/anew.ts';
import { type Harness, startHarness } from '../http/testing/harness.ts';

let h: Harness;
const CSV = { 'content-type': 'text/csv' };
const head = 'id,homeId,residentId,service,caregiverId,beganAt,endedAt,score';
const load = async (...visits: string[]) => {
  const { body } = await h.admin('POST', '/import/visits', [head, ...visits].join('\n'), CSV);
  expect(body).toMatchObject({ imported: visits.length });
};
const settled = async (month: string) => (await h.admin('GET', `/reports/settlement?month=${month}`)).body;
const kpi = async (month: string) =>
  (await h.admin('GET', `/reports/kpi?from=${month}&to=${month}&groupBy=service`)).body;
const close = (month: string) => h.admin('POST', '/reports/settlement/months', { month });
const rule = (perHourFen: number) =>
  h.admin('POST', '/rules', {
    name: 'settlement',
    from: '2025-01-01',
    body: {
      tariffs: [{ perHourFen }],
      subsidies: [{ name: '补贴', share: 0.5, maxFenPerResidentMonth: 3_000 }],
    },
  });

anewOnRetry(
  async () => {
    h = await startHarness();
    await h.admin('POST', '/homes', { id: 'h1', street: '莲花' });
    await h.admin('POST', '/residents', { id: 'r1', homeId: 'h1', name: '王', careLevel: 2 });
    await h.admin('POST', '/caregivers', { id: 'c1', name: '李', role: 'care_worker', provider: '甲' });
    await load(
      'a1,h1,r1,bath,c1,2025-02-03 09:00,2025-02-03 10:00,9',
      'a2,h1,r1,bath,c1,2025-03-03 09:00,2025-03-03 10:00,8',
      'a3,h1,r1,care,c1,2025-03-04 09:00,2025-03-04 10:00,10',
    );
    await rule(4_000);
    const voucher = { id: 'vo1', residentId: 'r1', name: '券', from: '2025-01-01', to: '2099-12-31' };
    await h.admin('POST', '/vouchers', { ...voucher, valueFen: 3_500 });
  },
  () => h.close(),
);

describe('a month that is closed', () => {
  it('is closed in order, when it is over, by somebody for the whole district, once', async () => {
    expect((await close('2025-03')).body).toMatchObject({
      code: 'conflict',
      detail: expect.stringContaining('2025-02'),
    });
    expect((await close('2999-01')).body.problems).toMatchObject([{ field: 'month' }]);
    const { call } = await h.userOf('supervisor', { streets: ['莲花'] });
    expect((await call('POST', '/reports/settlement/months', { month: '2025-02' })).status).toBe(403);
    const [first, second] = await Promise.all([close('2025-02'), close('2025-02')]);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(first.body).toEqual(second.body);
    const entries = (await h.admin('GET', '/audit?object=month:2025-02')).body.items;
    expect(entries).toMatchObject([{ action: 'month.close', detail: { sha256: first.body.sha256 } }]);
  });

  it('does not change, whatever is changed later: rules, residents, vouchers, scores, visits that come late', async () => {
    await close('2025-02');
    const open = await settled('2025-03');
    expect(open).toMatchObject({
      closed: null,
      // 3,000 of subsidies are the month's limit; 2,000 of the voucher were spent in February.
      total: { grossFen: 8_000, subsidyFen: 3_000, voucherFen: 1_500, residentFen: 3_500 },
    });
    await close('2025-03');
    const before = [await settled('2025-03'), await kpi('2025-03'), await settled('2025-02')];
    expect(before[0]).toEqual({ ...open, closed: { at: expect.any(String), by: 'admin' } });

    await rule(9_000);
    await h.admin('PATCH', '/residents/r1', { careLevel: 0 });
    await h.admin('DELETE', '/vouchers/vo1');
    await h.pool.query(`update ratings set score = 1`);
    await load('late,h1,r1,meal,c1,2025-03-31 09:00,2025-03-31 09:30,10');
    expect([await settled('2025-03'), await kpi('2025-03'), await settled('2025-02')]).toEqual(before);

    // What came late counts where the first open month begins, once.
    expect((await kpi('2025-04')).rows).toMatchObject([{ group: 'meal', visits: 1, hours: 0.5 }]);
    expect((await settled('2025-04')).lines).toMatchObject([{ orderIds: ['late'], grossFen: 4_500 }]);
    const all = (await h.admin('GET', '/reports/kpi?groupBy=month')).body;
    expect(all.rows.map((row: { group: string; visits: number }) => [row.group, row.visits])).toEqual([
      ['2025-02', 1],
      ['2025-03', 2],
      ['2025-04', 1],
    ]);
  });

  it('is corrected in the month in which that is found, by a mirror image, once; every line names its visits', async () => {
    const month = new Date(h.clock.now() + 8 * 3_600_000).toISOString().slice(0, 7);
    await close('2025-02');
    await close('2025-03');
    await rule(9_000);
    const before = [await settled('2025-03'), await kpi('2025-03')];
    const correct = (body: object) => h.admin('POST', '/reports/settlement/corrections', body);
    expect((await correct({ orderId: 'nobody', reason: '?' })).status).toBe(404);
    const wrong = { orderId: 'a2', reason: '忘记签退，王奶奶来电', instead: { minutes: 30 } };
    expect((await correct(wrong)).body).toMatchObject({
      reversal: { grossFen: -4_000 },
      // By the rule of its day as it is now, and the limit as if it had not been billed.
      instead: { grossFen: 4_500, visit: { minutes: 30 } },
    });
    expect((await correct(wrong)).status).toBe(409);
    expect((await correct({ orderId: 'a1', reason: '重复' })).body.instead).toBeNull();

    const { lines, total } = await settled(month);
    expect(lines).toMatchObject([
      { service: 'bath', visits: -1, minutes: -90, orderIds: ['a2'], reversedIds: ['a1', 'a2'] },
    ]);
    expect(total.grossFen).toBe(-4_000 - 4_000 + 4_500);
    expect((await kpi(month)).total).toMatchObject({ visits: -1, hours: -1.5, households: 0 });
    expect([await settled('2025-03'), await kpi('2025-03')]).toEqual(before);
    const { text } = await h.admin('GET', `/reports/settlement?month=${month}`, undefined, {
      accept: 'text/csv',
    });
    expect(text).toContain('a2;reversed:a1;reversed:a2');
    const { rows } = await h.pool.query<{ reason: Buffer }>('select reason from visit_correction_notes');
    expect(rows.map((row) => row.reason.toString('utf8')).join('')).not.toContain('王奶奶');
  });

  it('is put right in its place while it is open: minutes, service, or not counted at all', async () => {
    const correct = (body: object) => h.admin('POST', '/reports/settlement/corrections', body);
    await load(
      'b1,h1,r1,meal,c1,2025-12-03 09:00,2025-12-03 10:00,9',
      'b2,h1,r1,meal,c1,2025-12-04 09:00,2025-12-04 10:00,9',
    );
    const before = (await settled('2025-12')).total;
    const mended = await correct({ orderId: 'b1', reason: '王奶奶说只来了半小时', instead: { minutes: 30 } });
    expect(mended.body).toMatchObject({
      reversal: { grossFen: -before.grossFen / 2 },
      instead: { visit: { minutes: 30 } },
    });
    expect((await settled('2025-12')).total).toMatchObject({ visits: 2, minutes: 90 });
    expect((await settled('2025-12')).total.grossFen).toBe(
      before.grossFen + mended.body.reversal.grossFen + mended.body.instead.grossFen,
    );
    expect((await correct({ orderId: 'b2', reason: '没有来' })).body.instead).toBeNull();
    expect((await correct({ orderId: 'b2', reason: '没有来' })).status).toBe(409);
    expect((await kpi('2025-12')).total).toMatchObject({ visits: 1, hours: 0.5 });
    expect((await settled('2025-12')).lines).toMatchObject([{ orderIds: ['b1'], visits: 1 }]);
    expect((await correct({ orderId: 'nothing', reason: '?' })).status).toBe(404);
    const { rows } = await h.pool.query('select order_id, before, after from visit_amendments order by id');
    expect(rows).toEqual([
      { order_id: 'b1', before: { service: 'meal', minutes: 60 }, after: { service: 'meal', minutes: 30 } },
      { order_id: 'b2', before: { service: 'meal', minutes: 60 }, after: null },
    ]);
    await expect(h.pool.query('delete from visit_amendments')).rejects.toThrow('append-only');
    const said = (await h.admin('GET', '/audit?action=visit.correct&object=order:b1')).body.items;
    expect(said).toHaveLength(1);
    expect(JSON.stringify(said)).not.toContain('王奶奶');
  });

  it('the database refuses to change or remove', async () => {
    for (const table of ['closed_months', 'closed_visits', 'visit_corrections'])
      for (const statement of [`delete from ${table}`, `truncate ${table} cascade`])
        await expect(h.pool.query(statement)).rejects.toThrow('append-only');
    await expect(h.pool.query('update closed_visits set minutes = 0')).rejects.toThrow('append-only');
  });
});
