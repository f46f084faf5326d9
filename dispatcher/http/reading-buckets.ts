import type { Queryable } from '../../platform/database.ts';
import { occurred } from '../../platform/reading-times.ts';
import { CHANNEL_NUMBER } from '../../schemas/channels.ts';

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

/** A stretch of time and what its buckets are added up of. ms since the epoch; `to` exclusive. */
export interface Piece {
  readonly of: 'days' | 'hours' | 'readings';
  readonly from: number;
  readonly to: number;
}

/**
 * Where the numbers of buckets of `seconds` come from: whole days and hours from their rollups where the buckets are made
 * of such, and the rest from the readings themselves. Ascending, without gaps. Pure.
 */
export function piecesOf(from: number, to: number, seconds: number): Piece[] {
  if (from >= to) return [];
  if (seconds % HOUR_S !== 0) return [{ of: 'readings', from, to }];
  const hours = within({ of: 'readings', from, to }, 'hours', HOUR_S * 1000);
  if (seconds % DAY_S !== 0) return hours;
  return hours.flatMap((piece) => (piece.of === 'hours' ? within(piece, 'days', DAY_S * 1000) : [piece]));
}

/** The whole steps in a piece, as pieces of another kind, with what is left of it before and after. */
function within(piece: Piece, of: Piece['of'], stepMs: number): Piece[] {
  const from = Math.ceil(piece.from / stepMs) * stepMs;
  const to = Math.floor(piece.to / stepMs) * stepMs;
  if (from >= to) return [piece];
  const all: Piece[] = [
    { ...piece, to: from },
    { of, from, to },
    { ...piece, from: to },
  ];
  return all.filter((part) => part.from < part.to);
}

export interface BucketRange {
  readonly homeId: string;
  readonly fromAt: number;
  readonly toAt: number;
  /** Width of a bucket; buckets stand on multiples of it since the epoch, so charts of different ranges agree. */
  readonly seconds: number;
  /** Numbers of channels; null: all. */
  readonly channels: readonly number[] | null;
  readonly deviceId: string | null;
  readonly after?: { at: string; deviceNo: number; channel: number } | undefined;
  readonly limit: number;
}
export interface Bucket {
  at: Date;
  deviceNo: number;
  deviceId: string | null;
  channel: number;
  count: number;
  fields: Record<string, { min: number; avg: number; max: number; count: number }>;
}

/** In the order of time, device and channel. */
export async function readingBuckets(db: Queryable, range: BucketRange): Promise<Bucket[]> {
  const home = await db.query<{ no: number }>('select no from homes where id = $1', [range.homeId]);
  const homeNo = home.rows[0]?.no;
  const pieces = piecesOf(range.fromAt, range.toAt, range.seconds);
  if (homeNo === undefined || pieces.length === 0) return [];
  const values: unknown[] = [
    homeNo,
    range.channels,
    range.deviceId,
    range.seconds,
    range.after?.at ?? null,
    range.after?.deviceNo ?? null,
    range.after?.channel ?? null,
    range.limit,
  ];
  const parts = pieces.flatMap((piece) => {
    const from = `$${values.push(new Date(piece.from))}::timestamptz`;
    const to = `$${values.push(new Date(piece.to))}::timestamptz`;
    if (piece.of === 'readings') return [OF_READINGS(from, to)];
    // Positions are in no rollup
    const positions = range.channels === null || range.channels.includes(CHANNEL_NUMBER.location);
    return [
      OF_ROLLUP[piece.of](from, to),
      ...(positions ? [`${OF_READINGS(from, to)} and r.channel = ${CHANNEL_NUMBER.location}`] : []),
    ];
  });
  const { rows } = await db.query<Omit<Bucket, 'fields'> & { fields: Bucket['fields'] | null }>(
    `with parts as (${parts.join(' union all ')}),
     told as (
       select p.at, p.device_no, coalesce(d.id, p.device_id) as device_id, p.channel, p.field,
              sum(p.count)::int as count, min(p.min) as min, max(p.max) as max, sum(p.sum) as sum
       from parts p left join devices d on d.no = p.device_no
       where ($3::text is null or coalesce(d.id, p.device_id) = $3)
         and ($5::timestamptz is null or (p.at, p.device_no, p.channel) > ($5, $6::int, $7::smallint))
       group by 1, 2, 3, 4, 5
     )
     select at, device_no as "deviceNo", device_id as "deviceId", channel,
            coalesce(sum(count) filter (where field is null), 0)::int as count,
            jsonb_object_agg(field, jsonb_build_object('min', min, 'avg', sum / count, 'max', max, 'count', count))
              filter (where field is not null) as fields
     from told group by at, device_no, device_id, channel order by at, device_no, channel limit $8`,
    values,
  );
  return rows.map((row) => ({ ...row, fields: row.fields ?? {} }));
}

type PieceSql = (from: string, to: string) => string;

const BIN = (column: string): string =>
  `date_bin(make_interval(secs => $4), ${column}, timestamptz 'epoch') as at`;

const OF_READINGS: PieceSql = (from, to) =>
  `select ${BIN('r.occurred_at')}, r.device_no, r.device_id, r.channel, n.field, 1::bigint as count,
          n.number as min, n.number as max, n.number as sum
   from readings r, lateral reading_numbers(r.body) n
   where r.home_no = $1 and ($2::smallint[] is null or r.channel = any($2))
     and ${occurred('>=', from)} and ${occurred('<', to)}`;

/** Nothing arrives before it happens: older partitions and chunks are left out. */
const ofView =
  (view: string, column: string): PieceSql =>
  (from, to) =>
    `select ${BIN(`v.${column}`)}, v.device_no, v.device_id, v.channel, v.field, v.count, v.min, v.max, v.sum
     from ${view} v
     where v.home_no = $1 and ($2::smallint[] is null or v.channel = any($2))
       and v.arrived >= ${from} and v.${column} >= ${from} and v.${column} < ${to}`;

const OF_ROLLUP: Readonly<Record<'days' | 'hours', PieceSql>> = {
  days: ofView('reading_days', 'day'),
  hours: ofView('reading_hours', 'hour'),
};
