import type { Queryable, Transaction } from '../../platform/database.ts';
import type { Alert } from '../../schemas/alert.ts';
import type { Order } from '../../schemas/order.ts';
import type { NoticeTarget } from './channel.ts';

/** Called for by an escalation; one row for each channel. */
export interface WantedNotice {
  /** null: of an order without an alert. */
  alertId: string | null;
  opening: number;
  /** Of the policy, with the opening and the round: the same step of another call is another notice. */
  step: string;
  target: NoticeTarget;
  attempt: number;
  /** A person asked for it: the call need not be unanswered. */
  byHand: boolean;
  channels: readonly string[];
  /** With `caregiver`. */
  offer?: { orderId: string; offerId: string; caregiverId: string };
  /** With `supervisor`: whoever is on this visit is not heard of. */
  orderId?: string;
}

/** Idempotent by (alert, step, channel, attempt): what is there is not made again. */
export async function writeNotices(
  tx: Transaction,
  wanted: readonly WantedNotice[],
  now: number,
): Promise<void> {
  const rows = wanted.flatMap(({ channels, offer, ...notice }) =>
    channels.map((channel) => ({
      id: [notice.alertId ?? offer?.orderId ?? notice.orderId, notice.step, channel, notice.attempt].join(
        '.',
      ),
      channel,
      ...notice,
      ...offer,
    })),
  );
  if (rows.length === 0) return;
  await tx.query({
    name: 'notices_write',
    text: `insert into notices (id, alert_id, opening, by_hand, step, target, channel, attempt, next_at, created_at,
             order_id, offer_id, caregiver_id)
           select n.id, n."alertId", n.opening, n."byHand", n.step, n.target, n.channel, n.attempt, $2, $2,
             n."orderId", n."offerId", n."caregiverId"
           from jsonb_to_recordset($1::jsonb) as n (id text, "alertId" text, opening int, "byHand" boolean, step text,
             target text, channel text, attempt int, "orderId" text, "offerId" text, "caregiverId" text)
           on conflict do nothing`,
    values: [JSON.stringify(rows), new Date(now)],
  });
}

/** Who had an offer, or the order itself, and has it no longer; `by`: whose act that was. */
export interface Relieved {
  offerId: string;
  by: string;
}
const WITHDRAWN = 'withdrawn-';

/**
 * Whoever was told of an offer is told, by the same ways, that it is theirs no longer; not of what they did themselves,
 * nor where the offer never reached anybody.
 */
export async function writeWithdrawals(
  tx: Queryable,
  relieved: readonly Relieved[],
  now: number,
): Promise<void> {
  if (relieved.length === 0) return;
  await tx.query({
    name: 'notices_withdrawn',
    text: `insert into notices (id, alert_id, opening, by_hand, step, target, channel, attempt, next_at, created_at,
             order_id, offer_id, caregiver_id)
           select concat_ws('.', coalesce(n.alert_id, n.order_id), $3 || n.offer_id, n.channel, n.attempt), n.alert_id,
             n.opening, n.by_hand, $3 || n.offer_id, n.target, n.channel, n.attempt, $2, $2, n.order_id, n.offer_id,
             n.caregiver_id
           from jsonb_to_recordset($1::jsonb) as r ("offerId" text, by text)
           join notices n on n.offer_id = r."offerId" and n.step = 'offer-' || r."offerId"
           where n.state = 'delivered' and r.by <> 'phone:' || n.caregiver_id
             and not exists (select from users u where u.username = r.by and u.caregiver_id = n.caregiver_id)
           on conflict do nothing`,
    values: [JSON.stringify(relieved), new Date(now), WITHDRAWN],
  });
}

export const isWithdrawal = ({ step }: Pick<DueNotice, 'step'>): boolean => step.startsWith(WITHDRAWN);

export interface DueNotice {
  id: string;
  alert_id: string | null;
  opening: number;
  by_hand: boolean;
  step: string;
  target: NoticeTarget;
  channel: string;
  attempt: number;
  tries: number;
  created_at: Date;
  /** The alert as it is now: whether anybody is still to be told is decided on that (I8). */
  doc: Alert | null;
  current_opening: number | null;
  order_id: string | null;
  offer_id: string | null;
  caregiver_id: string | null;
  /** Of an offer, as it is now. */
  outcome: string | null;
  expires_at: Date | null;
  order_doc: Order | null;
}

/** Takes what is due for `holdMs`: a sender that dies leaves it to the next one after that. */
export async function takeDue(
  db: Queryable,
  now: number,
  holdMs: number,
  most: number,
  /** Of these channels, or of any other. */
  by: { channels: readonly string[]; others: boolean },
): Promise<DueNotice[]> {
  const { rows } = await db.query<DueNotice>({
    name: 'notices_take',
    text: `with due as (
             select id from notices where state = 'waiting' and next_at <= $1 and (channel = any($4)) <> $5
             order by next_at, id limit $3 for update skip locked
           ), taken as (
             update notices n set next_at = $2, tries = tries + 1 from due where n.id = due.id
             returning n.*
           )
           select t.*, a.doc, (a.work ->> 'opening')::int as current_opening, f.outcome, f.expires_at, o.doc as order_doc
           from taken t left join alerts a on a.id = t.alert_id left join offers f on f.id = t.offer_id
             left join orders o on o.id = t.order_id
           order by t.created_at, t.id`,
    values: [new Date(now), new Date(now + holdMs), most, by.channels, by.others],
  });
  return rows;
}

/** `withdrawn`: an offer that was taken back while it was being told. */
export async function endNotice(
  db: Queryable,
  id: string,
  end: { state: 'delivered' | 'dead' | 'obsolete'; error: string | null; at: number },
): Promise<{ withdrawn: boolean }> {
  const { rows } = await db.query<{ outcome: string | null }>({
    name: 'notice_end',
    text: `update notices set state = $2, error = $3, ended_at = $4, next_at = null
           where id = $1 and state = 'waiting'
           returning (select f.outcome from offers f where f.id = offer_id) as outcome`,
    values: [id, end.state, end.error, new Date(end.at)],
  });
  return { withdrawn: rows[0]?.outcome === 'withdrawn' };
}

export async function retryNoticeAt(db: Queryable, id: string, error: string, atMs: number): Promise<void> {
  await db.query({
    name: 'notice_retry',
    text: `update notices set next_at = $3, error = $2 where id = $1 and state = 'waiting'`,
    values: [id, error, new Date(atMs)],
  });
}
