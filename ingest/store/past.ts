import { inTransaction, type Pool } from '../../platform/database.ts';
import type { HomeProfile } from '../detectors/detector.ts';
import { type HomeProfileJson, profileFromJson } from '../home-state.ts';
import type { TailItem } from './tail.ts';

/** A piece of one home's past, in the order in which it was folded. */
export interface HomePast {
  /** As the home was last told before `since`; undefined: it had not been told. */
  readonly profile: HomeProfile | undefined;
  readonly items: readonly TailItem[];
}

const PAGE = 2_000;

interface PastRow {
  seq: number;
  kind: TailItem['kind'];
  at_ms: number;
  occurred_ms: number | null;
  device_id: string | null;
  channel: number | null;
  message_id: string | null;
  body: string;
  flags: number | null;
  marks: string[] | null;
}

/**
 * Everything that a home heard and was told in [since, until), page by page; `each` is called at least once. ms since
 * the epoch.
 */
export async function homePast(
  pool: Pool,
  { homeNo, since, until }: { homeNo: number; since: number; until: number },
  each: (past: HomePast) => Promise<void>,
): Promise<void> {
  const period = [homeNo, new Date(since), new Date(until)];
  await inTransaction(pool, async (tx) => {
    const told = await tx.query<{ body: HomeProfileJson }>(
      `select body from home_log where home_no = $1 and kind = 'profile' and at < $2 order by seq desc limit 1`,
      period.slice(0, 2),
    );
    const [last] = told.rows;
    const profile = last && profileFromJson(last.body);
    await tx.query(
      `declare home_past no scroll cursor for
         select r.seq, 'reading' as kind, extract(epoch from r.received_at)::float8 * 1000 as at_ms,
           extract(epoch from r.occurred_at)::float8 * 1000 as occurred_ms, coalesce(r.device_id, d.id) as device_id,
           r.channel, r.message_id, r.body::text as body, r.flags, r.marks
         from readings r left join devices d on d.no = r.device_no
         where r.home_no = $1 and r.received_at >= $2 and r.received_at < $3
         union all
         select seq, kind, extract(epoch from at)::float8 * 1000, null, null, null, null, body::text, null, null
         from home_log where home_no = $1 and at >= $2 and at < $3
         order by seq`,
      period,
    );
    for (let first = true; ; first = false) {
      const { rows } = await tx.query<PastRow>(`fetch ${PAGE} from home_past`);
      if (first || rows.length > 0) await each({ profile, items: rows.map(itemOf) });
      if (rows.length < PAGE) return;
    }
  });
}

function itemOf(row: PastRow): TailItem {
  const at = Math.round(row.at_ms);
  if (row.kind !== 'reading') return { seq: row.seq, kind: row.kind, at, body: row.body };
  return {
    seq: row.seq,
    kind: 'reading',
    receivedAt: at,
    occurredAt: Math.round(row.occurred_ms ?? row.at_ms),
    deviceId: row.device_id ?? '',
    channel: row.channel ?? 0,
    messageId: row.message_id,
    body: row.body,
    flags: row.flags ?? 0,
    marks: row.marks ?? [],
  };
}
