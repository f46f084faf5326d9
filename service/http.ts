import { join } from 'node:path';
import type { HttpServer } from '../dispatcher/http/bare-app.ts';
import { createIntakeServer } from '../dispatcher/http/intake-server.ts';
import { createHttpServer } from '../dispatcher/http/server.ts';
import { prepareAdmin } from '../dispatcher/registry/prepare-admin.ts';
import { hashPassword, needsRehash, verifyPassword } from '../platform/crypto/password.ts';
import { type Assembly, needed } from './parts.ts';

/** API, stream, console and probes. */
export function addHttp({ config, parts, lifecycle, clock, metrics, newId, child }: Assembly): void {
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
        passwords,
        alerts: dispatcher.alerts,
        orders: dispatcher.orders,
        stream: dispatcher.stream,
        unconfirmed: parts.unconfirmed,
        intake: parts.intake,
        ...(config.canary && { watchKey: parts.watchKey }),
        notReady: () => (parts.ready ? [] : ['starting']),
        warnings: () =>
          (parts.canary?.failing ?? []).map((street) => `canary: no alarm is seen through ${street}`),
        timeZone: config.timeZone,
        consoleDir: config.consoleDir ?? join(import.meta.dirname, '..', 'console', 'dist'),
        mapTiles: config.mapTiles,
      });
      parts.httpPort = (await http.listen(config.host, config.httpPort ?? 0)).port;
    },
    stop: () => http?.close(),
  });
}

/** Of a process without the dispatcher: probes and `POST /ingest`, where a port is given. */
export function addIntakeHttp({ config, parts, lifecycle, clock, metrics, child }: Assembly): void {
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
      });
      parts.httpPort = (await http.listen(config.host, port)).port;
    },
    stop: () => http?.close(),
  });
}
