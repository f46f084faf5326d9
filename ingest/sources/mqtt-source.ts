import { connect, type IPublishPacket, type MqttClient } from 'mqtt';
import { type Clock, wait } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { type Intake, IntakeClosed, type Principal } from '../../schemas/inbound.ts';
import { commandTopic } from '../../schemas/topics.ts';
import { OrderedAcks, pubacks } from './ordered-acks.ts';
import { EVERYTHING, type Subscription } from './subscription.ts';

export interface MqttSourceOptions {
  readonly subscription: Pick<Subscription, 'url' | 'topic' | 'windowEach'>;
  /** Session at the broker: what arrives while we are away waits there under this name. */
  readonly clientId: string;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** The connection has ended; unless it is stopped now it will be made again. */
  readonly onClosed?: () => void;
}

/** Who has shown a credential is the external broker's business: it speaks for every device that it has let in. */
const BROKER: Principal = { type: 'broker', id: 'mqtt' };
const DISCONNECT = Buffer.from([0xe0, 0]);
/** What is under way when we stop in order may take so long to be committed. */
const DRAIN_WITHIN_MS = 3_000;
const DRAIN_EVERY_MS = 5;
const GOODBYE_WITHIN_MS = 500;
/** What mqtt.js calls `done` with to go on without a PUBACK: that comes from us, when the message is committed. */
const LATER = new Error('acknowledged after its commit');

/**
 * One session at an external broker (`MQTT_URL`). It is persistent, at QoS 1, and our acknowledgement only after the
 * commit (I1): what we have not acknowledged when we die is delivered again. As many as the window holds are under way
 * together, so that they commit together and a press does not wait for telemetry; what arrives with the retain flag is
 * state, never an event.
 */
export class MqttSource {
  readonly #options: MqttSourceOptions;
  #client: MqttClient | undefined;
  /** Of the connection that stands. */
  #acks = new OrderedAcks(() => undefined);
  #underWay = 0;
  /** Goes on reading; set while the window is full. */
  #goOn: (() => void) | undefined;
  /** Nothing more is taken. */
  #ending = false;
  #closed = false;

  constructor(options: MqttSourceOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#client?.connected ?? false;
  }

  /** Resolves at once: a broker that is away is waited for (I10). */
  start(): void {
    const { log, clientId, onClosed, subscription } = this.#options;
    const { topic, url } = subscription;
    const client = connect(url, { clientId, clean: false, reconnectPeriod: 500, resubscribe: false });
    this.#client = client;
    client.handleMessage = (packet, done) => this.#arrived(client, packet, done);
    client.on('connect', () => {
      const { stream } = client;
      // Packet ids are of one connection: what another has delivered is not acknowledged on this one.
      this.#acks = new OrderedAcks((ids) => {
        if (client.stream === stream && client.connected && !this.#closed) stream.write(pubacks(ids));
      });
      client.subscribe(topic, { qos: 1 }, (error, granted) => {
        if (error === null && granted?.every((one) => one.qos <= 2))
          log.info({ topic, clientId }, 'consuming from the broker');
        else log.warn({ err: error, topic }, 'the broker does not let us subscribe');
      });
      // A session that was not shared before would bring everything twice.
      if (topic !== EVERYTHING) client.unsubscribe(EVERYTHING);
    });
    client.on('error', (err) => log.warn({ err }, 'broker connection'));
    client.on('close', () => {
      if (!this.#closed) onClosed?.();
    });
  }

  #arrived(client: MqttClient, packet: IPublishPacket, done: (error?: Error) => void): void {
    // Never acknowledged by us: it is delivered to whoever has the session next
    if (this.#ending) return;
    const { stream } = client;
    const acknowledge = packet.qos === 0 ? undefined : this.#acks.arrived(packet.messageId ?? 0);
    this.#underWay += 1;
    this.#take(packet).then(
      (taken) => {
        this.#settled();
        if (taken) acknowledge?.();
      },
      (err: unknown) => {
        this.#settled();
        this.#options.log.warn({ err }, 'a message could not be taken, the broker is asked for it again');
        // Those behind it must not be acknowledged before it: on a new connection they all come again.
        if (client.stream === stream) stream.destroy();
      },
    );
    const next = (): void => (packet.qos === 0 ? done() : done(LATER));
    if (this.#underWay < this.#options.subscription.windowEach) next();
    else this.#goOn = next;
  }

  #settled(): void {
    this.#underWay -= 1;
    const goOn = this.#goOn;
    this.#goOn = undefined;
    goOn?.();
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

  /**
   * Nothing more is taken, and what is under way is waited for and acknowledged, so that it is not delivered again; not if
   * another has the session by now (`inOrder` false). The session stays at the broker, with what is not acknowledged.
   */
  async stop(inOrder = true): Promise<void> {
    const { clock } = this.#options;
    this.#ending = true;
    const until = clock.now() + (inOrder ? DRAIN_WITHIN_MS : 0);
    while (this.#underWay > 0 && clock.now() < until) await wait(clock, DRAIN_EVERY_MS);
    this.#closed = true;
    const client = this.#client;
    // Behind the acknowledgements, so that they have gone out
    if (client?.connected === true)
      await Promise.race([
        new Promise<void>((written) => client.stream.write(DISCONNECT, () => written())),
        wait(clock, GOODBYE_WITHIN_MS),
      ]);
    await client?.endAsync(true);
  }
}
