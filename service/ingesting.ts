import { Downlink } from '../broker/downlink.ts';
import { createIngest } from '../ingest/ingest.ts';
import { MqttSource } from '../ingest/sources/mqtt-source.ts';
import type { Config } from '../platform/config.ts';
import { type Assembly, needed } from './parts.ts';
import { unwatchPresses, watchPresses } from './unconfirmed.ts';

/** Whether this process is to be one of several that ingest. With a broker of its own it has the database for itself. */
export const sharesDatabase = ({ roles, redisUrl, mqttUrl }: Config): boolean =>
  roles.includes('ingest') && !roles.includes('broker') && redisUrl !== undefined && mqttUrl === undefined;

/** What takes messages, sees emergencies in them and stores both. */
export function addIngest(whole: Assembly): void {
  const { config, parts, lifecycle, clock, metrics, newId, child, runs } = whole;
  // NOTIFY within a hot transaction would cost two thirds of the commit rate: it is sent apart, one for many.
  let announcing = false;
  let announceAgain = false;
  const announceOutbox = (): void => {
    announceAgain = announcing;
    if (announcing) return;
    announcing = true;
    needed(parts.pool, 'the database')
      .query('notify outbox')
      .catch(() => undefined) // the relay looks each second anyway
      .finally(() => {
        announcing = false;
        if (announceAgain) announceOutbox();
      });
  };
  lifecycle.add(
    'ingest',
    {
      async start() {
        const pool = needed(parts.pool, 'the database');
        const ingest = createIngest({
          databaseUrl: parts.databaseUrl,
          pool,
          clock,
          log: child('ingest'),
          metrics,
          newId,
          timeZone: config.timeZone,
          consentRequired: config.consentRequired,
          // With nobody at its own door it may as well stand by until one that has the database for itself goes
          ...(config.redisUrl !== undefined && !runs('broker') && { leaseWaitMs: Infinity }),
          shares: sharesDatabase(config),
          leaveLease: () => lifecycle.stopping,
          numbering: () => parts.dispatcher !== undefined,
          onCommitted({ events }) {
            if (parts.dispatcher === undefined) announceOutbox();
            else if (events === undefined) parts.dispatcher.wake();
            else parts.dispatcher.handOn(events);
          },
        });
        parts.ingest = ingest;
        await ingest.start().catch((error: unknown) => {
          if (!lifecycle.stopping) throw error;
        });
        await watchPresses(whole, ingest.intake);
      },
      stop() {
        unwatchPresses(whole);
        return parts.ingest?.stop();
      },
    },
    15_000,
  );
}

/** From an external broker instead of ours (`MQTT_URL`), acknowledged after the commit. */
export function addMqttSource({ parts, lifecycle, clock, child }: Assembly, url: string): void {
  let source: MqttSource | undefined;
  lifecycle.add('mqtt source', {
    start() {
      const made = new MqttSource({ url, intake: needed(parts.intake, 'ingest'), clock, log: child('mqtt') });
      made.start();
      source = made;
      const downlink = new Downlink({
        pool: needed(parts.pool, 'the database'),
        clock,
        log: child('downlink'),
        send: (homeId, deviceId, body) => made.sendCommand(homeId, deviceId, body),
      });
      parts.downlink = downlink;
      downlink.start();
    },
    async stop() {
      await parts.downlink?.stop();
      await source?.stop();
    },
  });
}
