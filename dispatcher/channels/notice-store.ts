import type { Queryable, Transaction } from '../../platform/database.ts';
import type { NoticeTarget } from './channel.ts';

/** Called for by an escalation; one row for each channel. */
export interface WantedNotice {
  alertId: string;
  opening: number;
  /** Of the policy, with the opening and the round: the same step of another call is another notice. */
  step: string;
  target: NoticeTarget;
  attempt: number;
  /** A person asked for it: the call need not be unanswered. */
  byHand: boolean;
  channels: readonly string[];
}

/** Idempotent by (alert, step, channel, attempt): what is there is not made again. */
export async function writeNotices(
  tx: Transaction,
  wanted: readonly WantedNotice[],
  now: number,
): Promise<void> {
  const rows = wanted.flatMap(({ channels, ...notice }) =>
    channels.map((channel) => ({
      id: [notice.alertId, notice.step, channel, notice.attempt].join('.'),
      channel,
      ...notice,
    })),
  );
  if (rows.length === 0) return;
  await tx.query({
    name: 'notices_write',
    text: `insert into notices (id, alert_id, opening, by_hand, step, target, channel, attempt, next_at, created_at)
           select n.id, n."alertId", n.opening, n."byHand", n.step, n.target, n.channel, n.attempt, $2, $2
           from jsonb_to_recordset($1::jsonb) as n (id text, "alertId" text, opening int, "byHand" boolean, step text,
             target text, channel text, attempt int)
           on conflict do nothing`,
    values: [JSON.stringify(rows), new Date(now)],
  });
}

export interface DueNotice {
  id: string;
  alert_id: string;
  opening: number;
  by_hand: boolean;
  step: string;
  target: NoticeTarget;
  channel: string;
  attempt: number;
  tries: number;
  created_at: Date;
  /** The alert as it is now: whether anybody is still to be told is decided on that (I8). */
  doc: { kind: string; priority: number; state: string; homeId: string; street: string };
  current_opening: number;
}

/** Takes what is due for `holdMs`: a sender that dies leaves it to the next one after that. */
export async function takeDue(
  db: Queryable,
  now: number,
  holdMs: number,
  most: number,
): Promise<DueNotice[]> {
  const { rows } = await db.query<DueNotice>({
    name: 'notices_take',
    text: `with due as (
             select id from notices where state = 'waiting' and next_at <= $1
             order by next_at, id limit $3 for update skip locked
           ), taken as (
             update notices n set next_at = $2, tries = tries + 1 from due where n.id = due.id
             returning n.*
           )
           select t.*, a.doc, (a.work ->> 'opening')::int as current_opening
           from taken t join alerts a on a.id = t.alert_id order by t.created_at, t.id`,
    values: [new Date(now), new Date(now + holdMs), most],
  });
  return rows;
}

export async function endNotice(
  db: Queryable,
  id: string,
  end: { state: 'delivered' | 'dead' | 'obsolete'; error: string | null; at: number },
): Promise<void> {
  await db.query({
    name: 'notice_end',
    text: `update notices set state = $2, error = $3, ended_at = $4, next_at = null
           where id = $1 and state = 'waiting'`,
    values: [id, end.state, end.error, new Date(end.at)],
  });
}

export async function retryNoticeAt(db: Queryable, id: string, error: string, atMs: number): Promise<void> {
  await db.query({
    name: 'notice_retry',
    text: `update notices set next_at = $3, error = $2 where id = $1 and state = 'waiting'`,
    values: [id, error, new Date(atMs)],
  });
}
