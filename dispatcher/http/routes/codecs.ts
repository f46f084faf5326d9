import { z } from 'zod';
import { CHANNELS } from '../../../schemas/channels.ts';
import { codecBody, mappingProblems } from '../../../schemas/codec-mapping.ts';
import { idSchema, toIso } from '../../../schemas/ids.ts';
import { DEVICE_KINDS } from '../../../schemas/registry.ts';
import { answers, type App } from '../app.ts';
import type { HttpDeps } from '../deps.ts';
import { invalid, Problem } from '../problem.ts';

/** A mapping, tried with a sample before it is saved: by the very code that takes devices' messages. */
export function codecRoutes(app: App, { tryCodec, clock }: Pick<HttpDeps, 'tryCodec' | 'clock'>): void {
  app.post(
    '/codecs/try',
    {
      schema: {
        tags: ['codecs'],
        summary: 'What would become of a sample message under this mapping; nothing is stored',
        body: z.strictObject({
          codec: codecBody.extend({ id: idSchema }),
          topic: z.string().min(1).max(1_000),
          payload: z.string().max(16_384).describe('as the device sends it, JSON text'),
          device: z.strictObject({ kind: z.enum(DEVICE_KINDS), zone: z.string().max(64).optional() }),
        }),
        response: answers({
          200: z.object({
            result: z.enum(['events', 'dead_letter', 'ignored']),
            reason: z.string().optional(),
            events: z.array(
              z.object({
                externalId: z.string(),
                channel: z.enum(CHANNELS),
                payload: z.record(z.string(), z.unknown()),
                occurredAt: z.iso.datetime(),
                marks: z.array(z.string()),
              }),
            ),
          }),
        }),
      },
    },
    (request) => {
      if (tryCodec === undefined) throw new Problem('unavailable', 'this process cannot try codecs');
      const { codec, topic, payload, device } = request.body;
      const { id, title: _, ...mapping } = codec;
      const problems = mappingProblems(id, mapping);
      if (problems.length > 0)
        throw invalid(...problems.map(({ field, message }) => ({ field: `codec.${field}`, message })));
      const trial = tryCodec(id, mapping, { topic, payload, device, receivedAt: clock.now() });
      return Promise.resolve({
        ...trial,
        events: trial.events.map((event) => ({ ...event, occurredAt: toIso(event.occurredAt) })),
      });
    },
  );
}
