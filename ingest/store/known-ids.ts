import type { Queryable } from '../../platform/database.ts';

const DAY_MS = 86_400_000;
export const HORIZON_MS = 7 * DAY_MS;
/** Days of arrival whose ids are looked at: 7 × 24 h touch 8 of them, and so many partitions are kept. */
export const ID_DAYS = 8;

/** A message whose earlier copy, if there is one, is older than what memory holds. */
export interface Probe {
  homeNo: number;
  deviceNo: number;
  messageId: string;
  idKey: number;
  contentKey: number;
  /** What an earlier copy has as its `occurred_at`, if the device's time could be taken. */
  statedAt: number | null;
  body: string;
}

/**
 * Which of these messages are stored already, by index. A reading whose time is the device's own is found by that time;
 * one that had to be given our time (no clock, a clock ahead) left its key in `message_ids`.
 */
export async function knownIds(db: Queryable, probes: readonly Probe[], now: number): Promise<boolean[]> {
  if (probes.length === 0) return [];
  const { rows } = await db.query<{ n: number }>({
    name: 'ingest_known_ids',
    text: `with p as (
        select * from jsonb_to_recordset($1::jsonb) as p (n int, "homeNo" int, "deviceNo" int, "messageId" text,
          "idKey" bigint, "contentKey" bigint, "statedAt" double precision, body text)
      )
      select p.n from p where exists (
        select from message_ids m where m.device_no = p."deviceNo" and m.id_key = p."idKey"
          and m.content_key = p."contentKey" and m.day > $2::date)
      union
      select p.n from p where p."statedAt" is not null and exists (
        select from readings r where r.home_no = p."homeNo" and r.occurred_at = to_timestamp(p."statedAt" / 1000)
          and r.received_at > $3 and r.device_no = p."deviceNo" and r.message_id = p."messageId" and r.body = p.body::jsonb)`,
    values: [
      JSON.stringify(probes.map((probe, n) => ({ n, ...probe }))),
      new Date(now - ID_DAYS * DAY_MS).toISOString().slice(0, 10),
      new Date(now - HORIZON_MS),
    ],
  });
  const known = probes.map(() => false);
  for (const { n } of rows) known[n] = true;
  return known;
}

/** Keys of all presses within the horizon, with the day they came, as days since the epoch. */
export async function pressIds(
  db: Queryable,
  now: number,
): Promise<{ idKey: number; contentKey: number; day: number }[]> {
  const { rows } = await db.query<{ id_key: number; content_key: number; day: string }>({
    text: 'select id_key, content_key, day from message_ids where press and day > $1',
    values: [new Date(now - ID_DAYS * DAY_MS).toISOString().slice(0, 10)],
  });
  return rows.map(({ id_key, content_key, day }) => ({
    idKey: id_key,
    contentKey: content_key,
    day: Date.parse(day) / DAY_MS,
  }));
}
