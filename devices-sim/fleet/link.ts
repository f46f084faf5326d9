import { systemClock } from '../../platform/clock.ts';
import { sleep } from '../sleep.ts';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';

/** One credential's connection to the broker, as a device or a gateway has it. */
export interface Link {
  /** Resolves with the PUBACK (QoS 1) or once written (QoS 0); rejects when the link ends first. */
  publish(topic: string, payload: string | Buffer, qos: 0 | 1): Promise<void>;
  /** The network fails for a moment: the socket goes without DISCONNECT, what was not acknowledged is sent again after the reconnect. */
  stumble(): void;
  /** Power lost: gone without DISCONNECT, and not coming back; the broker speaks the will. */
  die(): void;
  /** DISCONNECT: no will. */
  close(): Promise<void>;
}

export interface LinkOptions {
  brokerUrl: string;
  clientId: string;
  username?: string;
  password?: string;
  will?: { topic: string; payload: string };
  /** Topics to listen to, usually `cmd`. */
  subscribe: readonly string[];
  onMessage(topic: string, payload: Buffer): void;
  /** Back after the network failed; not called for the first connection. */
  onReconnect(): void;
  onError(error: Error): void;
}

const CONNECT_WITHIN_MS = 20_000;
const CLOSE_WITHIN_MS = 2_000;
const RECONNECT_AFTER_MS = 300;
const KEEPALIVE_S = 60;

/** Resolves once connected and subscribed; rejects when refused (bad credentials) or not reachable in time. */
export async function openLink(options: LinkOptions): Promise<Link> {
  const client = connect(options.brokerUrl, clientOptions(options));
  client.on('message', (topic, payload) => options.onMessage(topic, payload));
  await connected(client);
  client.on('error', (error) => options.onError(error));
  if (options.subscribe.length > 0) await client.subscribeAsync([...options.subscribe], { qos: 1 });
  client.on('connect', () => options.onReconnect());
  return {
    publish: async (topic, payload, qos) => void (await client.publishAsync(topic, payload, { qos })),
    stumble: () => void client.stream.destroy(),
    die: () => void client.end(true),
    close: () => close(client),
  };
}

/** mqtt.js waits for what is under way before it says DISCONNECT, for ever if need be. */
async function close(client: MqttClient): Promise<void> {
  const calmed = new AbortController();
  const late = sleep(systemClock, CLOSE_WITHIN_MS, calmed.signal).then(() => 'late');
  if ((await Promise.race([client.endAsync(), late])) === 'late') client.end(true);
  calmed.abort();
}

function clientOptions(options: LinkOptions): IClientOptions {
  return {
    clientId: options.clientId,
    clean: true,
    protocolVersion: 4,
    keepalive: KEEPALIVE_S,
    reconnectPeriod: RECONNECT_AFTER_MS,
    connectTimeout: CONNECT_WITHIN_MS,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.will === undefined
      ? {}
      : {
          will: {
            topic: options.will.topic,
            payload: Buffer.from(options.will.payload),
            qos: 1 as const,
            retain: false,
          },
        }),
  };
}

function connected(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      client.end(true);
      reject(new Error(`cannot connect as ${client.options.username ?? 'nobody'}: ${error.message}`));
    };
    client.once('error', failed);
    client.once('connect', () => {
      client.off('error', failed);
      resolve();
    });
  });
}
