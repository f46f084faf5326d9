import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Pool } from '../../../platform/database.ts';
import { inOrder, occurred } from '../../../platform/reading-times.ts';
import { CHANNEL_NUMBER, CHANNELS, type Channel } from '../../../schemas/channels.ts';
import { answers, type App } from '../app.ts';
import { bucketSeconds, MOST_BUCKETS } from '../bucket.ts';
import { type Bucket, readingBuckets } from '../reading-buckets.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { invalid, notFound } from '../problem.ts';
import { momentParam, oneOrMore, pageOf, paging } from '../query-params.ts';
import type { Page } from '../query-ports.ts';

const DAY_MS = 24 * 3_600_000;
const CHANNEL_OF = new Map<number, Channel>(CHANNELS.map((channel) => [CHANNEL_NUMBER[channel], channel]));

const readingAnswer = z.object({
  messageId: z.string(),
  deviceId: z.string().nullable(),
  channel: z.enum(CHANNELS),
  occurredAt: z.iso.datetime(),
  receivedAt: z.iso.datetime(),
  payload: z.record(z.string(), z.unknown()),
  marks: z.array(z.string()).describe('what is odd about it, e.g. unreadable, unregistered_device'),
});
const bucketAnswer = z.object({
  at: z.iso.datetime().describe('where the bucket begins'),
  deviceId: z.string().nullable(),
  channel: z.enum(CHANNELS),
  count: z.int().describe('readings in the bucket'),
  fields: z.record(
    z.string(),
    z.object({ min: z.number(), avg: z.number(), max: z.number(), count: z.int() }),
  ),
});

export interface ReadingRouteOptions {
  pool: Pool;
  now(): number;
  homeVisible(homeId: string, request: FastifyRequest): Promise<boolean>;
}

/** What a home's devices have said, by event time, oldest first; or buckets of it for charts. */
export function readingRoutes(app: App, { pool, now, homeVisible }: ReadingRouteOptions): void {
  app.get(
    '/homes/:id/readings',
    {
      schema: {
        tags: ['homes'],
        summary: 'Readings by event time, oldest first; with bucket, min/avg/max of every number',
        description:
          'from is inclusive, to exclusive; absent: everything there is, in buckets the last 24 hours.',
        params: z.object({ id: z.string() }),
        querystring: z.object({
          from: momentParam.optional(),
          to: momentParam.optional(),
          channel: oneOrMore(CHANNELS),
          deviceId: z.string().optional(),
          bucket: z.string().optional().describe('e.g. 30s, 5m, 1h, 1d'),
          ...paging,
        }),
        response: answers({ 200: pageOf(z.union([readingAnswer, bucketAnswer])) }),
      },
    },
    async (request) => {
      const { id } = request.params;
      const { from, to, channel, deviceId, bucket, limit, cursor } = request.query;
      if (!(await homeVisible(id, request))) throw notFound('home', id);
      const range: Range = {
        homeId: id,
        from: from ?? '-infinity',
        to: to ?? 'infinity',
        channels: channel?.map((name) => CHANNEL_NUMBER[name]) ?? null,
        deviceId: deviceId ?? null,
        limit,
      };
      if (bucket === undefined) return readingsOf(pool, range, cursor);
      const seconds = bucketSeconds(bucket);
      if (seconds === undefined)
        throw invalid({ field: '?bucket', message: 'must be like 30s, 5m, 1h or 1d' });
      const toAt = to === undefined ? now() + 1 : Date.parse(to);
      const fromAt = from === undefined ? toAt - DAY_MS : Date.parse(from);
      if ((toAt - fromAt) / 1000 / seconds > MOST_BUCKETS)
        throw invalid({ field: '?bucket', message: `makes more than ${MOST_BUCKETS} buckets of that range` });
      return bucketPage(pool, { ...range, fromAt, toAt, seconds }, cursor);
    },
  );
}

interface Range {
  homeId: string;
  from: string;
  to: string;
  channels: number[] | null;
  deviceId: string | null;
  limit: number;
}

const IN_RANGE = `from readings r
  left join devices d on d.no = r.device_no
  where r.home_no = (select no from homes where id = $1) and ${occurred('>=', '$2')} and ${occurred('<', '$3')}
    and ($4::smallint[] is null or r.channel = any($4)) and ($5::text is null or coalesce(d.id, r.device_id) = $5)`;
const rangeParams = (range: Range): unknown[] => [
  range.homeId,
  range.from,
  range.to,
  range.channels,
  range.deviceId,
];

/** A message that brought no id has one made of its number, the same as its alerts show (ingest/store/rows.ts). */
const madeMessageId = (seq: number | bigint): string => `_${seq.toString(36)}`;

interface ReadingRow {
  message_id: string | null;
  device_id: string | null;
  channel: number;
  occurred_at: Date;
  received_at: Date;
  seq: number | bigint;
  marks: string[] | null;
  body: Record<string, unknown>;
}

async function readingsOf(
  pool: Pool,
  range: Range,
  cursor: string | undefined,
): Promise<Page<z.infer<typeof readingAnswer>>> {
  const [at, seq] = cursor === undefined ? [null, null] : decodeCursor(cursor, 'ss');
  const { rows } = await pool.query<ReadingRow>(
    `select r.message_id, coalesce(d.id, r.device_id) as device_id, r.channel, r.occurred_at, r.received_at, r.seq,
            r.marks, reading_body(r.body, r.message_id, r.occurred_at, r.flags) as body ${IN_RANGE}
       and ($6::timestamptz is null or (r.occurred_at, r.seq) > ($6, $7::bigint) and ${occurred('>=', '$6')})
     order by ${inOrder()} limit $8`,
    [...rangeParams(range), at, seq, range.limit + 1],
  );
  const shown = rows.slice(0, range.limit);
  const last = rows.length > range.limit ? shown.at(-1) : undefined;
  return {
    items: shown.map((row) => ({
      messageId: row.message_id ?? madeMessageId(row.seq),
      deviceId: row.device_id,
      channel: CHANNEL_OF.get(row.channel) ?? 'status',
      occurredAt: row.occurred_at.toISOString(),
      receivedAt: row.received_at.toISOString(),
      payload: row.body,
      marks: row.marks ?? [],
    })),
    nextCursor: last === undefined ? null : encodeCursor([last.occurred_at.toISOString(), String(last.seq)]),
  };
}

async function bucketPage(
  pool: Pool,
  range: Omit<Range, 'from' | 'to'> & { fromAt: number; toAt: number; seconds: number },
  cursor: string | undefined,
): Promise<Page<z.infer<typeof bucketAnswer>>> {
  const [at, deviceNo, channel] = cursor === undefined ? [] : decodeCursor(cursor, 'snn');
  const after =
    at === undefined ? undefined : { at: String(at), deviceNo: Number(deviceNo), channel: Number(channel) };
  const found: Bucket[] = await readingBuckets(pool, { ...range, after, limit: range.limit + 1 });
  const shown = found.slice(0, range.limit);
  const last = found.length > range.limit ? shown.at(-1) : undefined;
  return {
    items: shown.map((row) => ({
      at: row.at.toISOString(),
      deviceId: row.deviceId,
      channel: CHANNEL_OF.get(row.channel) ?? 'status',
      count: row.count,
      fields: row.fields,
    })),
    nextCursor:
      last === undefined ? null : encodeCursor([last.at.toISOString(), last.deviceNo, last.channel]),
  };
}
