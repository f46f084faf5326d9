import { z } from 'zod';
import type { PersonalData } from '../../../platform/crypto/personal-data.ts';
import { inTransaction, type Pool } from '../../../platform/database.ts';
import { toIso } from '../../../schemas/ids.ts';
import { writeAudit } from '../../registry/audit-log.ts';
import { answers, type App, callerOf } from '../app.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { cursorParam, limitParam, pageOf } from '../query-params.ts';

const handoverAnswer = z.object({
  id: z.int(),
  at: z.iso.datetime(),
  by: z.string(),
  streets: z.array(z.string()).describe('of whoever wrote it; empty: the whole district'),
  text: z.string(),
});
interface HandoverRow {
  id: number | string;
  at: Date;
  by: string;
  streets: string[];
  note: Uint8Array;
}

/** What one shift leaves to the next. Only adds: what was handed over stays as it was read. */
export function handoverRoutes(
  app: App,
  { pool, now, cipher }: { pool: Pool; now(): number; cipher: PersonalData },
): void {
  const tags = ['handovers'];
  const shown = (row: HandoverRow): z.infer<typeof handoverAnswer> => ({
    id: Number(row.id),
    at: row.at.toISOString(),
    by: row.by,
    streets: row.streets,
    text: String(cipher.open(row.note)),
  });
  app.get(
    '/handovers',
    {
      schema: {
        tags,
        summary: 'Hand-over notes, the newest first',
        querystring: z.object({ cursor: cursorParam, limit: limitParam(20) }),
        response: answers({ 200: pageOf(handoverAnswer) }),
      },
    },
    async (request) => {
      const { cursor, limit } = request.query;
      const { streets } = callerOf(request).actor;
      const before = cursor === undefined ? null : decodeCursor(cursor, 'n')[0];
      const { rows } = await pool.query<HandoverRow>(
        `select * from handovers
         where (cardinality($1::text[]) = 0 or cardinality(streets) = 0 or streets && $1)
           and ($2::bigint is null or id < $2) order by id desc limit $3`,
        [streets, before, limit + 1],
      );
      const items = rows.slice(0, limit).map(shown);
      const last = rows.length > limit ? items.at(-1) : undefined;
      return { items, nextCursor: last === undefined ? null : encodeCursor([last.id]) };
    },
  );
  app.post(
    '/handovers',
    {
      schema: {
        tags,
        summary: 'Leave a note to the next shift',
        body: z.strictObject({ text: z.string().trim().min(1).max(8000) }),
        response: answers({ 201: handoverAnswer }),
      },
    },
    async (request, reply) => {
      const { actor } = callerOf(request);
      const at = now();
      const text = request.body.text.replaceAll('\0', '').toWellFormed();
      const made = await inTransaction(pool, async (tx) => {
        const { rows } = await tx.query<HandoverRow>(
          'insert into handovers (at, by, streets, note) values ($1, $2, $3, $4) returning *',
          [toIso(at), actor.username, actor.streets, cipher.seal(text)],
        );
        const [row] = rows;
        if (row === undefined) throw new Error('nothing inserted');
        await writeAudit(tx, actor, at, { action: 'handover.create', object: `handover:${row.id}` });
        return shown(row);
      });
      return reply.code(201).send(made);
    },
  );
}
