import { Canary } from '../canary/canary.ts';
import { type Assembly, needed } from './parts.ts';

/** A synthetic call button in every street (`CANARY=on`). */
export function addCanary({ config, parts, lifecycle, clock, log, metrics, child }: Assembly): void {
  lifecycle.add('canary', {
    async start() {
      const port = parts.broker?.addresses.mqtt.port;
      const mqttUrl =
        config.canaryMqttUrl ?? (port === undefined ? undefined : `mqtt://${callable(config.host)}:${port}`);
      if (mqttUrl === undefined) {
        log.warn('no canary: the broker is elsewhere, and CANARY_MQTT_URL does not say where');
        return;
      }
      const canary = new Canary({
        pool: needed(parts.pool, 'the database'),
        clock,
        log: child('canary'),
        metrics,
        mqttUrl,
        dataKey: needed(parts.dataKey, 'the dispatcher'),
        seal: needed(parts.personal, 'the dispatcher').seal,
        desk: { url: `http://${callable(config.host)}:${parts.httpPort}`, token: parts.watchKey },
        pingUrl: config.canaryPingUrl,
      });
      parts.canary = canary;
      await canary.start();
    },
    stop: () => parts.canary?.stop(),
  });
}

/** An address to listen on, as one to call. */
const callable = (host: string): string =>
  host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
