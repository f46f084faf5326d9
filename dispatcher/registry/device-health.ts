import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';
import { occurred } from '../../platform/reading-times.ts';
import { CHANNEL_NUMBER } from '../../schemas/channels.ts';
import { toIso } from '../../schemas/ids.ts';

/** How a device is, as far as what it has said tells. */
export interface DeviceHealth {
  lastSeenAt: string | null;
  /** false: it, or its will, said so last. null: nothing heard of late, which for a call button is no fault. */
  online: boolean | null;
  /** Percent, as last told within the look-back. */
  battery: number | null;
}
export const healthShape = {
  lastSeenAt: z.iso.datetime().nullable(),
  online: z.boolean().nullable(),
  battery: z.number().nullable(),
};
export const UNKNOWN_HEALTH: DeviceHealth = { lastSeenAt: null, online: null, battery: null };

const HOUR_MS = 3_600_000;
/** A long list must not read a long time of many homes. */
const FEW_HOMES = 5;
const LOOK_BACK_MS = { few: 24 * HOUR_MS, many: HOUR_MS };

interface HealthRow {
  id: string;
  heard_at: Date | null;
  off_at: Date | null;
  snapshot_ms: string | null;
  battery: number | null;
}

/**
 * Health by device id, out of the readings of the last day (of a list over many homes: the last hour) and, for what was
 * heard before, ingest's snapshot of the home.
 */
export async function healthOf(
  db: Queryable,
  devices: readonly { id: string; homeId: string }[],
  nowAt: number,
): Promise<Map<string, DeviceHealth>> {
  const homes = new Set(devices.map((device) => device.homeId));
  if (homes.size === 0) return new Map();
  const from = toIso(nowAt - (homes.size <= FEW_HOMES ? LOOK_BACK_MS.few : LOOK_BACK_MS.many));
  const { rows } = await db.query<HealthRow>(
    `with wanted as (
       select d.id, d.no, h.no as home_no from devices d join homes h on h.id = d.home_id where d.id = any($1)
     ), told as (
       select r.device_no, r.received_at, r.channel = $3 and r.body -> 'online' = 'false' as is_off,
              case when jsonb_typeof(r.body -> 'battery') = 'number'
                then case when (r.body -> 'battery')::numeric between 0 and 100
                  then round((r.body -> 'battery')::numeric, 3)::float8 end end as battery
       from readings r
       where r.home_no in (select home_no from wanted) and ${occurred('>=', '$2')}
     ), heard as (
       select device_no, max(received_at) filter (where not is_off) as heard_at,
              max(received_at) filter (where is_off) as off_at,
              (array_agg(battery order by received_at desc) filter (where battery is not null))[1] as battery
       from told group by device_no
     )
     select w.id, t.heard_at, t.off_at, t.battery, s.state -> 'devices' -> w.id ->> 0 as snapshot_ms
     from wanted w left join heard t on t.device_no = w.no left join home_states s on s.home_no = w.home_no`,
    [devices.map((device) => device.id), from, CHANNEL_NUMBER.status],
  );
  return new Map(rows.map((row) => [row.id, healthFrom(row)]));
}

function healthFrom({ heard_at, off_at, snapshot_ms, battery }: HealthRow): DeviceHealth {
  const heardMs = Math.max(heard_at?.getTime() ?? 0, Number(snapshot_ms ?? 0));
  const offMs = off_at?.getTime() ?? 0;
  return {
    lastSeenAt: heardMs > 0 ? toIso(heardMs) : null,
    online: offMs > 0 && offMs >= (heard_at?.getTime() ?? 0) ? false : heard_at === null ? null : true,
    battery,
  };
}
