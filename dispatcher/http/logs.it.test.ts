import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Harness, startHarness } from './testing/harness.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';

let h: Harness;
const START = Date.parse('2026-01-11T00:00:00.000Z');
const at = (minutes: number): string => new Date(START + minutes * 60_000).toISOString();

anewOnRetry(
  async () => {
    h = await startHarness();
    for (const [id, street] of [
      ['h1', '莲花'],
      ['h2', '福保'],
    ]) {
      await h.admin('POST', '/homes', { id, street });
      await h.admin('POST', '/devices', { id: `watch-${id}`, homeId: id, kind: 'wearable' });
    }
    // Every ten minutes a measurement, for three hours; in h2 one press, and one of an unregistered device.
    await h.pool.query(
      `insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, message_id, body)
     select $1::timestamptz + i * interval '10 min' + interval '1 s', $1::timestamptz + i * interval '10 min', i,
            h.no, d.no, 5, case when i % 2 = 0 then 'm' || i end,
            jsonb_build_object('heartRateBpm', 60 + i, 'ts', 1768089600000 + i, 'onOxygen', false)
     from generate_series(0, 17) i, homes h join devices d on d.home_id = h.id where h.id = 'h1'`,
      [at(0)],
    );
    await h.pool.query(
      `insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, message_id, body, marks, device_id)
     select $1, $1, 100, no, 0, 1, 'p1', '{"action":"press"}', '{unregistered_device}', 'stray' from homes where id = 'h2'`,
      [at(0)],
    );
  },
  () => h.close(),
);

const range = `from=${at(0)}&to=${at(180)}`;

describe('readings of a home', () => {
  it('come by event time, the oldest first, in pages', async () => {
    const seen = [];
    let path = `/homes/h1/readings?${range}&limit=7`;
    while (path !== '') {
      const { body } = await h.admin('GET', path);
      seen.push(...body.items);
      path = body.nextCursor === null ? '' : `/homes/h1/readings?${range}&limit=7&cursor=${body.nextCursor}`;
    }
    expect(seen.map((item) => item.occurredAt)).toEqual(Array.from({ length: 18 }, (_, i) => at(i * 10)));
    expect(seen[0]).toEqual({
      messageId: 'm0',
      deviceId: 'watch-h1',
      channel: 'vitals',
      occurredAt: at(0),
      receivedAt: '2026-01-11T00:00:01.000Z',
      payload: { heartRateBpm: 60, ts: 1768089600000, onOxygen: false },
      marks: [],
    });
    expect(seen[1].messageId).toBe('_1');
  });

  it('are narrowed by time, channel and device', async () => {
    const count = async (query: string) =>
      (await h.admin('GET', `/homes/h1/readings?${query}`)).body.items.length;
    expect(await count(`from=${at(10)}&to=${at(30)}`)).toBe(2);
    expect(await count(`${range}&channel=vitals,sos`)).toBe(18);
    expect(await count(`${range}&channel=sos`)).toBe(0);
    expect(await count(`${range}&deviceId=watch-h2`)).toBe(0);
    expect(await count('')).toBe(18);
    expect(await count(`from=2026-01-11T08:00:00+08:00&to=${at(180)}`)).toBe(18);
  });

  it('of an unregistered device are shown with its id', async () => {
    const { body } = await h.admin('GET', `/homes/h2/readings?${range}`);
    expect(body.items).toMatchObject([{ deviceId: 'stray', channel: 'sos', marks: ['unregistered_device'] }]);
  });

  it('come as buckets for charts, with the least, mean and most of every number', async () => {
    const { body } = await h.admin('GET', `/homes/h1/readings?${range}&bucket=1h`);
    expect(body.items).toHaveLength(3);
    expect(body.items[0]).toEqual({
      at: at(0),
      deviceId: 'watch-h1',
      channel: 'vitals',
      count: 6,
      fields: { heartRateBpm: { min: 60, avg: 62.5, max: 65, count: 6 } },
    });
    const first = await h.admin('GET', `/homes/h1/readings?${range}&bucket=1h&limit=2`);
    const rest = await h.admin(
      'GET',
      `/homes/h1/readings?${range}&bucket=1h&limit=2&cursor=${first.body.nextCursor}`,
    );
    expect([...first.body.items, ...rest.body.items]).toEqual(body.items);
    expect(rest.body.nextCursor).toBeNull();
  });

  it.each([
    ['bucket=5', '?bucket'],
    ['bucket=1s&from=2025-01-01T00:00:00Z', '?bucket'],
    ['from=yesterday', '?from'],
    ['channel=smell', '?channel.0'],
    ['limit=1001', '?limit'],
  ])('are refused for %s', async (query, field) => {
    const { status, body } = await h.admin('GET', `/homes/h1/readings?${query}`);
    expect([status, body.problems[0].field]).toEqual([400, field]);
  });

  it('of no home are 404', async () => {
    expect((await h.admin('GET', '/homes/nowhere/readings')).status).toBe(404);
  });
});

