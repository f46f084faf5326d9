import pg from 'pg';
import { systemClock } from '../platform/clock.ts';
import { createPool } from '../platform/database.ts';
import { silentLog } from '../platform/log.ts';
import { maintainPartitions } from '../platform/partitions.ts';
import { CHANNEL_NUMBER } from '../schemas/channels.ts';

const A_BATCH = 250_000;

/**
 * Readings of the day before now, spread evenly over every home's devices, made by SQL. They count as arrived before anything that an
 * ingest has numbered, and as folded; `flags` -2: id and time lie in columns (0167). Returns how many there are now.
 */
export async function daysReadings(url: string, perHome: number, days = 1): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ homes: number }>('select count(*)::int as homes from homes');
    const all = (rows[0]?.homes ?? 0) * perHome;
    for (let from = 0; from < all; from += A_BATCH)
      await client.query(
        `with d as (select row_number() over (order by devices.no) - 1 as i, devices.no, h.no as home_no
                    from devices join homes h on h.id = devices.home_id where devices.kind <> 'gateway'),
              g as (select g, g % (select count(*) from d) as i, now() - ($3::int * interval '1 day') * (1 - g::float8 / $4) as at
                    from generate_series($1::bigint, $2::bigint - 1) g)
         insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, message_id, body, flags)
         select g.at, g.at - interval '3 ms', g.g, d.home_no, d.no, $5,
                'made-' || g.g, jsonb_build_object('heartRateBpm', 60 + g.g % 25, 'spo2Pct', 97), -2
         from g join d on d.i = g.i`,
        [from, Math.min(all, from + A_BATCH), days, all, CHANNEL_NUMBER.vitals],
      );
    await intoPartitions(url);
    await client.query('analyze readings');
    return all;
  } finally {
    await client.end();
  }
}

/** Days of the past have their partitions where a service has run through them; here the service's next start would make them. */
async function intoPartitions(url: string): Promise<void> {
  const pool = createPool(url, { applicationName: 'bench', log: silentLog(), max: 1 });
  try {
    await maintainPartitions({ pool, clock: systemClock, log: silentLog() });
  } finally {
    await pool.end();
  }
}
