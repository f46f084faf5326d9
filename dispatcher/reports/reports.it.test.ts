import { describe, expect, it } from 'vitest';
import { anAlert } from '../http/testing/fakes.ts';
import { type Harness, startHarness } from '../http/testing/harness.ts';
import { visitHistory } from './testing/visit-history.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';

let h: Harness;
anewOnRetry(
  async () => {
    h = await startHarness();
    await h.admin('POST', '/homes', { id: 'h1', street: '莲花' });
    await h.admin('POST', '/devices', { id: 'b1', homeId: 'h1', kind: 'sos_button' });
    await h.admin('POST', '/devices', { id: 'w1', homeId: 'h1', kind: 'wearable' });
  },
  () => h.close(),
);

describe('the programme’s figures', () => {
  anewOnRetry(() =>
    visitHistory(h.pool, { households: 885, visits: 4_649, hours: 8_147, satisfaction: 9.18 }),
  );

  it('of the district’s September 2024 are exactly the district’s: 885, 4,649, 8,147, 9.18', async () => {
    const { body } = await h.admin('GET', '/reports/kpi?from=2024-09-01&to=2024-09-30&groupBy=month');
    const figures = { households: 885, visits: 4_649, hours: 8_147, satisfaction: 9.18 };
    expect(body.total).toEqual({ group: 'total', ...figures });
    expect(body.rows).toEqual([{ group: '2024-09', ...figures }]);
    expect((await h.admin('GET', '/reports/kpi?from=2024-09&to=2024-09')).body.total).toEqual(body.total);
    expect((await h.admin('GET', '/reports/kpi')).body.total).toEqual(body.total);
  });

  it.each(['street', 'service', 'provider'])('by %s add up', async (groupBy) => {
    const { body } = await h.admin('GET', `/reports/kpi?from=2024-09&to=2024-09&groupBy=${groupBy}`);
    const sum = (key: string) =>
      body.rows.reduce((total: number, row: Record<string, number>) => total + (row[key] ?? 0), 0);
    expect(body.rows.length).toBeGreaterThan(2);
    expect([sum('visits'), Math.round(sum('hours'))]).toEqual([4_649, 8_147]);
    expect(body.total).toMatchObject({ households: 885, visits: 4_649, hours: 8_147, satisfaction: 9.18 });
  });

  it('count a visit in the local month in which it ends', async () => {
    // 2024-08-31T16:30Z is September in Shenzhen.
    await visitHistory(h.pool, {
      households: 1,
      visits: 1,
      hours: 1,
      satisfaction: 8,
      from: '2024-10-31T16:00:00Z',
      prefix: 'edge',
    });
    const { body } = await h.admin('GET', '/reports/kpi?from=2024-10&to=2024-11');
    expect(body.rows).toMatchObject([{ group: '2024-11', visits: 1, hours: 1, satisfaction: 8 }]);
  });

  it('of a period without visits are zero, not an error', async () => {
    const { body } = await h.admin('GET', '/reports/kpi?from=2020-01&to=2020-12');
    expect(body).toMatchObject({
      rows: [],
      total: { households: 0, visits: 0, hours: 0, satisfaction: null },
    });
  });

  it('leave out visits to tests and canaries', async () => {
    await h.pool.query(
      `insert into alerts (id, dedup_key, kind, priority, state, home_id, street, occurred_at, opened_at, test, version, doc)
       values ('test-alert', 'x', 'sos', 1, 'resolved', 'h1', '莲花', now(), now(), true, 1, '{}')`,
    );
    await visitHistory(h.pool, {
      households: 1,
      visits: 1,
      hours: 1,
      satisfaction: 1,
      from: '2023-01-10T00:00:00Z',
      prefix: 'test',
    });
    await h.pool.query(`update orders set alert_id = 'test-alert' where id like 'test-%'`);
    expect((await h.admin('GET', '/reports/kpi?from=2023-01&to=2023-01')).body.total.visits).toBe(0);
  });

  it('come as CSV where it is asked for', async () => {
    const answer = await h.admin('GET', '/reports/kpi?from=2024-09&to=2024-09&groupBy=month', undefined, {
      accept: 'text/csv',
    });
    expect(answer.headers['content-type']).toContain('text/csv');
    expect(answer.text).toBe(
      '\uFEFFgroup,households,visits,hours,satisfaction\r\n2024-09,885,4649,8147,9.18\r\ntotal,885,4649,8147,9.18\r\n',
    );
  });

  it('are those of the caller’s streets', async () => {
    const { call } = await h.userOf('supervisor', { streets: ['莲花'] });
    const { body } = await call('GET', '/reports/kpi?from=2024-09&to=2024-09&groupBy=street');
    expect(body.rows.map((row: { group: string }) => row.group)).toEqual(['莲花']);
    expect(body.total.visits).toBe(body.rows[0].visits);
  });

  it.each(['from=yesterday', 'from=2024-09&to=2024-08', 'groupBy=moon'])(
    'are refused for %s',
    async (query) => {
      expect((await h.admin('GET', `/reports/kpi?${query}`)).status).toBe(400);
    },
  );
});

