import { z } from 'zod';
import { inTransaction } from '../../../platform/database.ts';
import { idSchema, toIso } from '../../../schemas/ids.ts';
import { RELATIONS } from '../../../schemas/rules.ts';
import { deedsIn, honoursOf } from '../../ledger/honours.ts';
import { accountExists, type NoteCipher } from '../../ledger/ledger.ts';
import { datedAnchors } from '../../ledger/daily-anchors.ts';
import { anchorBefore, blocksAfter } from '../../ledger/public-blocks.ts';
import { endRelative, recordRelative, relativesOf } from '../../ledger/relatives.ts';
import { reverse } from '../../ledger/reverse.ts';
import { localDate } from '../../registry/age.ts';
import { writeAudit } from '../../registry/audit-log.ts';
import { momentOf } from '../../reports/period.ts';
import { ruleOn } from '../../rules/rules.ts';
import { answers, type App, callerOf } from '../app.ts';
import type { HttpDeps } from '../deps.ts';
import { conflict, invalid, notFound } from '../problem.ts';
import type { Scope } from '../scope.ts';

const tags = ['ledger'];
const accountParams = z.object({ accountId: z.string() });
const hex = z.string().regex(/^[0-9a-f]{64}$/);
const relative = z.object({
  residentId: z.string(),
  relation: z.enum(RELATIONS),
  recordedAt: z.iso.datetime(),
  recordedBy: z.string(),
});
const block = z.object({
  no: z.int(),
  sealedAt: z.iso.datetime(),
  prevHash: hex,
  hash: hex,
  digests: z.array(hex),
});
const anchor = z.object({
  format: z.literal('yinling-anchor-1'),
  no: z.int(),
  hash: hex,
  sealedAt: z.iso.datetime(),
  transactions: z.int().describe('in all blocks up to this one'),
});
const honours = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  items: z.array(
    z.object({
      rank: z.int(),
      accountId: z.string(),
      minutes: z.int(),
      visits: z.int(),
      households: z.int(),
      emergencies: z.int(),
      satisfaction: z.number().nullable(),
      points: z.int(),
    }),
  ),
  awards: z.object({
    hours: z.array(z.string()),
    quality: z.array(z.string()),
    mutualHelp: z.array(z.string()),
  }),
});

export interface TimeBankRouteOptions extends Pick<HttpDeps, 'pool' | 'clock' | 'timeZone'> {
  notes: NoteCipher;
}

