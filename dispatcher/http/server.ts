import cookie from '@fastify/cookie';
import type { FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { LedgerAuditor } from '../ledger/verify.ts';
import { homes } from '../registry/kinds/homes.ts';
import { residents } from '../registry/kinds/residents.ts';
import { Refused } from '../registry/refused.ts';
import { Registry } from '../registry/registry.ts';
import { bareApp, type HttpServer, neverStored, serverOf } from './bare-app.ts';
import { consoleFiles } from './console-files.ts';
import type { HttpDeps } from './deps.ts';
import { describeRoutes, docsRoutes } from './docs.ts';
import { API_PREFIX, guard } from './guard.ts';
import { OidcLogin } from './login/oidc.ts';
import { SecondFactor } from './login/second-factor.ts';
import { recordLooks } from './looks.ts';
import { problemOf } from './outcomes.ts';
import { alertRoutes } from './routes/alerts.ts';
import { ambulanceRoutes } from './routes/ambulance.ts';
import { handoverRoutes } from './routes/handovers.ts';
import { closedMonthRoutes } from './routes/closed-months.ts';
import { codecRoutes } from './routes/codecs.ts';
import { dayRoutes } from './routes/days.ts';
import { escalationRoutes } from './routes/escalation.ts';
import { exchangeRoutes } from './routes/exchange.ts';
import { ingestRoutes } from './routes/ingest.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { logRoutes } from './routes/logs.ts';
import { mapRoutes } from './routes/map.ts';
import { noticeRoutes } from './routes/notices.ts';
import { oidcRoutes } from './routes/oidc.ts';
import { orderRoutes } from './routes/orders.ts';
import { promptRoutes } from './routes/prompts.ts';
import { protocolRoutes } from './routes/protocols.ts';
import { readingRoutes } from './routes/readings.ts';
import { receiptRoutes } from './routes/receipts.ts';
import { registryCaller, registryRoutes } from './routes/registry.ts';
import { replayRoutes } from './routes/replay.ts';
import { replacementRoutes } from './routes/replacements.ts';
import { reportRoutes } from './routes/reports.ts';
import { rosterRoutes } from './routes/roster.ts';
import { retentionRoutes } from './routes/retention.ts';
import { ruleRoutes } from './routes/rules.ts';
import { streetSettingsRoutes } from './routes/street-settings.ts';
import { secondFactorRoutes } from './routes/second-factor.ts';
import { sessionRoutes } from './routes/session.ts';
import { statusRoutes } from './routes/status.ts';
import { streamRoutes } from './routes/stream.ts';
import { timeBankRoutes } from './routes/time-bank.ts';
import { scryptPasswords, Sessions } from './sessions.ts';
import { noticeActs } from './notice-acts.ts';
import { StreamHub } from './stream/hub.ts';
import { withWatcher } from './watcher.ts';

/** The HTTP side of the service, wired but not listening. */
export async function createHttpServer(deps: HttpDeps): Promise<HttpServer> {
  const { pool, clock, log, metrics, passwords = scryptPasswords } = deps;
  const now = (): number => clock.now();
  const secondFactor = new SecondFactor(pool, now, deps.cipher);
  const sessions = new Sessions(pool, clock, passwords, secondFactor);
  const visitors = withWatcher(sessions, deps.watchKey);
  const hub = new StreamHub({
    source: deps.stream,
    unconfirmed: deps.unconfirmed,
    overdue: deps.overdue,
    pages: deps.pages,
    clock,
    log,
    metrics,
  });
  const registry = new Registry(pool, now, {
    newId: deps.newId,
    cipher: deps.cipher,
    words: deps.words,
    hashPassword: (password) => passwords.hash(password),
  });

  const app = await bareApp(deps);
  await app.register(cookie);
  await describeRoutes(app);

  const people = residents(deps.timeZone);
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
      guard(routes, visitors);
      neverStored(routes);
      recordLooks(routes, { pool, now });
      noticeActs(routes, deps.attendance);
      sessionRoutes(routes, { sessions, hub, failures });
      secondFactorRoutes(routes, { sessions, secondFactor });
      oidcRoutes(routes, {
        oidc: deps.oidc && new OidcLogin(deps.oidc, pool, clock),
        sessions,
        failures,
        log,
      });
      streamRoutes(routes, { hub, visitors, attendance: deps.attendance });
      alertRoutes(routes, deps);
      ambulanceRoutes(routes, { ...deps, now });
      orderRoutes(routes, { orders: deps.orders, homeVisible });
      registryRoutes(routes, registry, deps.timeZone);
      promptRoutes(routes, {
        pool,
        now,
        newId: deps.newId,
        homeOf: async (id, request) => {
          try {
            return (await registry.get(people, id, registryCaller(request))).homeId;
          } catch (error) {
            throw error instanceof Refused ? problemOf(error, people.name) : error;
          }
        },
      });
      protocolRoutes(routes, { pool, now });
      streetSettingsRoutes(routes, { pool, now });
      escalationRoutes(routes, { pool, now, preview: deps.preview, homeVisible });
      handoverRoutes(routes, { pool, now, cipher: deps.cipher });
      mapRoutes(routes, deps.mapTiles);
      dayRoutes(routes, deps);
      rosterRoutes(routes, deps);
      replacementRoutes(routes, { pool, registry, now });
      exchangeRoutes(routes, { pool, registry, timeZone: deps.timeZone, now, cipher: deps.cipher });
      readingRoutes(routes, { pool, now, homeVisible });
      codecRoutes(routes, deps);
      replayRoutes(routes, { pool, now, replay: deps.replay, homeVisible });
      logRoutes(routes, pool);
      retentionRoutes(routes, deps);
      noticeRoutes(routes, { pool, clock });
      receiptRoutes(routes, deps);
      ledgerRoutes(routes, { ...deps, notes: deps.cipher, auditor: new LedgerAuditor(pool) });
      timeBankRoutes(routes, { ...deps, notes: deps.cipher });
      reportRoutes(routes, { pool, timeZone: deps.timeZone, now });
      closedMonthRoutes(routes, { pool, timeZone: deps.timeZone, now, cipher: deps.cipher });
      ruleRoutes(routes, deps);
      ingestRoutes(routes, deps);
      done();
    },
    { prefix: API_PREFIX },
  );
  statusRoutes(app, {
    pool,
    metrics,
    notReady: () => deps.notReady(),
    warnings: () => deps.warnings?.() ?? [],
    setTimer: (...args) => clock.setTimer(...args),
  });
  docsRoutes(app);
  await consoleFiles(app, deps.consoleDir);
  app.addHook('preClose', (done) => {
    hub.close();
    done();
  });
  await app.ready();

  return serverOf(app, clock, deps.tls);
}
