import { CHANNEL_NUMBER } from '../../schemas/channels.ts';
import type { Queryable } from '../../platform/database.ts';
import { occurred } from '../../platform/reading-times.ts';
import { AHEAD_TOLERANCE_MS } from '../decode/clock.ts';
import { andOf } from './of-partitions.ts';
import { wholePayload } from './stored-body.ts';

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
 * Which of these messages are stored already, by index. A reading is found by the device's own time for it (or, from a
 * clock that was a little fast, shortly before); one that had to be given our time left its key in `message_ids`.
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
        select from readings r where r.home_no = p."homeNo"
          and ${occurred('>=', 'to_timestamp((p."statedAt" - $4) / 1000)')} and ${occurred('<=', 'to_timestamp(p."statedAt" / 1000)')}
          and r.received_at > $3 and r.device_no = p."deviceNo" and r.message_id = p."messageId"
          and reading_body(r.body, r.message_id, r.occurred_at, r.flags) = p.body::jsonb)`,
    values: [
      JSON.stringify(probes.map((probe, n) => ({ n, ...probe }))),
      new Date(now - ID_DAYS * DAY_MS).toISOString().slice(0, 10),
      new Date(now - HORIZON_MS),
      AHEAD_TOLERANCE_MS,
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

/** Devices whose clock was ahead beyond the tolerance within the horizon. */
export async function devicesAhead(db: Queryable, now: number): Promise<number[]> {
  const { rows } = await db.query<{ device_no: number }>({
    text: 'select distinct device_no from message_ids where ahead and day > $1',
    values: [new Date(now - ID_DAYS * DAY_MS).toISOString().slice(0, 10)],
  });
  return rows.map(({ device_no }) => device_no);
}

export interface RecentReading {
  deviceNo: number;
  channel: number;
  messageId: string;
  receivedAt: number;
  occurredAt: number;
  body: unknown;
}

/** Readings with an id that arrived after `since`, the newest first; presses apart. `partitions`: bit by partition. */
export async function recentReadings(
  db: Queryable,
  since: number,
  most: number,
  partitions: number,
): Promise<RecentReading[]> {
  const { rows } = await db.query<{
    device_no: number;
    channel: number;
    message_id: string;
    received_at: Date;
    occurred_at: Date;
    body: Record<string, unknown>;
    flags: number;
  }>({
    text: `select device_no, channel, message_id, received_at, occurred_at, body, flags from readings
      where received_at > $1 and message_id is not null and marks is null and channel <> $2 ${andOf(partitions)} order by received_at desc limit $3`,
    values: [new Date(since), CHANNEL_NUMBER.sos, most],
  });
  return rows.map(({ body, channel, flags, ...row }) => {
    const [messageId, occurredAt] = [row.message_id, row.occurred_at.getTime()];
    return {
      deviceNo: row.device_no,
      channel,
      messageId,
      receivedAt: row.received_at.getTime(),
      occurredAt,
      body: wholePayload(body, { flags, messageId, occurredAt }),
    };
  });
}