/** The time bank beside its accounts: blocks and anchors for anyone, relatives, reversals, honours. */
export function timeBankRoutes(app: App, { pool, clock, timeZone, notes }: TimeBankRouteOptions): void {
  app.get(
    '/ledger/blocks',
    {
      schema: {
        tags,
        summary: 'The chain, by digests, for anyone to check; no login',
        querystring: z.object({
          after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
          limit: z.coerce.number().int().min(1).max(200).default(100),
        }),
        response: answers({ 200: z.object({ items: z.array(block), next: z.int().nullable() }) }),
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const items = await blocksAfter(pool, after, limit);
      return { items, next: items.length === limit ? (items.at(-1)?.no ?? null) : null };
    },
  );

  app.get(
    '/ledger/anchor',
    {
      schema: {
        tags,
        summary: "The chain's head at the end of a local day, to be kept elsewhere; no login",
        querystring: z.object({ date: z.iso.date().optional().describe('absent: as it is now') }),
        response: answers({ 200: anchor }),
      },
    },
    async (request) => {
      const { date } = request.query;
      const before = date === undefined ? toIso(clock.now() + 1) : momentOf(date, 'to', timeZone);
      if (before === undefined) throw invalid({ field: '?date', message: 'is no date' });
      const found = await anchorBefore(pool, before);
      if (found === undefined) throw notFound('block before', before);
      return found;
    },
  );

  app.get(
    '/ledger/anchors',
    {
      schema: {
        tags,
        summary: 'The anchors of the days, published by themselves, the newest first; no login',
        querystring: z.object({
          before: z.iso.date().optional().describe('days before this one; absent: from the newest'),
          limit: z.coerce.number().int().min(1).max(400).default(31),
        }),
        response: answers({
          200: z.object({
            items: z.array(anchor.extend({ date: z.iso.date() })),
            next: z.iso.date().nullable(),
          }),
        }),
      },
    },
    async (request) => {
      const { before = null, limit } = request.query;
      const items = await datedAnchors(pool, before, limit);
      return { items, next: items.length === limit ? (items.at(-1)?.date ?? null) : null };
    },
  );

  app.get(
    '/ledger/honours',
    {
      schema: {
        tags,
        summary: 'Points and the honours list: hours, quality, mutual help',
        querystring: z.object({
          from: z.string().optional().describe('month, date or moment'),
          to: z.string().optional(),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
        }),
        response: answers({ 200: honours }),
      },
    },
    async (request) => {
      const { from = '1970-01-01T00:00:00Z', to = toIso(clock.now() + 1), limit } = request.query;
      const period = { from: momentOf(from, 'from', timeZone), to: momentOf(to, 'to', timeZone) };
      if (period.from === undefined)
        throw invalid({ field: '?from', message: 'is no month, date or moment' });
      if (period.to === undefined) throw invalid({ field: '?to', message: 'is no month, date or moment' });
      const span = { from: period.from, to: period.to };
      const today = localDate(clock.now(), timeZone);
      const bank = await ruleOn(pool, 'timeBank', today);
      const deeds = await deedsIn(pool, span, bank.points.goodScore);
      const { items, awards } = honoursOf(deeds, bank, await ruleOn(pool, 'rating', today));
      return { ...span, items: items.slice(0, limit), awards };
    },
  );

  app.post(
    '/ledger/reverse',
    {
      schema: {
        tags,
        summary: 'Take a transaction back by its mirror image; nothing is ever edited',
        body: z.strictObject({
          transactionId: z.string().min(1).max(200),
          reason: z.string().min(1).max(500),
        }),
        response: answers({
          200: z.object({ transactionId: z.string(), accountId: z.string(), minutes: z.int() }),
        }),
      },
    },
    async (request) => {
      const { actor } = callerOf(request);
      const done = await inTransaction(pool, async (tx) => {
        const result = await reverse(tx, request.body, { by: actor.username, nowAt: clock.now(), notes });
        if (result.ok && result.changed)
          await writeAudit(tx, actor, clock.now(), {
            action: 'ledger.reverse',
            object: `account:${result.accountId}`,
            detail: { transactionId: request.body.transactionId, minutes: result.minutes },
          });
        return result;
      });
      if (done.ok) {
        const { transactionId, accountId, minutes } = done;
        return { transactionId, accountId, minutes };
      }
      if (done.code === 'not_found') throw notFound('ledger transaction', request.body.transactionId);
      throw conflict('a reversal is not reversed; enter anew what should stand');
    },
  );

  app.get(
    '/ledger/:accountId/relatives',
    {
      schema: {
        tags,
        summary: 'For whom an account may be drawn on, besides the volunteer',
        params: accountParams,
        response: answers({ 200: z.object({ items: z.array(relative) }) }),
      },
    },
    async (request) => {
      const { accountId } = request.params;
      const { scope } = callerOf(request);
      if (!sees(scope, accountId) || !(await accountExists(pool, accountId)))
        throw notFound('account', accountId);
      return { items: await relativesOf(pool, accountId) };
    },
  );

  app.post(
    '/ledger/:accountId/relatives',
    {
      schema: {
        tags,
        summary: 'Record a direct relative of the volunteer',
        params: accountParams,
        body: z.strictObject({ residentId: idSchema, relation: z.enum(RELATIONS) }),
        response: answers({ 201: relative }),
      },
    },
    async (request, reply) => {
      const { actor, scope } = callerOf(request);
      const { accountId } = request.params;
      const { residentId, relation } = request.body;
      const recorded = await inTransaction(pool, async (tx) => {
        const by = { username: actor.username, streets: scope.streets, nowAt: clock.now() };
        const made = await recordRelative(tx, { accountId, residentId, relation }, by);
        if (made !== undefined)
          await writeAudit(tx, actor, clock.now(), {
            action: 'ledger.relative',
            object: `account:${accountId}`,
            detail: { residentId, relation },
          });
        return made;
      });
      if (recorded === undefined) {
        if (!(await accountExists(pool, accountId))) throw notFound('account', accountId);
        throw invalid({ field: 'residentId', message: `there is no resident ${residentId}` });
      }
      return reply.code(201).send(recorded);
    },
  );

  app.delete(
    '/ledger/:accountId/relatives/:residentId',
    {
      schema: {
        tags,
        summary: 'End a recorded relation',
        params: z.object({ accountId: z.string(), residentId: z.string() }),
        response: answers({ 204: z.null() }),
      },
    },
    async (request, reply) => {
      const { actor } = callerOf(request);
      const { accountId, residentId } = request.params;
      const ended = await inTransaction(pool, async (tx) => {
        const by = { username: actor.username, nowAt: clock.now() };
        const done = await endRelative(tx, accountId, residentId, by);
        if (done)
          await writeAudit(tx, actor, clock.now(), {
            action: 'ledger.relative_end',
            object: `account:${accountId}`,
            detail: { residentId },
          });
        return done;
      });
      if (!ended) throw notFound('recorded relative', residentId);
      return reply.code(204).send();
    },
  );
}

const sees = (scope: Scope, accountId: string): boolean =>
  scope.reach === 'all' || scope.caregiverId === accountId;
