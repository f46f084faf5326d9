import { z } from 'zod';
import type { Pool } from '../../../platform/database.ts';
import { DEAD_LETTER_REASONS } from '../../../schemas/inbound.ts';
import { Conditions } from '../../registry/sql-parts.ts';
import { verifyAudit } from '../../audit/verify.ts';
import { answers, type App, callerOf } from '../app.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { momentParam, oneOrMore, pageOf, paging } from '../query-params.ts';
import type { Page } from '../query-ports.ts';
import type { Scope } from '../scope.ts';

const deadLetterAnswer = z.object({
  id: z.int(),
  receivedAt: z.iso.datetime(),
  reason: z.string(),
  detail: z.string(),
  credential: z.string().nullable(),
  homeId: z.string().nullable(),
  deviceId: z.string().nullable(),
  topic: z.string(),
  size: z.int(),
  sha256: z.string(),
  body: z.string().nullable().describe('as text, where it was kept and is text'),
  bodyBase64: z.string().nullable().describe('where it was kept and is no text'),
});
const auditAnswer = z.object({
  id: z.int(),
  at: z.iso.datetime(),
  who: z.string(),
  role: z.string(),
  address: z.string(),
  action: z.string(),
  object: z.string(),
  detail: z.record(z.string(), z.unknown()),
});

/** What could not be taken, and what people did; both the newest first. */
export function logRoutes(app: App, pool: Pool): void {
  app.get(
    '/dead-letters',
    {
      schema: {
        tags: ['logs'],
        summary: 'Messages that could not be taken, with their reasons, the newest first',
        querystring: z.object({
          reason: oneOrMore(DEAD_LETTER_REASONS),
          homeId: z.string().optional(),
          deviceId: z.string().optional(),
          credential: z.string().optional(),
          from: momentParam.optional(),
          to: momentParam.optional(),
          ...paging,
        }),
        response: answers({ 200: pageOf(deadLetterAnswer) }),
      },
    },
    async (request) => {
      const { reason, homeId, deviceId, credential, from, to, cursor, limit } = request.query;
      const conditions = new Conditions();
      if (reason !== undefined) conditions.and('r.reason = any(?)', reason);
      if (homeId !== undefined) conditions.and('r.home_id = ?', homeId);
      if (deviceId !== undefined) conditions.and('r.device_id = ?', deviceId);
      if (credential !== undefined) conditions.and('r.credential = ?', credential);
      if (from !== undefined) conditions.and('r.received_at >= ?', from);
      if (to !== undefined) conditions.and('r.received_at < ?', to);
      if (cursor !== undefined) conditions.and('r.id < ?', decodeCursor(cursor, 'n')[0]);
      const { streets } = callerOf(request).scope;
      // A letter without a home of ours is nobody's street.
      if (streets !== null)
        conditions.and('exists (select from homes h where h.id = r.home_id and h.street = any(?))', streets);
      const { rows } = await pool.query<DeadLetterRow>(
        `select r.* from dead_letters r where ${conditions.sql} order by r.id desc limit ${conditions.param(limit + 1)}`,
        conditions.params,
      );
      return pageBy(rows, limit, deadLetterOf);
    },
  );

  app.get(
    '/audit',
    {
      schema: {
        tags: ['logs'],
        summary: 'Who did what, to what, when, from where; the newest first',
        querystring: z.object({
          who: z.string().optional(),
          action: z.string().optional().describe('whole, or up to a dot: resident finds resident.view'),
          object: z.string().optional().describe('e.g. alert:ID'),
          from: momentParam.optional(),
          to: momentParam.optional(),
          ...paging,
        }),
        response: answers({ 200: pageOf(auditAnswer) }),
      },
    },
    async (request) => {
      const { who, action, object, from, to, cursor, limit } = request.query;
      const conditions = new Conditions();
      if (who !== undefined) conditions.and('r.who = ?', who);
      if (action !== undefined)
        conditions.and(`r.action = ? or starts_with(r.action, ? || '.')`, action, action);
      if (object !== undefined) conditions.and('r.object = ?', object);
      if (from !== undefined) conditions.and('r.at >= ?', from);
      if (to !== undefined) conditions.and('r.at < ?', to);
      if (cursor !== undefined) conditions.and('r.id < ?', decodeCursor(cursor, 'n')[0]);
      narrowAudit(conditions, callerOf(request).scope);
      const { rows } = await pool.query<AuditRow>(
        `select r.* from audit r where ${conditions.sql} order by r.id desc limit ${conditions.param(limit + 1)}`,
        conditions.params,
      );
      return pageBy(rows, limit, auditOf);
    },
  );

  app.get(
    '/audit/verify',
    {
      schema: {
        tags: ['logs'],
        summary: 'Check the whole audit log: every entry is in its hash-chained block, unchanged',
        response: answers({
          200: z.object({
            ok: z.boolean(),
            blocks: z.int(),
            entries: z.int(),
            waiting: z.int().describe('entries not yet sealed into a block'),
            head: z.string().nullable().describe('hash of the last block'),
            problems: z.array(z.string()),
          }),
        }),
      },
    },
    () => verifyAudit(pool),
  );
}

/** An auditor of some streets sees what was done to things of those streets. */
function narrowAudit(conditions: Conditions, { streets }: Scope): void {
  if (streets === null) return;
  conditions.and(
    `exists (
       select from alerts a where r.object = 'alert:' || a.id and a.street = any(?)
       union all select from orders o where r.object = 'order:' || o.id and o.street = any(?)
       union all select from homes h where r.object = 'home:' || h.id and h.street = any(?)
       union all select from residents p join homes h on h.id = p.home_id
                 where r.object = 'resident:' || p.id and h.street = any(?)
       union all select from devices d join homes h on h.id = d.home_id
                 where r.object = 'device:' || d.id and h.street = any(?))`,
    ...Array.from({ length: 5 }, () => streets),
  );
}

interface DeadLetterRow {
  id: number;
  received_at: Date;
  reason: string;
  detail: string;
  credential: string | null;
  home_id: string | null;
  device_id: string | null;
  topic: string;
  size: number;
  sha256: Buffer;
  body: Buffer | null;
}
interface AuditRow extends Omit<z.infer<typeof auditAnswer>, 'at'> {
  at: Date;
}

function deadLetterOf(row: DeadLetterRow): z.infer<typeof deadLetterAnswer> {
  const text = row.body === null ? null : asText(row.body);
  return {
    id: row.id,
    receivedAt: row.received_at.toISOString(),
    reason: row.reason,
    detail: row.detail,
    credential: row.credential,
    homeId: row.home_id,
    deviceId: row.device_id,
    topic: row.topic,
    size: row.size,
    sha256: row.sha256.toString('hex'),
    body: text,
    bodyBase64: text === null && row.body !== null ? row.body.toString('base64') : null,
  };
}

const auditOf = (row: AuditRow): z.infer<typeof auditAnswer> => ({ ...row, at: row.at.toISOString() });

function asText(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function pageBy<R extends { id: number }, T>(
  rows: readonly R[],
  limit: number,
  show: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return { items: shown.map(show), nextCursor: last === undefined ? null : encodeCursor([last.id]) };
}
