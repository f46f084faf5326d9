import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { inTransaction } from '../../../platform/database.ts';
import { ALERT_KINDS, type AlertKind, prioritySchema } from '../../../schemas/alert.ts';
import { type ContactRule, contactRuleSchema, SHIPPED_CONTACT_RULES } from '../../../schemas/contact-rule.ts';
import { anyIsoTimeSchema, idSchema, toIso } from '../../../schemas/ids.ts';
import { policyBody } from '../../../schemas/registry.ts';
import { writeAudit } from '../../registry/audit-log.ts';
import { answers, type App, callerOf } from '../app.ts';
import type { HttpDeps } from '../deps.ts';
import { conflict, invalid, Problem } from '../problem.ts';
import { pageOf } from '../query-params.ts';

const tags = ['policies'];
const contactRuleAnswer = z.object({
  kind: z.enum(ALERT_KINDS),
  rule: contactRuleSchema.nullable().describe('null: as the policy of the kind says'),
  version: z.int().min(0).describe('0: as shipped'),
  changedBy: z.string().nullable(),
  changedAt: z.iso.datetime().nullable(),
});
type Shown = z.infer<typeof contactRuleAnswer>;
interface Row {
  kind: AlertKind;
  rule: ContactRule;
  version: number;
  changed_by: string;
  changed_at: Date;
}
const shipped = (kind: AlertKind): Shown => ({
  kind,
  rule: SHIPPED_CONTACT_RULES[kind] ?? null,
  version: 0,
  changedBy: null,
  changedAt: null,
});
const changed = ({ kind, rule, version, changed_by, changed_at }: Row): Shown => ({
  kind,
  rule,
  version,
  changedBy: changed_by,
  changedAt: changed_at.toISOString(),
});

const { steps, priorities, quiet } = policyBody.shape;
const previewBody = z.strictObject({
  homeId: idSchema,
  kind: z.enum(ALERT_KINDS).default('sos'),
  priority: prioritySchema.default(1),
  at: anyIsoTimeSchema.optional(),
  attended: z.boolean().default(true).describe('false: nobody is at a desk'),
  steps: steps.optional().describe('Of a policy that is not saved; absent: the one that would count'),
  priorities,
  quiet,
});
const previewAnswer = z.object({
  policyId: z.string(),
  version: z.int(),
  steps: z.array(
    z.object({
      at: z.iso.datetime(),
      step: z.int(),
      attempt: z.int(),
      to: z.string(),
      who: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          reasons: z.array(z.string()),
          travelMinutes: z.number().nullable(),
        }),
      ),
      shortfalls: z.array(z.string()),
    }),
  ),
});

export interface EscalationRouteOptions extends Pick<HttpDeps, 'pool' | 'preview'> {
  now(): number;
  /** Whether the home is there and in scope. */
  homeVisible(homeId: string, request: FastifyRequest): Promise<boolean>;
}

/** When families are told, and who would be asked at 03:00 for this home. */
export function escalationRoutes(
  app: App,
  { pool, preview, now, homeVisible }: EscalationRouteOptions,
): void {
  app.get(
    '/contact-rules',
    {
      schema: {
        tags,
        summary: 'When the family is told, by kind of alarm',
        response: answers({ 200: pageOf(contactRuleAnswer) }),
      },
    },
    async () => {
      const { rows } = await pool.query<Row>('select * from contact_rules');
      const byKind = new Map(rows.map((row) => [row.kind, changed(row)]));
      return { items: ALERT_KINDS.map((kind) => byKind.get(kind) ?? shipped(kind)), nextCursor: null };
    },
  );
  app.put(
    '/contact-rules/:kind',
    {
      schema: {
        tags,
        summary: 'Another rule for this kind, for alerts that open from now on',
        params: z.object({ kind: z.enum(ALERT_KINDS) }),
        body: z.strictObject({ rule: contactRuleSchema, expectedVersion: z.int().min(0).optional() }),
        response: answers({ 200: contactRuleAnswer }),
      },
    },
    async (request) => {
      const { actor } = callerOf(request);
      const { kind } = request.params;
      const { rule, expectedVersion } = request.body;
      const at = now();
      return inTransaction(pool, async (tx) => {
        // Two who change the same kind wait for one another, a row being there or not.
        await tx.query('lock table contact_rules in share row exclusive mode');
        const { rows } = await tx.query<Row>('select * from contact_rules where kind = $1', [kind]);
        const before = rows[0] === undefined ? shipped(kind) : changed(rows[0]);
        if (expectedVersion !== undefined && expectedVersion !== before.version)
          throw conflict(`the rule for ${kind} is at version ${before.version}`, 'contactRule', before);
        const version = before.version + 1;
        await tx.query(
          `insert into contact_rules (kind, rule, version, changed_by, changed_at) values ($1, $2, $3, $4, $5)
           on conflict (kind) do update set rule = excluded.rule, version = excluded.version,
             changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
          [kind, JSON.stringify(rule), version, actor.username, toIso(at)],
        );
        await writeAudit(tx, actor, at, {
          action: 'contact_rule.change',
          object: `contact_rule:${kind}`,
          detail: { version, ...rule },
        });
        return { kind, rule, version, changedBy: actor.username, changedAt: toIso(at) };
      });
    },
  );

  app.post(
    '/policies/preview',
    {
      schema: {
        tags,
        summary: 'Who would be asked and told, and when, if nobody answered',
        body: previewBody,
        response: answers({ 200: previewAnswer }),
      },
    },
    async (request) => {
      const { homeId, kind, priority, at, attended, ...policy } = request.body;
      if (preview === undefined) throw new Problem('unavailable', 'this server dispatches nobody');
      if (!(await homeVisible(homeId, request)))
        throw invalid({ field: 'homeId', message: `there is no home ${homeId}` });
      return preview({
        homeId,
        kind,
        priority,
        atMs: at === undefined ? now() : Date.parse(at),
        attended,
        ...(policy.steps !== undefined && {
          policy: {
            steps: policy.steps,
            ...(policy.priorities !== undefined && { priorities: policy.priorities }),
            ...(policy.quiet !== undefined && { quiet: policy.quiet }),
          },
        }),
      });
    },
  );
}
