import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createBroker, type Broker } from './broker/broker.ts';
import { credentialLookup } from './broker/credential-store.ts';
import { Credentials } from './broker/credentials.ts';
import { Downlink } from './broker/downlink.ts';
import { brokerMetrics } from './broker/metrics.ts';
import { Canary } from './canary/canary.ts';
import { logChannel } from './dispatcher/channels/log-channel.ts';
import { webhookChannel } from './dispatcher/channels/webhook-channel.ts';
import { createDispatcher, type Dispatcher } from './dispatcher/dispatcher.ts';
import type { HttpServer } from './dispatcher/http/bare-app.ts';
import { createIntakeServer } from './dispatcher/http/intake-server.ts';
import { createHttpServer } from './dispatcher/http/server.ts';
import { TimeBankRules } from './dispatcher/ledger/apply-rules.ts';
import { sealAudit } from './dispatcher/audit/seal.ts';
import { LedgerSealer } from './dispatcher/ledger/sealer.ts';
import { prepareAdmin } from './dispatcher/registry/prepare-admin.ts';
import { postgresWakeUps } from './dispatcher/wake-ups/postgres-wake-ups.ts';
import { redisWakeUps } from './dispatcher/wake-ups/redis-wake-ups.ts';
import { createIngest, type Ingest } from './ingest/ingest.ts';
import { MqttSource } from './ingest/sources/mqtt-source.ts';
import { UnconfirmedPresses } from './ingest/unconfirmed-presses.ts';
import type { Clock } from './platform/clock.ts';
import type { Config } from './platform/config.ts';
import { checkDataKey } from './platform/crypto/data-key-check.ts';
import { loadDataKey } from './platform/crypto/data-key-file.ts';
import { hashPassword, needsRehash, verifyPassword } from './platform/crypto/password.ts';
import { createPersonalData, type PersonalData } from './platform/crypto/personal-data.ts';
import { createPool, listen, type Listener, type Pool } from './platform/database.ts';
import { startEmbeddedPostgres } from './platform/embedded-postgres/start.ts';
import type { NewId } from './platform/ids.ts';
import type { Lifecycle } from './platform/lifecycle.ts';
import type { Log } from './platform/log.ts';
import type { Metrics } from './platform/metrics.ts';
import { migrate } from './platform/migrate.ts';
import { maintainPartitions } from './platform/partitions.ts';
import type { Intake } from './schemas/inbound.ts';
import { measureResources } from './platform/resource-metrics.ts';

export interface ServiceDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly newId: NewId;
  /** The parts are added to it; the caller stops it. */
  readonly lifecycle: Lifecycle;
}

export interface Service {
  /** Where it listens; undefined where this process has not that part. */
  readonly mqttPort: number | undefined;
  /** 0: nowhere. */
  readonly httpPort: number;
  /** Made at this start, to be shown once; undefined if there was one, or it was given. */
  readonly madeAdminPassword: string | undefined;
}

const MAINTENANCE_MS = 3_600_000;

/**
 * The composition root: configuration → database → parts by role → HTTP, started in order, stopped in reverse. This and
 * `main.ts` are the only places that know all folders.
 */