describe('dead letters', () => {
  anewOnRetry(async () => {
    const insert = (reason: string, home: string | null, body: Buffer | null) =>
      h.pool.query(
        `insert into dead_letters (received_at, reason, detail, credential, home_id, device_id, topic, size, sha256, body)
         values ($1, $2, 'why', 'watch-h1', $3, 'watch', 'care/v1/x', 7, $4, $5)`,
        [at(0), reason, home, createHash('sha256').update('x').digest(), body],
      );
    await insert('not_json', 'h1', Buffer.from('{"half'));
    await insert('schema', 'h2', Buffer.from([0xff, 0xfe]));
    await insert('too_large', null, null);
  });

  it('are listed with their reasons, the newest first, by page and filter', async () => {
    const { body } = await h.admin('GET', '/dead-letters?limit=2');
    expect(body.items).toMatchObject([
      { reason: 'too_large', homeId: null, body: null, bodyBase64: null },
      { reason: 'schema', body: null, bodyBase64: '//4=' },
    ]);
    const next = await h.admin('GET', `/dead-letters?limit=2&cursor=${body.nextCursor}`);
    expect(next.body).toMatchObject({
      items: [{ reason: 'not_json', body: '{"half', size: 7 }],
      nextCursor: null,
    });
    expect((await h.admin('GET', '/dead-letters?reason=schema,not_json')).body.items).toHaveLength(2);
    expect((await h.admin('GET', '/dead-letters?homeId=h1')).body.items).toHaveLength(1);
  });

  it('of other streets, or of none, are not shown to a user of some streets', async () => {
    const { call } = await h.userOf('operator', { streets: ['莲花'] });
    expect((await call('GET', '/dead-letters')).body.items).toMatchObject([{ homeId: 'h1' }]);
  });
});

describe('the audit log', () => {
  it('says who did what, to what, when and from where', async () => {
    const { body } = await h.admin('GET', '/audit?object=home:h1&action=home.create');
    expect(body.items).toEqual([
      {
        id: expect.any(Number),
        at: new Date(h.clock.now()).toISOString(),
        who: 'admin',
        role: 'admin',
        address: '127.0.0.1',
        action: 'home.create',
        object: 'home:h1',
        detail: {},
      },
    ]);
  });

  it('is paged, and narrowed by who, what and when', async () => {
    const all = (await h.admin('GET', '/audit')).body.items;
    const first = await h.admin('GET', '/audit?limit=3');
    const second = await h.admin('GET', `/audit?limit=1000&cursor=${first.body.nextCursor}`);
    expect([...first.body.items, ...second.body.items]).toEqual(all);
    expect((await h.admin('GET', '/audit?action=home.create')).body.items).toHaveLength(2);
    expect((await h.admin('GET', '/audit?action=device')).body.items).toHaveLength(2);
    expect((await h.admin('GET', '/audit?to=2026-01-01T00:00:00Z')).body.items).toEqual([]);
  });

  it('shows an auditor of some streets what was done there', async () => {
    const { call } = await h.userOf('auditor', { streets: ['莲花'] });
    const { items } = (await call('GET', '/audit')).body;
    const objects = new Set(items.map(({ object }: { object: string }) => object));
    expect([...objects].sort()).toEqual(['device:watch-h1', 'home:h1']);
  });

  it('cannot be changed, not even by us', async () => {
    await expect(h.pool.query('delete from audit')).rejects.toThrow('append-only');
    await expect(h.pool.query(`update audit set who = 'x'`)).rejects.toThrow('append-only');
  });
});
