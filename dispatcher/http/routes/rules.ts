import { z } from 'zod';
import { inTransaction } from '../../../platform/database.ts';
import { RULE_NAMES, ruleBody } from '../../../schemas/rules.ts';
import { writeAudit } from '../../registry/audit-log.ts';
import { allRules, setRule } from '../../rules/rules.ts';
import { answers, type App, callerOf } from '../app.ts';
import type { HttpDeps } from '../deps.ts';

const tags = ['rules'];
const storedRule = z.object({
  name: z.enum(RULE_NAMES),
  from: z.iso.date().nullable().describe('in force from this local date; null: the standard one'),
  body: z.looseObject({}),
  setAt: z.iso.datetime().nullable(),
  setBy: z.string().nullable(),
});

/** Rest, time bank, tariffs and the like: what the programme decides, dated, so that the past stays as it was. */
export function ruleRoutes(app: App, { pool, clock }: Pick<HttpDeps, 'pool' | 'clock'>): void {
  app.get(
    '/rules',
    {
      schema: {
        tags,
        summary: 'Rules in force and to come, the newest of each name first',
        querystring: z.object({ name: z.enum(RULE_NAMES).optional() }),
        response: answers({ 200: z.object({ items: z.array(storedRule) }) }),
      },
    },
    async (request) => {
      const { name } = request.query;
      return { items: await allRules(pool, name === undefined ? RULE_NAMES : [name]) };
    },
  );

  app.post(
    '/rules',
    {
      schema: {
        tags,
        summary: 'Set a rule from a local date on',
        body: ruleBody,
        response: answers({ 201: storedRule }),
      },
    },
    async (request, reply) => {
      const { actor } = callerOf(request);
      const rule = request.body;
      const stored = await inTransaction(pool, async (tx) => {
        const set = await setRule(tx, rule, actor.username, clock.now());
        await writeAudit(tx, actor, clock.now(), {
          action: 'rule.set',
          object: `rule:${rule.name}`,
          detail: { from: rule.from },
        });
        return set;
      });
      return reply.code(201).send(stored);
    },
  );
}