export async function startService(config: Config, deps: ServiceDeps): Promise<Service> {
  const { clock, log, metrics, newId, lifecycle } = deps;
  const runs = (role: Config['roles'][number]): boolean => config.roles.includes(role);
  const child = (component: string): Log => log.child({ component });

  if (runs('broker') && !runs('ingest') && config.mqttUrl === undefined)
    throw new Error('ROLES: broker without ingest over REDIS_URL is not built yet; run them in one process');
  if (runs('ingest') && !runs('broker') && config.mqttUrl === undefined)
    throw new Error('ROLES: ingest without broker over REDIS_URL is not built yet; run them in one process');

  let databaseUrl = config.databaseUrl ?? '';
  let pool: Pool;
  let broker: Broker | undefined;
  let ingest: Ingest | undefined;
  let unconfirmed: UnconfirmedPresses | undefined;
  /** Of this process, calls for help watched. */
  let intake: Intake | undefined;
  let dispatcher: Dispatcher | undefined;
  let downlink: Downlink | undefined;
  let personal: PersonalData | undefined;
  let dataKey: Buffer | undefined;
  let canary: Canary | undefined;
  let httpPort = 0;
  let madeAdminPassword: string | undefined;
  let ready = false;

  // NOTIFY within a hot transaction would cost two thirds of the commit rate: it is sent apart, one for many.
  let announcing = false;
  let announceAgain = false;
  const announceOutbox = (): void => {
    announceAgain = announcing;
    if (announcing) return;
    announcing = true;
    pool
      .query('notify outbox')
      .catch(() => undefined) // the relay looks each second anyway
      .finally(() => {
        announcing = false;
        if (announceAgain) announceOutbox();
      });
  };
  const wakeRelay = (): void => (dispatcher === undefined ? announceOutbox() : dispatcher.wake());

  if (config.databaseUrl === undefined) {
    let server: Awaited<ReturnType<typeof startEmbeddedPostgres>> | undefined;
    lifecycle.add(
      'postgresql',
      {
        async start() {
          server = await startEmbeddedPostgres({ dataDir: config.dataDir, log: child('postgresql'), clock });
          databaseUrl = server.url;
        },
        stop: () => server?.stop(),
      },
      30_000,
    );
  }

  lifecycle.add('database', {
    async start() {
      await migrate({ url: databaseUrl, clock, log: child('migrate') });
      pool = createPool(databaseUrl, { applicationName: 'yinling', log: child('database'), max: 16, min: 6 });
      measureResources(metrics, pool, config.dataDir);
      await maintainPartitions({ pool, clock, log: child('partitions') });
    },
    stop: () => pool.end(),
  });

  let cancelMaintenance = (): void => undefined;
  lifecycle.add('maintenance', {
    start() {
      const arm = (): void => {
        cancelMaintenance = clock.setTimer(MAINTENANCE_MS, () => {
          maintainPartitions({ pool, clock, log: child('partitions') })
            .catch((err: unknown) => log.error({ err }, 'partitions could not be maintained'))
            .finally(arm);
        });
      };
      arm();
    },
    stop: () => cancelMaintenance(),
  });

  if (runs('dispatcher')) {
    lifecycle.add('dispatcher', {
      async start() {
        dataKey = await loadDataKey({ dataKeyFile: config.dataKeyFile, dataDir: config.dataDir, log });
        personal = createPersonalData(dataKey);
        await checkDataKey(pool, personal);
        const { open, seal } = personal;
        const named = z.looseObject({ name: z.string() });
        const contact = z.object({
          name: z.string(),
          phone: z.string().nullable().default(null),
          relation: z.string().nullable().default(null),
        });
        const contactsIn = z.looseObject({ contacts: z.array(contact).default([]) });
        const queue = { clock, log: child('wake-ups') };
        dispatcher = createDispatcher({
          pool,
          databaseUrl,
          clock,
          log: child('dispatcher'),
          metrics,
          newId,
          wakeUps:
            config.redisUrl === undefined
              ? await postgresWakeUps({ ...queue, url: databaseUrl })
              : await redisWakeUps({ ...queue, url: config.redisUrl }),
          timeZone: config.timeZone,
          nameOf: (sealed) => named.parse(open(sealed)).name,
          sealNotes: (notes) => seal(notes),
          channels: [
            logChannel(child('notices')),
            ...(config.webhook === undefined ? [] : [webhookChannel(config.webhook, clock)]),
          ],
          contactsOf: (sealed) => contactsIn.parse(open(sealed)).contacts,
          onDownlink: () => downlink?.wake(),
        });
        await dispatcher.start();
      },
      stop: () => dispatcher?.stop(),
    });
    let auditSealer: LedgerSealer | undefined;
    lifecycle.add('audit log', {
      start() {
        auditSealer = new LedgerSealer(pool, clock, child('audit'), sealAudit);
        auditSealer.start();
      },
      stop: () => auditSealer?.stop(),
    });
    let sealer: LedgerSealer | undefined;
    let bankRules: TimeBankRules | undefined;
    lifecycle.add('ledger', {
      start() {
        sealer = new LedgerSealer(pool, clock, child('ledger'));
        sealer.start();
        bankRules = new TimeBankRules({ pool, clock, log: child('ledger'), timeZone: config.timeZone });
        bankRules.start();
      },
      async stop() {
        await bankRules?.stop();
        await sealer?.stop();
      },
    });
  }

  if (runs('ingest')) {
    lifecycle.add(
      'ingest',
      {
        async start() {
          ingest = createIngest({
            databaseUrl,
            pool,
            clock,
            log: child('ingest'),
            metrics,
            newId,
            timeZone: config.timeZone,
            onCommitted: wakeRelay,
          });
          await ingest.start();
          unconfirmed = new UnconfirmedPresses({ db: pool, clock, log: child('unconfirmed') });
          intake = unconfirmed.watch(ingest.intake);
          await unconfirmed.start();
        },
        stop() {
          unconfirmed?.stop();
          return ingest?.stop();
        },
      },
      15_000,
    );
  }

  if (runs('dispatcher')) {
    let http: Awaited<ReturnType<typeof createHttpServer>> | undefined;
    lifecycle.add('http', {
      async start() {
        if (dispatcher === undefined || personal === undefined)
          throw new Error('http starts after the dispatcher');
        const passwords = {
          hash: (text: string) => hashPassword(text),
          verify: verifyPassword,
          isOutdated: needsRehash,
        };
        madeAdminPassword = await prepareAdmin(pool, {
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
          cipher: personal,
          passwords,
          alerts: dispatcher.alerts,
          orders: dispatcher.orders,
          stream: dispatcher.stream,
          unconfirmed,
          intake,
          notReady: () => (ready ? [] : ['starting']),
          warnings: () =>
            (canary?.failing ?? []).map((street) => `canary: no alarm is seen through ${street}`),
          timeZone: config.timeZone,
          consoleDir: config.consoleDir ?? join(import.meta.dirname, 'console', 'dist'),
        });
        httpPort = (await http.listen(config.host, config.httpPort ?? 0)).port;
      },
      stop: () => http?.close(),
    });
  } else if (config.httpPort !== undefined) {
    const port = config.httpPort;
    let http: HttpServer | undefined;
    lifecycle.add('http', {
      async start() {
        http = await createIntakeServer({
          pool,
          clock,
          log: child('http'),
          metrics,
          intake,
          notReady: () => (ready ? [] : ['starting']),
        });
        httpPort = (await http.listen(config.host, port)).port;
      },
      stop: () => http?.close(),
    });
  }

  if (runs('broker') && config.mqttUrl === undefined) {
    lifecycle.add('broker', {
      async start() {
        if (intake === undefined) throw new Error('the broker starts after ingest');
        const { mqttTls } = config;
        const made = createBroker({
          host: config.host,
          mqttPort: config.mqttPort,
          tls: mqttTls && {
            port: mqttTls.port,
            cert: await readFile(mqttTls.certFile),
            key: await readFile(mqttTls.keyFile),
            clientCa: mqttTls.clientCaFile === undefined ? undefined : await readFile(mqttTls.clientCaFile),
          },
          wsPort: config.mqttWsPort,
          intake,
          credentials: new Credentials({ lookup: credentialLookup(pool), clock }),
          clock,
          log: child('broker'),
          metrics: brokerMetrics(metrics),
          onCommandListener: (homeId, deviceId) => downlink?.arrived(homeId, deviceId),
        });
        await made.start();
        broker = made;
        downlink = new Downlink({
          pool,
          clock,
          log: child('downlink'),
          send: (homeId, deviceId, body, expiresAt) => made.sendCommand(homeId, deviceId, body, expiresAt),
        });
        downlink.start();
      },
      async stop() {
        await downlink?.stop();
        await broker?.stop();
      },
    });
  }

  if (runs('ingest') && config.mqttUrl !== undefined) {
    const url = config.mqttUrl;
    let source: MqttSource | undefined;
    lifecycle.add('mqtt source', {
      start() {
        if (intake === undefined) throw new Error('the source starts after ingest');
        const made = new MqttSource({ url, intake, clock, log: child('mqtt') });
        made.start();
        source = made;
        downlink = new Downlink({
          pool,
          clock,
          log: child('downlink'),
          send: (homeId, deviceId, body) => made.sendCommand(homeId, deviceId, body),
        });
        downlink.start();
      },
      async stop() {
        await downlink?.stop();
        await source?.stop();
      },
    });
  }

  let listener: Listener | undefined;
  lifecycle.add('notifications', {
    async start() {
      const everything = (): void => {
        broker?.registryUnknown();
        downlink?.wake();
      };
      listener = await listen({
        url: databaseUrl,
        channels: ['registry', 'downlink'],
        onNotify(channel, payload) {
          if (channel === 'registry') broker?.registryChanged(payload);
          else downlink?.wake();
        },
        onReconnect: everything,
        clock,
        log: child('notifications'),
      });
      ready = true;
    },
    async stop() {
      ready = false;
      await listener?.close();
    },
  });

  if (runs('dispatcher') && config.canary)
    lifecycle.add('canary', {
      async start() {
        if (dispatcher === undefined || personal === undefined || dataKey === undefined)
          throw new Error('the canary starts after the dispatcher');
        const { stream } = dispatcher;
        const port = broker?.addresses.mqtt.port;
        const mqttUrl =
          config.canaryMqttUrl ??
          (port === undefined ? undefined : `mqtt://${callable(config.host)}:${port}`);
        if (mqttUrl === undefined) {
          log.warn('no canary: the broker is elsewhere, and CANARY_MQTT_URL does not say where');
          return;
        }
        canary = new Canary({
          pool,
          clock,
          log: child('canary'),
          metrics,
          mqttUrl,
          dataKey,
          seal: personal.seal,
          subscribe: (listener) => stream.subscribe(listener),
          pingUrl: config.canaryPingUrl,
        });
        await canary.start();
      },
      stop: () => canary?.stop(),
    });

  await lifecycle.start();
  return {
    mqttPort: broker?.addresses.mqtt.port,
    httpPort,
    madeAdminPassword,
  };
}

/** An address to listen on, as one to call. */
const callable = (host: string): string =>
  host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
