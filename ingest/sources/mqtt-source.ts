import { connect, type IPublishPacket, type MqttClient } from 'mqtt';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { type Intake, IntakeClosed, type Principal } from '../../schemas/inbound.ts';
import { commandTopic, TOPIC_ROOT } from '../../schemas/topics.ts';

export interface MqttSourceOptions {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`, with credentials in it where the broker asks for them. */
  readonly url: string;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Session at the broker: what arrives while we are away waits there under this name. */
  readonly clientId?: string;
}

/** Who has shown a credential is the external broker's business: it speaks for every device that it has let in. */
const BROKER: Principal = { type: 'broker', id: 'mqtt' };
const UP = `${TOPIC_ROOT}/+/+/+`;

/**
 * Ingest from an external broker (`MQTT_URL`). A persistent session at QoS 1, and our acknowledgement only after the
 * commit (I1): what we have not acknowledged when we die is delivered again. One message at a time, in order; what
 * arrives with the retain flag is state, never an event.
 */
export class MqttSource {
  readonly #options: MqttSourceOptions;
  #client: MqttClient | undefined;
  #closed = false;

  constructor(options: MqttSourceOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#client?.connected ?? false;
  }

  /** Resolves at once: a broker that is away is waited for (I10). */
  start(): void {
    const { url, log, clientId = 'yinling-ingest' } = this.#options;
    const client = connect(url, { clientId, clean: false, reconnectPeriod: 500, resubscribe: false });
    this.#client = client;
    // The way that mqtt.js has for acknowledging later: the PUBACK is written when `done` is called without an error.
    client.handleMessage = (packet, done) => {
      this.#take(packet).then(
        (taken) => {
          if (taken) done();
        },
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    };
    client.on('connect', () => {
      client.subscribe(UP, { qos: 1 }, (error, granted) => {
        if (error === null && granted?.every((one) => one.qos <= 2))
          log.info({ topic: UP }, 'consuming from the broker');
        else log.warn({ err: error, topic: UP }, 'the broker does not let us subscribe');
      });
    });
    client.on('error', (err) => log.warn({ err }, 'broker connection'));
  }

  /** False: never to be acknowledged by us; the broker has it still. */
  async #take(packet: IPublishPacket): Promise<boolean> {
    if (packet.topic.endsWith('/cmd')) return true;
    const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload);
    try {
      await this.#options.intake.accept({
        principal: BROKER,
        topic: packet.topic,
        payload,
        size: payload.length,
        qos: packet.qos,
        retained: packet.retain,
        receivedAt: this.#options.clock.now(),
      });
      return !this.#closed;
    } catch (error) {
      if (error instanceof IntakeClosed) return false;
      throw error;
    }
  }

  /** False if the broker cannot be reached now. Not kept for later: a command has its time. */
  sendCommand(homeId: string, deviceId: string, body: unknown): boolean {
    const client = this.#client;
    if (client === undefined || !client.connected) return false;
    client.publish(commandTopic(homeId, deviceId), JSON.stringify(body), { qos: 1 }, (error) => {
      if (error !== undefined && error !== null)
        this.#options.log.warn({ err: error, deviceId }, 'command not sent');
    });
    return true;
  }

  async stop(): Promise<void> {
    this.#closed = true;
    // Without a DISCONNECT handshake on the session: it stays at the broker, with what is not acknowledged.
    await this.#client?.endAsync(true);
  }
}
