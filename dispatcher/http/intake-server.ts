import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { bareApp, type HttpServer, neverStored, serverOf } from './bare-app.ts';
import type { HttpDeps } from './deps.ts';
import { sendProblem } from './error-handler.ts';
import { API_PREFIX } from './guard.ts';
import { Problem } from './problem.ts';
import { ingestRoutes } from './routes/ingest.ts';
import { statusRoutes } from './routes/status.ts';

export type IntakeServerDeps = Pick<
  HttpDeps,
  'pool' | 'clock' | 'log' | 'metrics' | 'intake' | 'notReady' | 'checkAnswers' | 'trustProxy' | 'tls'
>;

/**
 * The HTTP side of a process without the dispatcher: whether it lives, is ready and how it does, and `POST /ingest`, for
 * only a process that ingests can take messages. Everything else is the dispatcher's.
 */
export async function createIntakeServer(deps: IntakeServerDeps): Promise<HttpServer> {
  const app = await bareApp(deps);
  await app.register(
    (api, _options, done) => {
      const routes = api.withTypeProvider<ZodTypeProvider>();
      neverStored(routes);
      ingestRoutes(routes, deps);
      done();
    },
    { prefix: API_PREFIX },
  );
  const { pool, metrics, clock } = deps;
  statusRoutes(app, {
    pool,
    metrics,
    notReady: () => deps.notReady(),
    setTimer: (...args) => clock.setTimer(...args),
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, new Problem('not_found', 'this process has no dispatcher: ask one that has')),
  );
  await app.ready();
  return serverOf(app, clock, deps.tls);
}
