import type { Metrics } from '../platform/metrics.ts';
import type { CloseReason } from './framing/connection-types.ts';
import type { MalformedReason, QoS } from './framing/packet-types.ts';

/** How a CONNECT ended. */
export type ConnectResult =
  | 'accepted'
  | 'protocol'
  | 'client_id'
  | 'anonymous'
  | 'unknown'
  | 'wrong_secret'
  /** The certificate speaks for others. */
  | 'foreign_certificate'
  /** Its authority has taken the certificate back. */
  | 'revoked_certificate'
  | 'foreign_will'
  | 'unavailable'
  | 'stopping';

/** What had to be held back, refused or closed because there was too much of it. */
export type Limit =
  /** Telemetry that waits, unacknowledged, because its connection or the process has too much under way. */
  | 'window'
  | 'rate'
  | 'topics'
  | 'subscriptions'
  | 'connections_per_credential'
  | 'connections_per_address'
  | 'commands_in_flight';

export interface BrokerMetrics {
  /** Connections that are let in, now. */
  connections(count: number): void;
  connect(result: ConnectResult): void;
  closed(reason: CloseReason): void;
  malformed(reason: MalformedReason): void;
  published(qos: QoS): void;
  refusedTopic(action: 'publish' | 'subscribe' | 'will'): void;
  limited(limit: Limit): void;
  will(outcome: 'accepted' | 'overtaken'): void;
  command(outcome: 'sent' | 'expired'): void;
}

export const noMetrics: BrokerMetrics = {
  connections: () => undefined,
  connect: () => undefined,
  closed: () => undefined,
  malformed: () => undefined,
  published: () => undefined,
  refusedTopic: () => undefined,
  limited: () => undefined,
  will: () => undefined,
  command: () => undefined,
};

export function brokerMetrics(metrics: Metrics): BrokerMetrics {
  const connections = metrics.gauge('yinling_mqtt_connections', 'MQTT connections that are let in');
  const connects = metrics.counter('yinling_mqtt_connects_total', 'CONNECT packets by result', ['result']);
  const closes = metrics.counter('yinling_mqtt_closes_total', 'MQTT connections closed, by reason', [
    'reason',
  ]);
  const malformed = metrics.counter('yinling_mqtt_malformed_total', 'Malformed packets, by reason', [
    'reason',
  ]);
  const publishes = metrics.counter('yinling_mqtt_publishes_total', 'PUBLISH packets received, by QoS', [
    'qos',
  ]);
  const refused = metrics.counter('yinling_mqtt_refused_topics_total', 'Topics that were not the own', [
    'action',
  ]);
  const limited = metrics.counter(
    'yinling_mqtt_limited_total',
    'What was held back, refused or closed because there was too much of it',
    ['limit'],
  );
  const wills = metrics.counter('yinling_mqtt_wills_total', 'Last wills that fell due, by outcome', [
    'outcome',
  ]);
  const commands = metrics.counter('yinling_mqtt_commands_total', 'Commands to devices, by outcome', [
    'outcome',
  ]);
  // Labels are looked up at every `inc`; the hot one is looked up once.
  const published = [0, 1, 2].map((qos) => publishes.labels({ qos: String(qos) }));
  return {
    connections: (count) => connections.set(count),
    connect: (result) => connects.inc({ result }),
    closed: (reason) => closes.inc({ reason }),
    malformed: (reason) => malformed.inc({ reason }),
    published: (qos) => published[qos]?.inc(),
    refusedTopic: (action) => refused.inc({ action }),
    limited: (limit) => limited.inc({ limit }),
    will: (outcome) => wills.inc({ outcome }),
    command: (outcome) => commands.inc({ outcome }),
  };
}
