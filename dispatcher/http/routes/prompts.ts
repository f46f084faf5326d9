import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { inTransaction, type Pool } from '../../../platform/database.ts';
import type { NewId } from '../../../platform/ids.ts';
import type { CommandPayload } from '../../../schemas/channels.ts';
import { idSchema, toIso } from '../../../schemas/ids.ts';
import { ASKING_KINDS } from '../../../schemas/registry.ts';
import { writeAudit } from '../../registry/audit-log.ts';
import { answers, type App, callerOf } from '../app.ts';
import { Problem } from '../problem.ts';

/** What is asked when the operator does not say otherwise. */
const QUESTION = '值班人员想确认您是否安好。如果没事，请回答“我没事”；需要帮助，请回答“求助”。';
const STANDARD_WAIT_MS = 60_000;

export interface PromptRouteOptions {
  pool: Pool;
  now(): number;
  newId: NewId;
  /** The resident's home, if the caller may see the resident; otherwise throws. */
  homeOf(residentId: string, request: FastifyRequest): Promise<string>;
}

/**
 * `POST /residents/{id}/prompt`: asks the resident through every screen and robot of the home, by hand. The answer comes
 * the usual way, as a `reply`: help is a call, "I am fine" is evidence. Nothing is ever shown after its time.
 */
export function promptRoutes(app: App, { pool, now, newId, homeOf }: PromptRouteOptions): void {
  app.post(
    '/residents/:id/prompt',
    {
      schema: {
        tags: ['residents'],
        summary: 'Ask the resident through the screens and robots of the home',
        params: z.object({ id: idSchema }),
        body: z.strictObject({
          text: z.string().trim().min(1).max(300).optional(),
          answerWithinMs: z.int().min(5_000).max(600_000).optional(),
        }),
        response: answers({
          202: z.object({
            promptId: z.string(),
            deviceIds: z.array(z.string()),
            text: z.string(),
            expiresAt: z.iso.datetime(),
          }),
        }),
      },
    },
    async (request, reply) => {
      const { actor } = callerOf(request);
      const { id } = request.params;
      const homeId = await homeOf(id, request);
      const { answerWithinMs = STANDARD_WAIT_MS } = request.body;
      const text = (request.body.text ?? QUESTION).replaceAll('\0', '').toWellFormed();
      const at = now();
      const promptId = newId('q');
      const expiresAt = toIso(at + answerWithinMs);
      const body: CommandPayload = { cmd: 'prompt', promptId, text, answerWithinMs };
      const deviceIds = await inTransaction(pool, async (tx) => {
        const { rows } = await tx.query<{ device_id: string }>(
          `insert into downlink (home_id, device_id, body, created_at, expires_at)
           select home_id, id, $3, $4, $5 from devices
           where home_id = $1 and kind = any($2) and retired_at is null order by id returning device_id`,
          [homeId, ASKING_KINDS, JSON.stringify(body), toIso(at), expiresAt],
        );
        if (rows.length === 0)
          throw new Problem('conflict', 'this home has no screen or robot that could ask');
        // Not what was asked: that is between them.
        await writeAudit(tx, actor, at, {
          action: 'resident.prompt',
          object: `resident:${id}`,
          detail: { promptId, devices: rows.length },
        });
        await tx.query("select pg_notify('downlink', '')");
        return rows.map((row) => row.device_id);
      });
      return reply.code(202).send({ promptId, deviceIds, text, expiresAt });
    },
  );
}
