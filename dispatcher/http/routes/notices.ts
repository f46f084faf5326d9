import { z } from 'zod';
import type { Clock } from '../../../platform/clock.ts';
import type { Pool } from '../../../platform/database.ts';
import { NOTICE_TARGETS, type NoticeTarget } from '../../channels/channel.ts';
import { writeAudit } from '../../registry/audit-log.ts';
import { Conditions } from '../../registry/sql-parts.ts';
import { answers, type App, callerOf } from '../app.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { notFound } from '../problem.ts';
import { oneOrMore, pageOf, paging } from '../query-params.ts';

const tags = ['notices'];
const noticeAnswer = z.object({
  id: z.string(),
  alertId: z.string().nullable(),
  orderId: z.string().nullable(),
  caregiverId: z.string().nullable(),
  step: z.string(),
  target: z.enum(NOTICE_TARGETS),
  channel: z.string(),
  attempt: z.int(),
  state: z.string().describe('waiting, delivered, dead (given up), obsolete (answered before it was sent)'),
  tries: z.int(),
  nextAt: z.iso.datetime().nullable(),
  error: z.string().nullable(),
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  receivedAt: z.iso.datetime().nullable().describe('by the telephone, as the gateway says'),
  answer: z.string().nullable().describe('accepted, declined, confirmed: by a key'),
  answeredAt: z.iso.datetime().nullable(),
});

interface Row {
  id: string;
  alert_id: string | null;
  order_id: string | null;
  caregiver_id: string | null;
  received_at: Date | null;
  answer: string | null;
  answered_at: Date | null;
  step: string;
  target: NoticeTarget;
  channel: string;
  attempt: number;
  state: string;
  tries: number;
  next_at: Date | null;
  error: string | null;
  created_at: Date;
  ended_at: Date | null;
}
const shown = (row: Row): z.infer<typeof noticeAnswer> => ({
  id: row.id,
  alertId: row.alert_id,
  orderId: row.order_id,
  caregiverId: row.caregiver_id,
  step: row.step,
  target: row.target,
  channel: row.channel,
  attempt: row.attempt,
  state: row.state,
  tries: row.tries,
  nextAt: row.next_at?.toISOString() ?? null,
  error: row.error,
  createdAt: row.created_at.toISOString(),
  endedAt: row.ended_at?.toISOString() ?? null,
  receivedAt: row.received_at?.toISOString() ?? null,
  answer: row.answer,
  answeredAt: row.answered_at?.toISOString() ?? null,
});

/** Who was told, by what way, and what could not be told: the dead letters of the channels. */
export function noticeRoutes(app: App, { pool, clock }: { pool: Pool; clock: Clock }): void {
  app.get(
    '/notices',
    {
      schema: {
        tags,
        summary: 'Notices to people outside the pages, the newest first',
        querystring: z.object({
          state: oneOrMore(['waiting', 'delivered', 'dead', 'obsolete']),
          alertId: z.string().optional(),
          ...paging,
        }),
        response: answers({ 200: pageOf(noticeAnswer) }),
      },
    },
    async (request) => {
      const { state, alertId, cursor, limit } = request.query;
      const { streets } = callerOf(request).scope;
      const conditions = new Conditions();
      if (state !== undefined) conditions.and('r.state = any(?)', state);
      if (alertId !== undefined) conditions.and('r.alert_id = ?', alertId);
      if (streets !== null)
        conditions.and(
          `exists (select from alerts a where a.id = r.alert_id and a.street = any(?)
             union all select from orders o where o.id = r.order_id and o.street = any(?))`,
          streets,
          streets,
        );
      if (cursor !== undefined) {
        const [at, id] = decodeCursor(cursor, 'ns');
        conditions.and('(r.created_at, r.id) < (?, ?)', new Date(Number(at)), String(id));
      }
      const { rows } = await pool.query<Row>(
        `select r.* from notices r where ${conditions.sql}
         order by r.created_at desc, r.id desc limit ${conditions.param(limit + 1)}`,
        conditions.params,
      );
      const items = rows.slice(0, limit);
      const last = rows.length > limit ? items.at(-1) : undefined;
      return {
        items: items.map(shown),
        nextCursor: last === undefined ? null : encodeCursor([last.created_at.getTime(), last.id]),
      };
    },
  );

  app.post(
    '/notices/:id/retry',
    {
      schema: {
        tags,
        summary: 'Try a notice that was given up once more',
        params: z.object({ id: z.string() }),
        response: answers({ 200: noticeAnswer }),
      },
    },
    async (request) => {
      const { id } = request.params;
      const { actor, scope } = callerOf(request);
      const now = clock.now();
      const { rows } = await pool.query<Row>(
        `update notices n set state = 'waiting', tries = 0, next_at = $2, ended_at = null
         where n.id = $1 and n.state = 'dead' and ($3::text[] is null
           or exists (select from alerts a where a.id = n.alert_id and a.street = any($3))
           or exists (select from orders o where o.id = n.order_id and o.street = any($3)))
         returning n.*`,
        [id, new Date(now), scope.streets],
      );
      const [row] = rows;
      if (row === undefined) throw notFound('notice', id);
      await writeAudit(pool, actor, now, {
        action: 'notice.retry',
        object: row.alert_id === null ? `order:${row.order_id ?? ''}` : `alert:${row.alert_id}`,
        detail: { noticeId: id },
      });
      return shown(row);
    },
  );
}
