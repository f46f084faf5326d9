import { z } from 'zod';
import { inTransaction, type Pool } from '../../../platform/database.ts';
import { ALERT_KINDS, type AlertKind } from '../../../schemas/alert.ts';
import { toIso } from '../../../schemas/ids.ts';
import { protocolBody, type Question, questionSchema, SHIPPED_PROTOCOLS } from '../../../schemas/protocol.ts';
import { writeAudit } from '../../registry/audit-log.ts';
import { answers, type App, callerOf } from '../app.ts';
import { conflict } from '../problem.ts';
import { pageOf } from '../query-params.ts';

const protocolAnswer = z.object({
  kind: z.enum(ALERT_KINDS),
  questions: z.array(questionSchema),
  version: z.int().min(0).describe('0: as shipped'),
  changedBy: z.string().nullable(),
  changedAt: z.iso.datetime().nullable(),
});
type Protocol = z.infer<typeof protocolAnswer>;

interface ProtocolRow {
  kind: AlertKind;
  questions: Question[];
  version: number;
  changed_by: string;
  changed_at: Date;
}
const shipped = (kind: AlertKind): Protocol => ({
  kind,
  questions: [...SHIPPED_PROTOCOLS[kind]],
  version: 0,
  changedBy: null,
  changedAt: null,
});
const changed = (row: ProtocolRow): Protocol => ({
  kind: row.kind,
  questions: row.questions,
  version: row.version,
  changedBy: row.changed_by,
  changedAt: row.changed_at.toISOString(),
});

/** The questions that operators ask, by kind of alarm. */
export function protocolRoutes(app: App, { pool, now }: { pool: Pool; now(): number }): void {
  const tags = ['protocols'];
  app.get(
    '/protocols',
    {
      schema: {
        tags,
        summary: 'Questions by kind of alarm',
        response: answers({ 200: pageOf(protocolAnswer) }),
      },
    },
    async () => {
      const { rows } = await pool.query<ProtocolRow>('select * from protocols');
      const byKind = new Map(rows.map((row) => [row.kind, changed(row)]));
      return { items: ALERT_KINDS.map((kind) => byKind.get(kind) ?? shipped(kind)), nextCursor: null };
    },
  );
  app.put(
    '/protocols/:kind',
    {
      schema: {
        tags,
        summary: 'Other questions for this kind, from the next alarm on screen on',
        params: z.object({ kind: z.enum(ALERT_KINDS) }),
        body: protocolBody,
        response: answers({ 200: protocolAnswer }),
      },
    },
    async (request) => {
      const { actor } = callerOf(request);
      const { kind } = request.params;
      const { questions, expectedVersion } = request.body;
      const at = now();
      return inTransaction(pool, async (tx) => {
        // Two who change the same kind wait for one another, a row being there or not.
        await tx.query('lock table protocols in share row exclusive mode');
        const { rows } = await tx.query<ProtocolRow>('select * from protocols where kind = $1', [kind]);
        const [row] = rows;
        const before = row === undefined ? shipped(kind) : changed(row);
        if (expectedVersion !== undefined && expectedVersion !== before.version)
          throw conflict(`the questions for ${kind} are at version ${before.version}`, 'protocol', before);
        const version = before.version + 1;
        await tx.query(
          `insert into protocols (kind, questions, version, changed_by, changed_at) values ($1, $2, $3, $4, $5)
           on conflict (kind) do update set questions = excluded.questions, version = excluded.version,
             changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
          [kind, JSON.stringify(questions), version, actor.username, toIso(at)],
        );
        await writeAudit(tx, actor, at, {
          action: 'protocol.change',
          object: `protocol:${kind}`,
          detail: { version, questions: questions.length },
        });
        return { kind, questions, version, changedBy: actor.username, changedAt: toIso(at) };
      });
    },
  );
}
