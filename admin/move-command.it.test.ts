import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../platform/clock.ts';
import { createPool, type Pool } from '../platform/database.ts';
import { hasTimescale } from '../platform/hypertables.ts';
import { silentLog } from '../platform/log.ts';
import { migrate } from '../platform/migrate.ts';
import { maintainPartitions } from '../platform/partitions.ts';
import { rollUp } from '../platform/rollups.ts';
import { type TestDatabase, testDatabase } from '../tests/support/postgres.ts';
import { moveCommand } from './move-command.ts';

const log = silentLog();
const clock = systemClock;

/** A plain database with tables, also on a server that has TimescaleDB. */
async function plainDatabase(): Promise<TestDatabase> {
  const plain = await testDatabase({ migrated: false });
  await plain.pool.query(
    `alter database ${new URL(plain.url).pathname.slice(1)} set yinling.timescaledb = 'off'`,
  );
  await migrate({ url: plain.url, clock, log });
  return plain;
}

/** Of every table that holds what cannot be made anew: how many rows, and a digest of them. */
async function contents(pool: Pool): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const table of ['homes', 'devices', 'readings', 'message_ids', 'alerts', 'alert_events', 'audit']) {
    const { rows } = await pool.query<{ all: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(to_jsonb(t)::text, ',' order by to_jsonb(t)::text)), '') as all
       from ${table} t`,
    );
    found[table] = rows[0]?.all ?? '';
  }
  const { rows } = await pool.query(
    `select hour, device_no, field, sum(count)::int as count, min(min) as min, max(max) as max from reading_hours
     group by 1, 2, 3 order by 1, 2, 3`,
  );
  return { ...found, hours: JSON.stringify(rows) };
}

it('a database moves into an empty one, all of it: hypertables and continuous aggregates where that has TimescaleDB', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'yinling-move-'));
  const source = await plainDatabase();
  const target = await testDatabase({ migrated: false });
  const from = createPool(source.url, { applicationName: 'test', log, max: 2 });
  const env = { DATABASE_URL: source.url, DATA_DIR: folder };
  try {
    await from.query(`insert into homes (id, street, personal, created_at) values ('h1', '莲花', '', now())`);
    await from.query(
      `insert into devices (id, home_id, kind, secret_hash, created_at) values ('d1', 'h1', 'wearable', '', now())`,
    );
    await from.query(
      `insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, message_id, body)
       select now() - g * interval '1 hour', now() - g * interval '1 hour', g, h.no, d.no, 5, 'm' || g,
              jsonb_build_object('heartRateBpm', 60 + g % 30)
       from generate_series(0, 288, 9) g, homes h, devices d`,
    );
    await from.query(
      `insert into message_ids (day, device_no, id_key, content_key) values (current_date, 1, 2, 3)`,
    );
    await from.query(
      `insert into audit (at, who, role, action, object) select now(), 'op', 'operator', 'seen', 'o' || g from generate_series(1, 50) g`,
    );
    await maintainPartitions({ pool: from, clock, log });
    await rollUp({ pool: from, clock, log });
    const before = await contents(from);

    const service = createPool(source.url, { applicationName: 'yinling', log, max: 1 });
    await service.query('select 1');
    const refused = await moveCommand({ words: [target.url], env, url: undefined });
    expect(refused).toMatchObject({ ok: false, answer: expect.stringContaining('stop the service first') });
    await service.end();

    const moved = await moveCommand({ words: [target.url], env, url: undefined });
    expect(moved).toMatchObject({ ok: true, answer: { from: expect.stringMatching(/^PostgreSQL [\d.]+/) } });
    expect(await contents(target.pool)).toEqual(before);
    expect(await contents(from)).toEqual(before);
    if (await hasTimescale(target.pool)) {
      const { rows } = await target.pool.query(
        `select (select count(*)::int from timescaledb_information.chunks where hypertable_name = 'readings' and is_compressed) as compressed,
           (select count(*)::int from timescaledb_information.continuous_aggregates) as aggregates`,
      );
      expect(rows[0]?.compressed).toBeGreaterThan(2);
      expect(rows[0]).toMatchObject({ aggregates: 2 });
    }

    const again = await moveCommand({ words: [target.url], env, url: undefined });
    expect(again).toMatchObject({ ok: false, answer: expect.stringContaining('is not empty') });
    expect((await moveCommand({ words: ['nowhere'], env, url: undefined })).ok).toBe(false);
  } finally {
    await from.end();
    await target.drop();
    await source.drop();
    rmSync(folder, { recursive: true, force: true });
  }
}, 240_000);
