import { z } from 'zod';
import type { PersonalData } from '../../../platform/crypto/personal-data.ts';
import { inTransaction } from '../../../platform/database.ts';
import { serviceSchema } from '../../../schemas/channels.ts';
import { idSchema } from '../../../schemas/ids.ts';
import { writeAudit } from '../../registry/audit-log.ts';
import { closedMonths, closeMonth } from '../../reports/close-month.ts';
import { putRight } from '../../reports/amend-visit.ts';
import { answers, type App, callerOf } from '../app.ts';
import { conflict, invalid, notFound } from '../problem.ts';
import { fen, monthSchema, type ReportRouteOptions } from './reports.ts';

const tags = ['reports'];
const closedAnswer = z.object({
  month: z.string(),
  closedAt: z.iso.datetime(),
  closedBy: z.string(),
  visits: z.int(),
  payableFen: z.int(),
  sha256: z.string().describe('over its visits and bills; it also stands in the audit log'),
});
const billAnswer = z.looseObject({ grossFen: fen, residentFen: fen });

/** Months that are settled for good, and what is taken back of them later. */
export function closedMonthRoutes(
  app: App,
  { pool, timeZone, now, cipher }: ReportRouteOptions & { cipher: PersonalData },
): void {
  app.get(
    '/reports/settlement/months',
    {
      schema: {
        tags,
        summary: 'Months that are closed, the newest first',
        response: answers({ 200: z.object({ items: z.array(closedAnswer) }) }),
      },
    },
    async () => ({ items: await closedMonths(pool) }),
  );

  app.post(
    '/reports/settlement/months',
    {
      schema: {
        tags,
        summary: 'Close a month that is over: its figures and its settlement change no more',
        body: z.strictObject({ month: monthSchema }),
        response: answers({ 200: closedAnswer }),
      },
    },
    async (request) => {
      const { actor } = callerOf(request);
      const context = { by: actor.username, nowAt: now(), timeZone };
      const done = await inTransaction(pool, async (tx) => {
        const result = await closeMonth(tx, request.body.month, context);
        if (result.ok && result.made) {
          const { month, visits, sha256 } = result.closed;
          const entry = { action: 'month.close', object: `month:${month}`, detail: { visits, sha256 } };
          await writeAudit(tx, actor, context.nowAt, entry);
        }
        return result;
      });
      if (done.ok) return done.closed;
      if (done.code === 'conflict') throw conflict(done.detail);
      throw invalid({ field: 'month', message: done.detail });
    },
  );

  app.post(
    '/reports/settlement/corrections',
    {
      schema: {
        tags,
        summary:
          'Put a visit right: of a closed month by a reversal in this one, of an open month in its place',
        body: z.strictObject({
          orderId: idSchema,
          reason: z.string().trim().min(1).max(500),
          instead: z
            .strictObject({
              minutes: z.int().min(1).max(1440).optional(),
              service: serviceSchema.optional(),
            })
            .optional()
            .describe('absent: the visit does not count at all'),
        }),
        response: answers({ 200: z.object({ reversal: billAnswer, instead: billAnswer.nullable() }) }),
      },
    },
    async (request) => {
      const { actor } = callerOf(request);
      const context = {
        by: actor.username,
        nowAt: now(),
        timeZone,
        seal: (text: string) => cipher.seal(text),
      };
      const { orderId } = request.body;
      const done = await inTransaction(pool, async (tx) => {
        const result = await putRight(tx, request.body, context);
        if (result.ok)
          await writeAudit(tx, actor, context.nowAt, {
            action: 'visit.correct',
            object: `order:${orderId}`,
            detail: { reversedFen: -result.reversal.grossFen, insteadFen: result.instead?.grossFen ?? 0 },
          });
        return result;
      });
      if (done.ok) return { reversal: { ...done.reversal }, instead: done.instead && { ...done.instead } };
      if (done.code === 'conflict') throw conflict(done.detail);
      throw notFound('visit', orderId);
    },
  );
}
