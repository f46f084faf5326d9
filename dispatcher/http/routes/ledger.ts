import { z } from 'zod';
import { idSchema } from '../../../schemas/ids.ts';
import { inTransaction, type Queryable } from '../../../platform/database.ts';
import { type NoteCipher, redeem } from '../../ledger/ledger.ts';
import { relationOf } from '../../ledger/relation.ts';
import { relationTo } from '../../ledger/relatives.ts';
import { statementOf } from '../../ledger/statement.ts';
import type { LedgerAuditor } from '../../ledger/verify.ts';
import { localDate } from '../../registry/age.ts';
import { writeAudit } from '../../registry/audit-log.ts';
import { ruleOn } from '../../rules/rules.ts';
import { answers, type App, callerOf } from '../app.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { HttpDeps } from '../deps.ts';
import { conflict, invalid, notFound, Problem } from '../problem.ts';
import { paging } from '../query-params.ts';
import type { Scope } from '../scope.ts';

const tags = ['ledger'];
const redeemBody = z.strictObject({
  accountId: idSchema,
  minutes: z.int().min(1).max(100_000),
  for: z.string().min(1).max(500).describe('what or whom the minutes are spent on'),
  relation: z.string().min(1).max(64).optional().describe("the beneficiary's relation to the volunteer"),
  residentId: idSchema.optional().describe('a recorded relative who has the good of it'),
  id: idSchema.optional().describe('makes a retry harmless'),
});
const statementAnswer = z.object({
  accountId: z.string(),
  balance: z.int().describe('minutes'),
  deposited: z.int(),
  redeemed: z.int(),
  entries: z.array(
    z.object({
      transactionId: z.string(),
      kind: z.string(),
      at: z.iso.datetime(),
      minutes: z.int(),
      orderId: z.string().nullable(),
      for: z.string().nullable(),
      relation: z.string().nullable(),
      residentId: z.string().nullable(),
      reverses: z.string().nullable(),
      by: z.string(),
      block: z.int().nullable(),
    }),
  ),
  nextCursor: z.string().nullable(),
});
const verdictAnswer = z.object({
  ok: z.boolean(),
  blocks: z.int(),
  transactions: z.int(),
  entries: z.int(),
  waiting: z.int().describe('transactions not yet sealed into a block'),
  head: z.string().nullable().describe('hash of the last block'),
  problems: z.array(z.string()),
});

export interface LedgerRouteOptions extends Pick<HttpDeps, 'pool' | 'clock' | 'newId' | 'timeZone'> {
  notes: NoteCipher;
  auditor: LedgerAuditor;
}

/** The time bank: an account, drawing on it, and the check that anyone may ask for. */
export function ledgerRoutes(app: App, options: LedgerRouteOptions): void {
  const { pool, clock, newId, notes, auditor, timeZone } = options;
  app.get(
    '/ledger/verify',
    {
      schema: {
        tags,
        summary: 'Check the whole ledger; no login',
        response: answers({ 200: verdictAnswer }),
      },
    },
    async () => auditor.verify(),
  );

  app.get(
    '/ledger/:accountId',
    {
      schema: {
        tags,
        summary: 'An account: balance and entries in minutes, the newest first',
        params: z.object({ accountId: z.string() }),
        querystring: z.object(paging),
        response: answers({ 200: statementAnswer }),
      },
    },
    async (request) => {
      const { accountId } = request.params;
      const { cursor, limit } = request.query;
      if (!ownsAccount(callerOf(request).scope, accountId)) throw notFound('account', accountId);
      const key = cursor === undefined ? undefined : decodeCursor(cursor, 'ss');
      const before = key && { at: String(key[0]), transactionId: String(key[1]) };
      const statement = await statementOf(pool, accountId, { limit: limit + 1, before }, notes);
      if (statement === undefined) throw notFound('account', accountId);
      const entries = statement.entries.slice(0, limit);
      const last = statement.entries.length > limit ? entries.at(-1) : undefined;
      return { ...statement, entries, nextCursor: last ? encodeCursor([last.at, last.transactionId]) : null };
    },
  );

  app.post(
    '/ledger/redeem',
    {
      schema: {
        tags,
        summary: 'Draw minutes from an account',
        body: redeemBody,
        response: answers({
          200: z.object({
            transactionId: z.string(),
            accountId: z.string(),
            minutes: z.int(),
            balance: z.int(),
          }),
        }),
      },
    },
    async (request) => {
      const { actor, scope } = callerOf(request);
      const { accountId, minutes } = request.body;
      if (!ownsAccount(scope, accountId)) throw new Problem('forbidden', 'this account is not yours');
      const result = await inTransaction(pool, async (tx) => {
        const relation = await relationFor(tx, request.body);
        const context = { by: actor.username, nowAt: clock.now(), newId, notes };
        const done = await redeem(tx, { ...request.body, relation }, context);
        if (done.ok && done.changed)
          await writeAudit(tx, actor, clock.now(), {
            action: 'ledger.redeem',
            object: `account:${accountId}`,
            detail: { minutes, transactionId: done.transactionId },
          });
        return done;
      });
      if (result.ok)
        return { transactionId: result.transactionId, accountId, minutes, balance: result.balance };
      switch (result.code) {
        case 'no_account':
          throw notFound('account', accountId);
        case 'id_taken':
          throw conflict('the id belongs to another transaction');
        case 'insufficient':
          throw new Problem('conflict', `the account holds ${result.balance} minutes`, {
            members: { balance: result.balance },
          });
      }
    },
  );

  /** As it is recorded, or as it is said; refused if the programme's rule does not have it. */
  async function relationFor(
    tx: Queryable,
    { accountId, residentId, relation }: z.output<typeof redeemBody>,
  ): Promise<string | undefined> {
    const { relations } = await ruleOn(tx, 'timeBank', localDate(clock.now(), timeZone));
    const refuse = (field: string, message: string): Problem =>
      invalid({ field, message: `${message}; an account is drawn on for ${relations.join(', ')}` });
    if (residentId !== undefined) {
      const recorded = await relationTo(tx, accountId, residentId);
      if (recorded === undefined || !relations.includes(recorded))
        throw refuse('residentId', 'is not recorded as a direct relative of the volunteer');
      return recorded;
    }
    if (relation === undefined) return undefined;
    const known = relationOf(relation);
    if (known === undefined || !relations.includes(known)) throw refuse('relation', 'is no direct relation');
    return relation;
  }
}

/** A volunteer's account is their own; who works at a desk sees all. */
const ownsAccount = (scope: Scope, accountId: string): boolean =>
  scope.reach === 'all' || scope.caregiverId === accountId;
