import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { createServer, type Server as SecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import compress from '@fastify/compress';
import helmet from '@fastify/helmet';
import fastify, { type FastifySerializerCompiler } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import { originOf } from '../../platform/map-tiles.ts';
import type { App } from './app.ts';
import { readBodies } from './bodies.ts';
import { contentPolicy } from './content-policy.ts';
import type { HttpDeps, TlsMaterial } from './deps.ts';
import { asProblem, handleErrors, sendProblem } from './error-handler.ts';

export interface HttpServer {
  /** Resolves with the port that was given, once connections are taken. */
  listen(host: string, port: number): Promise<{ port: number }>;
  /** The same by HTTPS; only where there is a certificate. */
  listenTls(host: string, port: number): Promise<{ port: number }>;
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

/** What every HTTP server of ours has, before any route: bodies, refusals, headers, measurements. */
export async function bareApp(
  deps: Pick<HttpDeps, 'log' | 'metrics' | 'trustProxy' | 'checkAnswers' | 'mapTiles'>,
): Promise<App> {
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
  handleErrors(app, deps.log);
  readBodies(app);
  await app.register(helmet, { contentSecurityPolicy: contentPolicy(originOf(deps.mapTiles)) });
  await app.register(compress, { encodings: ['gzip', 'identity'], threshold: 2_048 });
  measure(app, deps);
  finishWhenClosing(app);
  return app;
}

/** What is answered while we close is the last on its connection: a kept one would hold the stop up until it is cut. */
function finishWhenClosing(app: App): void {
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
}

export function serverOf(app: App, clock: Clock, tls?: TlsMaterial): HttpServer {
  const secure = tls && createSecureServer(tls, app);
  const unused = [
    unusedOf(app.server, 'connection'),
    ...(secure ? [unusedOf(secure, 'secureConnection')] : []),
  ];
  return {
    app,
    async listen(host, port) {
      await app.listen({ host, port });
      return { port: (app.server.address() as AddressInfo).port };
    },
    async listenTls(host, port) {
      if (secure === undefined) throw new Error('HTTPS needs a certificate');
      secure.listen(port, host);
      await once(secure, 'listening');
      return { port: (secure.address() as AddressInfo).port };
    },
    async close() {
      const cancel = clock.setTimer(FINISH_WITHIN_MS, () => {
        app.server.closeAllConnections();
        secure?.closeAllConnections();
      });
      // Streams end with the app (its preClose hooks), so both are closed at once.
      secure?.close();
      secure?.closeIdleConnections();
      for (const sockets of unused) for (const socket of sockets) socket.destroy();
      await app.close().finally(cancel);
      if (secure?.listening === true) await once(secure, 'close');
    },
  };
}

/** Connections that nothing has been asked on, as browsers keep one ready: Node does not count them among the idle. */
function unusedOf(server: Server | SecureServer, event: 'connection' | 'secureConnection'): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on(event, (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage) => sockets.delete(socket));
  return sockets;
}

function createSecureServer(tls: TlsMaterial, app: App): SecureServer {
  const options = { ...tls, minVersion: 'TLSv1.2', requestTimeout: REQUEST_WITHIN_MS } as const;
  return createServer(options, (request, response) => app.routing(request, response));
}

/** What the API answers is about people: no cache keeps it. */
export function neverStored(app: App): void {
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

function measure(app: App, { metrics }: Pick<HttpDeps, 'metrics'>): void {
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
