import { Downlink } from '../broker/downlink.ts';
import { createIngest } from '../ingest/ingest.ts';
import { MqttSources } from '../ingest/sources/mqtt-sources.ts';
import { subscriptionOf } from '../ingest/sources/subscription.ts';
import { SeatLocks } from '../ingest/store/seat-locks.ts';
import type { Config } from '../platform/config.ts';
import { type Assembly, needed } from './parts.ts';
import { unwatchPresses, watchPresses } from './unconfirmed.ts';

/** Whether this process is to be one of several that ingest. With a broker of its own it has the database for itself. */
export const sharesDatabase = ({ roles, redisUrl }: Config): boolean =>
  roles.includes('ingest') && !roles.includes('broker') && redisUrl !== undefined;

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
          answered: (partition) => parts.redisSource?.answered(partition) ?? true,
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

/**
 * From an external broker instead of ours (`MQTT_URL`), acknowledged after the commit. Where homes are shared by partition
 * everything goes by way of their streams, also what is ours: so each home's messages keep one order, whoever owns it.
 */
export function addMqttSource({ parts, lifecycle, clock, metrics, child }: Assembly, url: string): void {
  let sources: MqttSources | undefined;
  lifecycle.add(
    'mqtt source',
    {
      start() {
        const log = child('mqtt');
        const subscription = subscriptionOf(url);
        const made = new MqttSources({
          subscription,
          intake: parts.streams ?? needed(parts.intake, 'ingest'),
          seats: new SeatLocks({ url: parts.databaseUrl, what: subscription.what, log }),
          clock,
          log,
        });
        metrics.gauge(
          'yinling_mqtt_sessions',
          'Sessions at the external broker that this process consumes; of all processes together 1, or 16 with ?share=',
          [],
          () => made.attended,
        );
        made.start();
        sources = made;
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
        await sources?.stop();
      },
    },
    10_000,
  );
}
