import { z } from 'zod';
import { inTransaction, type Pool } from '../../../platform/database.ts';
import { writeAudit } from '../../registry/audit-log.ts';
import { devices } from '../../registry/kinds/devices.ts';
import { Refused } from '../../registry/refused.ts';
import type { Registry } from '../../registry/registry.ts';
import {
  replaceBody,
  replaceDevice,
  replacementShape,
  replacementsOf,
} from '../../registry/replace-device.ts';
import { answers, type App, callerOf } from '../app.ts';
import { problemOf } from '../outcomes.ts';
import { registryCaller, viewSchema } from './registry.ts';

const tags = ['devices'];

/** Devices that took the place of others, and what is known of it later. */
export function replacementRoutes(
  app: App,
  { pool, registry, now }: { pool: Pool; registry: Registry; now(): number },
): void {
  app.post(
    '/devices/:id/replace',
    {
      schema: {
        tags,
        summary: 'Put a new device in the place of this one, which is retired',
        params: z.object({ id: z.string() }),
        body: replaceBody,
        response: answers({
          201: viewSchema(devices).extend({
            secret: z.string().describe('shown once'),
            replaces: z.string(),
          }),
        }),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const caller = registryCaller(request);
      const nowAt = now();
      try {
        const made = await inTransaction(pool, async (tx) => {
          const device = await replaceDevice(tx, registry, id, request.body, { caller, nowAt });
          await writeAudit(tx, caller.actor, nowAt, {
            action: 'device.replace',
            object: `device:${id}`,
            detail: { newId: device.id, reason: request.body.reason },
          });
          return device;
        });
        return await reply.code(201).send({ ...made, secret: made.secret ?? '', replaces: id });
      } catch (error) {
        throw error instanceof Refused ? problemOf(error, 'device') : error;
      }
    },
  );

  app.get(
    '/replacements',
    {
      schema: {
        tags,
        summary: 'Devices that were replaced, the newest first',
        querystring: z.object({ homeId: z.string().optional(), deviceId: z.string().optional() }),
        response: answers({ 200: z.object({ items: z.array(replacementShape) }) }),
      },
    },
    async (request) => {
      const { homeId, deviceId } = request.query;
      const { streets } = callerOf(request).scope;
      return { items: await replacementsOf(pool, { homeId, deviceId, streets }) };
    },
  );
}
