import type { AddressInfo } from 'node:net';
import compress from '@fastify/compress';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import fastify, { type FastifyRequest, type FastifySerializerCompiler } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { LedgerAuditor } from '../ledger/verify.ts';
import { homes } from '../registry/kinds/homes.ts';
import { Refused } from '../registry/refused.ts';
import { Registry } from '../registry/registry.ts';
import type { App } from './app.ts';
import { consoleFiles } from './console-files.ts';
import type { HttpDeps } from './deps.ts';
import { describeRoutes, docsRoutes } from './docs.ts';
import { asProblem, handleErrors, sendProblem } from './error-handler.ts';
import { API_PREFIX, guard } from './guard.ts';
import { readBodies } from './bodies.ts';
import { alertRoutes } from './routes/alerts.ts';
import { ingestRoutes } from './routes/ingest.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { logRoutes } from './routes/logs.ts';
import { orderRoutes } from './routes/orders.ts';
import { readingRoutes } from './routes/readings.ts';
import { registryCaller, registryRoutes } from './routes/registry.ts';
import { reportRoutes } from './routes/reports.ts';
import { sessionRoutes } from './routes/session.ts';
import { statusRoutes } from './routes/status.ts';
import { streamRoutes } from './routes/stream.ts';
import { scryptPasswords, Sessions } from './sessions.ts';
import { StreamHub } from './stream/hub.ts';
import { contentPolicy } from './content-policy.ts';

export interface HttpServer {
  /** Resolves with the port that was given, once connections are taken. */
  listen(host: string, port: number): Promise<{ port: number }>;
  /** Ends streams, lets running requests finish, closes what is left. */
  close(): Promise<void>;
  /** For tests: a request without a socket. */
  readonly app: App;
}

const BODY_BYTES = 1024 * 1024;
/** From the first byte to the last; slower ones hold a connection for nothing. */
const REQUEST_WITHIN_MS = 60_000;
/** What is still running then is cut off. */
const FINISH_WITHIN_MS = 5_000;

/** The HTTP side of the service, wired but not listening. */
export async function createHttpServer(deps: HttpDeps): Promise<HttpServer> {
  const { pool, clock, log, metrics, passwords = scryptPasswords } = deps;
  const now = (): number => clock.now();
  const sessions = new Sessions(pool, clock, passwords);
  const hub = new StreamHub({ source: deps.stream, clock, log, metrics });
  const registry = new Registry(pool, now, {
    newId: deps.newId,
    cipher: deps.cipher,
    hashPassword: (password) => passwords.hash(password),
  });

  const app: App = fastify({
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_WITHIN_MS,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    trustProxy: typeof deps.trustProxy === 'string' ? deps.trustProxy : [...(deps.trustProxy ?? [])],
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => {
      void sendProblem(request, reply, asProblem(error));
    },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(deps.checkAnswers === true ? checkedAnswers : () => JSON.stringify);
  handleErrors(app, log);
  readBodies(app);
  await app.register(helmet, { contentSecurityPolicy: contentPolicy });
  await app.register(cookie);
  await app.register(compress, { encodings: ['gzip', 'identity'], threshold: 2_048 });
  measure(app, deps);
  await describeRoutes(app);

  const homeVisible = async (homeId: string, request: FastifyRequest): Promise<boolean> => {
    try {
      await registry.get(homes, homeId, registryCaller(request));
      return true;
    } catch (error) {
      if (error instanceof Refused) return false;
      throw error;
    }
  };
  const failures = metrics.counter('yinling_login_failures_total', 'Logins refused, by reason', ['reason']);
  await app.register(
    (api, _options, done) => {
      const routes = api.withTypeProvider<ZodTypeProvider>();
      guard(routes, sessions);
      neverStored(routes);
      sessionRoutes(routes, { sessions, hub, failures });
      streamRoutes(routes, { hub, sessions });
      alertRoutes(routes, deps);
      orderRoutes(routes, { orders: deps.orders, homeVisible });
      registryRoutes(routes, registry, deps.timeZone);
      readingRoutes(routes, { pool, now, homeVisible });
      logRoutes(routes, pool);
      ledgerRoutes(routes, { ...deps, notes: deps.cipher, auditor: new LedgerAuditor(pool) });
      reportRoutes(routes, { pool, timeZone: deps.timeZone, now });
      ingestRoutes(routes, deps);
      done();
    },
    { prefix: API_PREFIX },
  );
  statusRoutes(app, {
    pool,
    metrics,
    notReady: () => deps.notReady(),
    setTimer: (...args) => clock.setTimer(...args),
  });
  docsRoutes(app);
  await consoleFiles(app, deps.consoleDir);
  app.addHook('preClose', (done) => {
    hub.close();
    done();
  });
  await app.ready();

  return {
    app,
    async listen(host, port) {
      await app.listen({ host, port });
      return { port: (app.server.address() as AddressInfo).port };
    },
    async close() {
      const cancel = clock.setTimer(FINISH_WITHIN_MS, () => app.server.closeAllConnections());
      await app.close().finally(cancel);
    },
  };
}

/** What the API answers is about people: no cache keeps it. */
function neverStored(app: App): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    done(null, payload);
  });
}

/** An answer that is not as documented is a fault. */
const checkedAnswers: FastifySerializerCompiler<z.ZodType> =
  ({ schema, method, url }) =>
  (data) => {
    const { error } = schema.safeParse(data);
    if (error) throw new Error(`${method} ${url} does not answer as documented: ${error.message}`);
    return JSON.stringify(data);
  };

function measure(app: App, { metrics }: HttpDeps): void {
  const seconds = metrics.histogram('yinling_http_request_seconds', 'Answering a request, by route', [
    'method',
    'route',
    'status',
  ]);
  app.addHook('onResponse', (request, reply, done) => {
    const { url, config } = request.routeOptions;
    if (config.untimed !== true)
      seconds.observe(
        { method: request.method, route: url ?? 'none', status: String(reply.statusCode) },
        reply.elapsedTime / 1000,
      );
    done();
  });
}
