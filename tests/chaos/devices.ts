import { connectAsync, type MqttClient } from 'mqtt';
import type { Random } from '../../devices-sim/random.ts';
import type { History, SentMessage } from './history.ts';
import { pause } from './pause.ts';

export type DeviceKind = 'sos_button' | 'pir' | 'health_monitor' | 'wearable';

export interface DeviceOptions {
  readonly deviceId: string;
  readonly homeId: string;
  readonly kind: DeviceKind;
  readonly secret: string;
  readonly mqttPort: number;
  readonly random: Random;
  readonly history: History;
  readonly meanGapMs: number;
}

const WINDOW = 12;
const DUPLICATED = 0.05;
const DAY_MS = 86_400_000;
/** What clocks of devices are off by after a jump. */
const JUMPS_MS = [0, -3 * DAY_MS, 2 * DAY_MS, -45_000, 90_000] as const;

/**
 * A device as they are in homes: it keeps what has not been acknowledged and sends it again, unchanged, until it is,
 * over whatever connection it can get; now and then it says a thing twice.
 */
export class ChaosDevice {
  readonly #options: DeviceOptions;
  readonly #pending = new Set<SentMessage>();
  #clockOffMs: number | undefined = 0;
  #count = 0;
  #occupied = false;
  #talking = true;
  #running = true;
  #client: MqttClient | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(options: DeviceOptions) {
    this.#options = options;
  }

  start(): void {
    this.#done = this.#live();
  }

  /** Says nothing new any more, but goes on until everything is acknowledged. */
  quieten(): void {
    this.#talking = false;
  }

  get unacknowledged(): number {
    return this.#pending.size;
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#client?.end(true);
    await this.#done;
  }

  clockJumps(): void {
    const { random } = this.#options;
    this.#clockOffMs = random.chance(0.2) ? undefined : random.pick(JUMPS_MS);
  }

  async #live(): Promise<void> {
    const { random, history } = this.#options;
    while (this.#running) {
      const client = await this.#connect();
      if (client === undefined) {
        await pause(random.between(50, 600));
        continue;
      }
      this.#client = client;
      const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
      client.on('error', () => undefined);
      for (const message of this.#pending) this.#send(client, message);
      while (client.connected && this.#running) {
        await Promise.race([closed, pause(random.exponential(this.#options.meanGapMs))]);
        if (!client.connected || !this.#talking || this.#pending.size >= WINDOW) continue;
        const message = this.#next();
        this.#pending.add(message);
        history.messages.push(message);
        this.#send(client, message);
        if (random.chance(DUPLICATED)) this.#send(client, message);
      }
      client.end(true);
      history.reconnections += 1;
    }
  }

  async #connect(): Promise<MqttClient | undefined> {
    const { deviceId, secret, mqttPort } = this.#options;
    try {
      return await connectAsync(
        `mqtt://127.0.0.1:${mqttPort}`,
        {
          username: deviceId,
          password: secret,
          clientId: deviceId,
          reconnectPeriod: 0,
          connectTimeout: 4_000,
          keepalive: 5,
        },
        false,
      );
    } catch {
      return undefined;
    }
  }

  #send(client: MqttClient, message: SentMessage): void {
    message.copies += 1;
    client.publish(message.topic, message.payload, { qos: 1 }, (error) => {
      if (error) return;
      this.#options.history.acknowledged(message, Date.now());
      this.#pending.delete(message);
    });
  }

  #next(): SentMessage {
    const { deviceId, homeId } = this.#options;
    const { channel, fields } = this.#says();
    const id = `${deviceId}-${(this.#count += 1)}`;
    const ts = this.#clockOffMs === undefined ? {} : { ts: Date.now() + this.#clockOffMs };
    return {
      messageId: id,
      homeId,
      deviceId,
      channel,
      press: channel === 'sos',
      expect: 'reading',
      copies: 0,
      publishedAt: Date.now(),
      acknowledgedAt: null,
      topic: `care/v1/${homeId}/${deviceId}/${channel}`,
      payload: JSON.stringify({ id, ...ts, ...fields }),
    };
  }

  #says(): { channel: string; fields: Record<string, unknown> } {
    const { kind, random } = this.#options;
    const status = { channel: 'status', fields: { online: true, battery: random.int(15, 100) } };
    switch (kind) {
      case 'sos_button':
        return random.chance(0.25) ? { channel: 'sos', fields: { action: 'press' } } : status;
      case 'pir':
        this.#occupied = !this.#occupied;
        return {
          channel: 'presence',
          fields: { sensor: 'pir', zone: 'bathroom', occupied: this.#occupied },
        };
      case 'health_monitor':
        return {
          channel: 'vitals',
          fields: random.chance(0.05)
            ? { systolicMmHg: random.int(185, 210), quality: 1 }
            : { heartRateBpm: random.int(55, 88), spo2Pct: random.int(96, 99) },
        };
      case 'wearable':
        return random.chance(0.1)
          ? {
              channel: 'fall',
              fields: {
                source: 'wearable',
                state: random.pick(['suspected', 'confirmed', 'cleared']),
              },
            }
          : status;
    }
  }
}
