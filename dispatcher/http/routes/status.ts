import { z } from 'zod';
import { isRetryable, type Pool } from '../../../platform/database.ts';
import type { Metrics } from '../../../platform/metrics.ts';
import { answers, type App } from '../app.ts';

/** An answer after it is of no use to whoever probes. */
const DATABASE_WITHIN_MS = 2_000;

export interface StatusRouteOptions {
  pool: Pool;
  metrics: Metrics;
  notReady(): readonly string[];
  /** What is wrong though we are ready; taking us out of service would not mend it. */
  warnings?(): readonly string[];
  setTimer(delayMs: number, fn: () => void): () => void;
}

/** For whoever runs us: alive, ready, measured. */
export function statusRoutes(
  app: App,
  { pool, metrics, notReady, warnings, setTimer }: StatusRouteOptions,
): void {
  const schema = { tags: ['status'] };

  app.get(
    '/livez',
    {
      exposeHeadRoute: true,
      schema: {
        ...schema,
        summary: 'The process runs',
        response: answers({ 200: z.object({ status: z.literal('ok') }) }),
      },
    },
    () => ({ status: 'ok' }),
  );

  const readyAnswer = z.object({
    status: z.enum(['ready', 'not ready']),
    reasons: z.array(z.string()),
    warnings: z.array(z.string()).optional(),
  });
  app.get(
    '/readyz',
    {
      exposeHeadRoute: true,
      schema: {
        ...schema,
        summary: 'Ready for work, or why not',
        response: answers({ 200: readyAnswer, 503: readyAnswer }),
      },
    },
    async (_request, reply) => {
      const database = await databaseProblem();
      const reasons = [...(database === undefined ? [] : [database]), ...notReady()];
      const warned = warnings?.() ?? [];
      return reply
        .code(reasons.length === 0 ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({
          status: reasons.length === 0 ? 'ready' : 'not ready',
          reasons,
          ...(warned.length > 0 && { warnings: [...warned] }),
        });
    },
  );

  app.get(
    '/metrics',
    { schema: { ...schema, summary: 'Measurements for Prometheus', produces: ['text/plain'] } },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  );

  function databaseProblem(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const cancel = setTimer(DATABASE_WITHIN_MS, () => resolve('the database does not answer'));
      pool
        .query('select 1')
        .then(
          () => resolve(undefined),
          (error: unknown) =>
            resolve(isRetryable(error) ? 'the database cannot be reached' : 'the database refuses us'),
        )
        .finally(cancel);
    });
  }
}
