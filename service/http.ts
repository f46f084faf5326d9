import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HttpServer } from '../dispatcher/http/bare-app.ts';
import type { HttpDeps } from '../dispatcher/http/deps.ts';
import { createIntakeServer } from '../dispatcher/http/intake-server.ts';
import { createHttpServer } from '../dispatcher/http/server.ts';
import { prepareAdmin } from '../dispatcher/registry/prepare-admin.ts';
import { tryCodec } from '../ingest/codecs/try-codec.ts';
import { Replay } from '../ingest/replay/replay.ts';
import { hashPassword, needsRehash, verifyPassword } from '../platform/crypto/password.ts';
import type { Config } from '../platform/config.ts';
import { type Assembly, needed } from './parts.ts';

/** API, stream, console and probes. */
export function addHttp(whole: Assembly): void {
  const { config, parts, lifecycle, clock, metrics, newId, child } = whole;
  let http: HttpServer | undefined;
  lifecycle.add('http', {
    async start() {
      const pool = needed(parts.pool, 'the database');
      const dispatcher = needed(parts.dispatcher, 'the dispatcher');
      const passwords = {
        hash: (text: string) => hashPassword(text),
        verify: verifyPassword,
        isOutdated: needsRehash,
      };
      parts.madeAdminPassword = await prepareAdmin(pool, {
        password: config.adminPassword,
        nowAt: clock.now(),
        passwords,
      });
      http = await createHttpServer({
        pool,
        clock,
        log: child('http'),
        metrics,
        newId,
        cipher: needed(parts.personal, 'the dispatcher'),
        words: needed(parts.words, 'the dispatcher'),
        passwords,
        alerts: dispatcher.alerts,
        orders: dispatcher.orders,
        stream: dispatcher.stream,
        attendance: parts.attendance,
        overdue: dispatcher.overdue,
        pages: parts.pages,
        receipts: config.webhook && {
          secret: config.webhook.secret,
          take: (receipt) => dispatcher.receipt(receipt),
        },
        preview: (asked) => dispatcher.preview(asked),
        unconfirmed: parts.unconfirmedEverywhere ?? parts.unconfirmed,
        intake: parts.intake,
        replay: new Replay(pool, config.timeZone),
        tryCodec,
        ...(config.canary && { watchKey: parts.watchKey }),
        notReady: () => (parts.ready ? [] : ['starting']),
        warnings: () =>
          (parts.canary?.failing ?? []).map((street) => `canary: no alarm is seen through ${street}`),
        timeZone: config.timeZone,
        oidc: config.oidc,
        retention: config.retention,
        ...(await web(config)),
        consoleDir: config.consoleDir ?? join(import.meta.dirname, '..', 'console', 'dist'),
        mapTiles: config.mapTiles,
      });
      await serve(http, whole, config.httpPort ?? 0);
    },
    stop: () => http?.close(),
  });
}

/** Of a process without the dispatcher: probes and `POST /ingest`, where a port is given. */
export function addIntakeHttp(whole: Assembly): void {
  const { config, parts, lifecycle, clock, metrics, child } = whole;
  const { httpPort: port } = config;
  if (port === undefined) return;
  let http: HttpServer | undefined;
  lifecycle.add('http', {
    async start() {
      http = await createIntakeServer({
        pool: needed(parts.pool, 'the database'),
        clock,
        log: child('http'),
        metrics,
        intake: parts.intake,
        notReady: () => (parts.ready ? [] : ['starting']),
        ...(await web(config)),
      });
      await serve(http, whole, port);
    },
    stop: () => http?.close(),
  });
}

/** How the pages are reached: through whom, and with which certificate. */
async function web({
  trustProxy,
  httpsPort,
  mqttTls: files,
}: Config): Promise<Pick<HttpDeps, 'trustProxy' | 'tls'>> {
  if (httpsPort === undefined || files === undefined) return { trustProxy };
  return { trustProxy, tls: { cert: await readFile(files.certFile), key: await readFile(files.keyFile) } };
}

/** With HTTPS, plain HTTP is for this machine only: probes, a proxy, administration. */
async function serve(http: HttpServer, { config, parts }: Assembly, port: number): Promise<void> {
  if (config.httpsPort !== undefined)
    parts.httpsPort = (await http.listenTls(config.host, config.httpsPort)).port;
  parts.httpPort = (await http.listen(config.httpsPort === undefined ? config.host : '127.0.0.1', port)).port;
}
