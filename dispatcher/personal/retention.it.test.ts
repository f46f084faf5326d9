import { expect, it } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { maintainHypertables } from '../../platform/hypertables.ts';
import { silentLog } from '../../platform/log.ts';
import { ManualClock } from '../../platform/manual-clock.ts';
import { maintainPartitions } from '../../platform/partitions.ts';
import { parseRetention, type Retention } from '../../platform/retention.ts';
import { anewOnRetry } from '../../tests/support/anew.ts';
import { type Harness, startHarness } from '../http/testing/harness.ts';
import { applyRetention } from './retention.ts';

const DAY_MS = 86_400_000;
const parsed = parseRetention(
  'readings=30,positions=7,dead-letters=7,handovers=7,notices=7,visit-notes=183,prompts=1',
);
const retention = parsed.ok ? parsed.retention : (undefined as never as Retention);
let h: Harness;
anewOnRetry(
  async () => {
    h = await startHarness({ retention });
  },
  () => h.close(),
);

it('what has been kept long enough goes, by kind; the rest stays, and people can see both', async () => {
  const { pool } = h;
  const clock = new ManualClock();
  const at = (days: number) => new Date(clock.now() - days * DAY_MS);
  const reading = (days: number, channel: number) =>
    pool.query(
      `insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, body) values ($1, $1, 1, 1, 1, $2, '{}')`,
      [at(days), channel],
    );
  for (const days of [1, 8, 12, 40]) for (const channel of [1, 6]) await reading(days, channel);
  const log = silentLog();
  await maintainPartitions({ pool, clock, log });
  await maintainHypertables({ pool, clock, log }); // where there are any, older ones are compressed by then
  for (const days of [1, 8]) {
    await pool.query(
      `insert into dead_letters (received_at, reason, topic, size, sha256) values ($1, 'schema', 't', 1, '')`,
      [at(days)],
    );
    await pool.query(`insert into handovers (at, by, streets, note) values ($1, 'op', '{}', '')`, [at(days)]);
    await pool.query(
      `insert into downlink (home_id, device_id, body, created_at, expires_at) values ('h', 'd', '{}', $1, $1)`,
      [at(days - 1)],
    );
  }
  for (const [id, days] of Object.entries({ old: 200, recent: 1 })) {
    await pool.query(
      `insert into orders (id, home_id, street, service, emergency, state, created_at, version, doc)
       values ($1, 'h', '莲花', 'meal', false, 'completed', $2, 1, '{}')`,
      [id, at(days)],
    );
    await pool.query(
      `insert into visits (order_id, service, home_id, caregiver_id, street, began_at, ended_at, minutes, place, notes)
       values ($1, 'meal', 'h', 'c', '莲花', $2, $2, 60, '{}', '')`,
      [id, at(days)],
    );
  }
  expect(await applyRetention({ pool, clock, log, retention })).toEqual({
    readings: 1,
    positions: 2,
    'dead-letters': 1,
    handovers: 1,
    notices: 0,
    'visit-notes': 1,
    prompts: 1,
  });
  expect(await applyRetention({ pool, clock, log, retention })).toMatchObject({ readings: 0, positions: 0 });
  const left = await pool.query(
    `select (select array_agg(channel order by received_at, channel) from readings) as channels,
       (select array_agg(order_id order by order_id) from visits) as visits,
       (select array_agg(order_id) from visits where notes is not null and place is not null) as noted`,
  );
  expect(left.rows).toEqual([{ channels: [1, 1, 1, 6], visits: ['old', 'recent'], noted: ['recent'] }]);
  const { body } = await h.admin('GET', '/retention');
  expect(body.items[1]).toMatchObject({ kind: 'positions', days: 7, removed: 0, removedInAll: 2 });
  expect(Date.parse(body.items[1].oldestAt)).toBe(clock.now() - 7 * DAY_MS);
  expect(Date.parse(body.items[0].oldestAt)).toBe(Math.floor(at(12).getTime() / DAY_MS) * DAY_MS);
});

it('how old the oldest reading is is answered without looking through any day but the first', async () => {
  const { pool } = h;
  const oldest = async () => (await h.admin('GET', '/retention')).body.items[0].oldestAt as string | null;
  await pool.query('delete from readings');
  for (const day of ['2026-03-01', '2026-03-02', '2026-03-03'])
    await pool.query(
      `insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, body) values ($1, $1, 1, 1, 1, 1, '{}')`,
      [`${day}T15:30:00Z`],
    );
  await maintainPartitions({ pool, clock: new ManualClock(), log: silentLog() });
  /** While somebody keeps the last day for himself. */
  const withoutLast = async <T>(ask: () => Promise<T>): Promise<T> => {
    const holder = await pool.connect();
    try {
      await holder.query('begin');
      const { rows } = await holder.query<{ part: string }>(
        `select tableoid::regclass::text as part from readings where received_at >= '2026-03-03'`,
      );
      await holder.query(`lock table ${rows[0]?.part} in access exclusive mode`);
      return await ask();
    } finally {
      await holder.query('rollback');
      holder.release();
    }
  };
  expect(await withoutLast(oldest)).toBe('2026-03-01T00:00:00.000Z');
  await pool.query(`delete from readings where received_at < '2026-03-02'`);
  expect(await withoutLast(oldest)).toBe('2026-03-02T00:00:00.000Z');
  await pool.query('delete from readings');
  expect(await oldest()).toBeNull();
});

it('what is kept for good is never asked for, and the audit log cannot be named', async () => {
  const forGood = parseRetention('dead-letters=forever,handovers=forever,notices=forever,prompts=forever');
  if (!forGood.ok) throw new Error('refused');
  const done = await applyRetention({
    pool: h.pool,
    clock: systemClock,
    log: silentLog(),
    retention: forGood.retention,
  });
  expect(done).toEqual({});
  expect(parseRetention('audit=1').ok).toBe(false);
});
