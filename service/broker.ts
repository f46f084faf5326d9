import { readFile } from 'node:fs/promises';
import { createBroker } from '../broker/broker.ts';
import { credentialLookup } from '../broker/credential-store.ts';
import { Credentials } from '../broker/credentials.ts';
import { Downlink } from '../broker/downlink.ts';
import { limitsOf } from '../broker/limits.ts';
import { brokerMetrics } from '../broker/metrics.ts';
import { RedisNeighbours } from '../broker/redis-neighbours.ts';
import { DATA_KEY_CHANGED } from '../platform/crypto/data-key.ts';
import { RevocationFile } from '../platform/crypto/revocation-file.ts';
import { listen, type Listener } from '../platform/database.ts';
import { type Assembly, needed } from './parts.ts';
import { DESKS_CHANNEL, UNCONFIRMED_CHANNEL } from './unconfirmed.ts';

/**
 * The built-in broker, and what is sent down through it. Of what devices use it is up first, before the pages are made:
 * a press is stored and acknowledged half a second sooner after a start. `addBrokerEnd` has it end before them.
 */
export function addBroker({ config, parts, lifecycle, clock, metrics, child }: Assembly): void {
  let revoked: RevocationFile | undefined;
  lifecycle.add('broker', {
    async start() {
      const pool = needed(parts.pool, 'the database');
      const { mqttTls } = config;
      if (mqttTls?.clientCaFile !== undefined && mqttTls.clientCrlFile !== undefined) {
        revoked = new RevocationFile({
          file: mqttTls.clientCrlFile,
          authoritiesFile: mqttTls.clientCaFile,
          clock,
          log: child('broker'),
          onChange: () => parts.broker?.certificatesRevoked(),
        });
        await revoked.start();
      }
      const lists = revoked;
      const broker = createBroker({
        host: config.host,
        mqttPort: config.mqttPort,
        tls: mqttTls && {
          port: mqttTls.port,
          cert: await readFile(mqttTls.certFile),
          key: await readFile(mqttTls.keyFile),
          clientCa: mqttTls.clientCaFile === undefined ? undefined : await readFile(mqttTls.clientCaFile),
          isRevoked: lists && ((certificate) => lists.isRevoked(certificate)),
        },
        wsPort: config.mqttWsPort,
        intake: needed(parts.intake, 'ingest'),
        credentials: new Credentials({ lookup: credentialLookup(pool), clock }),
        clock,
        log: child('broker'),
        metrics: brokerMetrics(metrics),
        limits: limitsOf(config.mqttLimits),
        neighbours:
          config.redisUrl === undefined
            ? undefined
            : new RedisNeighbours({ url: config.redisUrl, clock, log: child('neighbours') }),
        onCommandListener: (homeId, deviceId) => parts.downlink?.arrived(homeId, deviceId),
      });
      await broker.start();
      parts.broker = broker;
      const downlink = new Downlink({
        pool,
        clock,
        log: child('downlink'),
        send: (homeId, deviceId, body, expiresAt) => broker.sendCommand(homeId, deviceId, body, expiresAt),
      });
      parts.downlink = downlink;
      downlink.start();
    },
    async stop() {
      revoked?.stop();
      await endBroker(parts);
    },
  });
}

/** To be added after the pages: nothing is taken any more once nobody can see it. */
export function addBrokerEnd({ parts, lifecycle }: Assembly): void {
  lifecycle.add('end of the broker', { stop: () => endBroker(parts) });
}

/** Once; the part itself has nothing left to end then, unless the start came to no end. */
async function endBroker(parts: Assembly['parts']): Promise<void> {
  const { broker, downlink } = parts;
  parts.broker = undefined;
  parts.downlink = undefined;
  await downlink?.stop();
  await broker?.stop();
}

/** What other processes change in the registry, or want sent down, is heard here: before anybody is let in by what it says. */
export function addNotifications({ parts, lifecycle, clock, child }: Assembly): void {
  let listener: Listener | undefined;
  const keysChanged = (): void => {
    parts.personal?.reload();
    parts.words?.load().catch((error: unknown) => {
      log.warn({ err: error }, 'keys of words not read; the former ones go on to be used');
    });
  };
  const log = child('notifications');
  lifecycle.add('notifications', {
    async start() {
      listener = await listen({
        url: parts.databaseUrl,
        channels: ['registry', 'downlink', UNCONFIRMED_CHANNEL, DESKS_CHANNEL],
        onNotify(channel, payload) {
          if (channel === 'registry' && payload === DATA_KEY_CHANGED) keysChanged();
          else if (channel === 'registry') {
            parts.broker?.registryChanged(payload);
            parts.callers?.changed();
          } else if (channel === UNCONFIRMED_CHANNEL) parts.unconfirmedEverywhere?.hear(payload);
          else if (channel === DESKS_CHANNEL) parts.deskHeard?.(payload);
          else parts.downlink?.wake();
        },
        onReconnect() {
          parts.broker?.registryUnknown();
          parts.callers?.changed();
          parts.downlink?.wake();
        },
        clock,
        log,
      });
    },
    stop: () => listener?.close(),
  });
}

/** The last one up: then all is ready. */
export function addReadiness({ parts, lifecycle }: Assembly): void {
  lifecycle.add('readiness', {
    start: () => void (parts.ready = true),
    stop: () => void (parts.ready = false),
  });
}