describe('the response report', () => {
  const T = Date.parse('2026-01-10T00:00:00.000Z');
  const iso = (seconds: number) => new Date(T + seconds * 1000).toISOString();

  /** An alert opened at `opened`, with what happened afterwards as `[seconds, event]`. */
  async function alert(
    id: string,
    {
      opened = 0,
      kind = 'sos',
      priority = 1,
      state = 'resolved',
      disposition = 'assisted',
      device = 'b1',
      publishedMs = 5,
    },
    events: [number, Record<string, unknown>][],
  ): Promise<void> {
    const doc = anAlert({ id, deviceIds: [device], receivedAt: iso(opened), street: '莲花' });
    await h.pool.query(
      `insert into alerts (id, dedup_key, kind, priority, state, disposition, home_id, street, occurred_at, opened_at, published_at, version, doc)
       values ($1, $1, $2, $3, $4, $5, 'h1', '莲花', $6, $6, $6::timestamptz + $7 * interval '1 ms', 9, $8)`,
      [
        id,
        kind,
        priority,
        state,
        state === 'resolved' ? disposition : null,
        iso(opened),
        publishedMs,
        JSON.stringify(doc),
      ],
    );
    for (const [index, [seconds, event]] of [[0, { type: 'opened' }] as const, ...events].entries())
      await h.pool.query(
        'insert into alert_events (alert_id, version, at, type, body) values ($1, $2, $3, $4, $5)',
        [id, index + 1, iso(opened + seconds), event['type'], JSON.stringify([event])],
      );
  }
  const ack = (by = 'op') => ({ type: 'acknowledged', by });

  anewOnRetry(async () => {
    await alert('fast', {}, [[8, ack()]]);
    await alert('minute', { disposition: 'false_alarm' }, [
      [50, ack()],
      [60, { type: 'called_again' }],
      [400, ack()],
    ]);
    await alert('slow', { publishedMs: 100 }, [[200, ack()]]);
    await alert('straight', {}, [[9, { type: 'resolved', by: 'op' }]]);
    // Asked for 20 s first: the operator's wait begins when the asking is over.
    await alert('asked', { kind: 'fall', device: 'w1', disposition: 'false_alarm' }, [
      [20, { type: 'verified' }],
      [29, ack()],
    ]);
    await alert('self', { kind: 'fall', disposition: 'resident_ok', device: 'w1' }, [
      [10, { type: 'resolved', by: 'resident' }],
    ]);
    await alert('waiting', { state: 'open' }, []);
    await alert('technical', { kind: 'low_battery', priority: 4 }, [[9_000, ack()]]);
    for (const [id, minutes] of [
      ['fast', 12],
      ['minute', 50],
    ] as const)
      await h.pool.query(
        `insert into orders (id, alert_id, home_id, street, service, emergency, state, created_at, version, doc)
         values ($1, $1, 'h1', '莲花', 'urgent', true, 'completed', now(), 1, $2)`,
        [id, JSON.stringify({ arrivedAt: iso(minutes * 60) })],
      );
  });
  const report = async () => (await h.admin('GET', '/reports/response?from=2026-01-10&to=2026-01-10')).body;

  it('says how many calls were answered in 10, 60 and 180 s, and names every one over three minutes', async () => {
    const { answered } = await report();
    expect(answered).toMatchObject({
      calls: 6,
      within10S: { count: 3, share: 0.5 },
      within60S: { count: 4, share: 0.667 },
      within180S: { count: 4, share: 0.667 },
    });
    expect(answered.over180S).toMatchObject([
      { alertId: 'waiting', answeredAt: null, waitedS: Math.round((h.clock.now() - T) / 1000) },
      { alertId: 'slow', waitedS: 200, answeredAt: iso(200) },
    ]);
  });

  it('says how many were at the door in 15, 45 and 60 minutes', async () => {
    expect((await report()).arrived).toEqual({
      arrivals: 2,
      within15Min: { count: 1, share: 0.5 },
      within45Min: { count: 1, share: 0.5 },
      within60Min: { count: 2, share: 1 },
    });
  });

  it('says how long a call took to the operators’ screens', async () => {
    const { latencyMs } = await report();
    expect(latencyMs).toMatchObject({
      count: 8,
      p50: 5,
      max: 100,
      byPriority: { 1: { count: 7 }, 4: { count: 1 } },
    });
  });

  it('says which share was for nothing, by kind of device', async () => {
    expect((await report()).falseAlarms).toEqual({
      resolved: 6,
      count: 3,
      share: 0.5,
      byDeviceKind: {
        sos_button: { resolved: 4, count: 1, share: 0.25 },
        wearable: { resolved: 2, count: 2, share: 1 },
      },
    });
  });

  it('comes as CSV', async () => {
    const { text } = await h.admin('GET', '/reports/response?from=2026-01-10&to=2026-01-10', undefined, {
      accept: 'text/csv',
    });
    expect(text).toContain('answered within 10 s,3,0.5\r\n');
    expect(text).toContain('over 180 s: slow,200,\r\n');
  });

  it('of a quiet period has shares of nothing', async () => {
    const { body } = await h.admin('GET', '/reports/response?from=2020-01&to=2020-01');
    expect(body).toMatchObject({
      answered: { calls: 0, within10S: { share: null } },
      latencyMs: { p50: null },
    });
  });
});
