import type { Pool } from '../../platform/database.ts';
import { EVERY_HOME } from '../sharing/partitions.ts';
import { andOf } from './of-partitions.ts';

/**
 * Everything stored after the checkpoint that deciding depends on, by home: what a refold folds on top of the snapshot.
 * Bodies stay text until they are folded.
 */
export interface TailReading {
  seq: number;
  kind: 'reading';
  receivedAt: number;
  occurredAt: number;
  deviceId: string;
  channel: number;
  messageId: string | null;
  /** As it is stored: once parsed, to be made whole (stored-body.ts). */
  body: string;
  flags: number;
  marks: readonly string[];
}
export interface TailLog {
  seq: number;
  kind: 'timer' | 'input' | 'profile';
  at: number;
  body: string;
}
export type TailItem = TailReading | TailLog;
export type Tail = Map<number, TailItem[]>;

const FETCH = 5_000;
/** How much older than the last sign of life what is not yet saved may be. For the planner: older partitions are left out. */
const SLACK_MS = 2 * 24 * 3_600_000;

interface ReadingRecord {
  seq: number;
  home_no: number;
  received_ms: number;
  occurred_ms: number;
  device_id: string | null;
  channel: number;
  message_id: string | null;
  body: string;
  flags: number;
  marks: string[] | null;
}

/**
 * `after` exclusive, `before` exclusive; `since`: nothing after the checkpoint arrived earlier, ms since the epoch;
 * `partitions`: of these homes, bit by partition.
 */
export async function readTail(
  pool: Pool,
  after: number,
  before: number,
  since: number | null,
  partitions = EVERY_HOME,
): Promise<{ tail: Tail; items: number }> {
  const mine = andOf(partitions);
  const tail: Tail = new Map();
  let items = 0;
  const add = (homeNo: number, item: TailItem) => {
    const list = tail.get(homeNo);
    if (list) list.push(item);
    else tail.set(homeNo, [item]);
    items += 1;
  };
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('begin');
    const from = since === null ? '-infinity' : new Date(since - SLACK_MS).toISOString();
    await client.query({
      text: `declare tail_readings no scroll cursor for
        select r.seq, r.home_no, extract(epoch from r.received_at)::float8 * 1000 as received_ms,
          extract(epoch from r.occurred_at)::float8 * 1000 as occurred_ms,
          coalesce(r.device_id, d.id) as device_id, r.channel, r.message_id, r.body::text as body, r.flags, r.marks
        from readings r left join devices d on d.no = r.device_no
        where r.seq > $1 and r.seq < $2 and r.received_at > $3 ${mine}`,
      values: [after, before, from],
    });
    for (;;) {
      const { rows } = await client.query<ReadingRecord>(`fetch ${FETCH} from tail_readings`);
      for (const row of rows)
        add(row.home_no, {
          seq: row.seq,
          kind: 'reading',
          receivedAt: Math.round(row.received_ms),
          occurredAt: Math.round(row.occurred_ms),
          deviceId: row.device_id ?? '',
          channel: row.channel,
          messageId: row.message_id,
          body: row.body,
          flags: row.flags,
          marks: row.marks ?? [],
        });
      if (rows.length < FETCH) break;
    }
    const log = await client.query<{
      seq: number;
      home_no: number;
      kind: TailLog['kind'];
      at: Date;
      body: string;
    }>({
      text: `select seq, home_no, kind, at, body::text as body from home_log where seq > $1 and seq < $2 ${mine}`,
      values: [after, before],
    });
    for (const { seq, home_no, kind, at, body } of log.rows)
      add(home_no, { seq, kind, at: at.getTime(), body });
    await client.query('commit');
    broken = false;
  } finally {
    client.release(broken);
  }
  for (const list of tail.values()) list.sort((a, b) => a.seq - b.seq);
  return { tail, items };
}
