import { connect, type Socket } from 'node:net';
import {
  CONNACK,
  connectPacket,
  DISCONNECT,
  type Hello,
  packetReader,
  PINGREQ,
  PUBACK,
  publishPacket,
} from './packets.ts';

/** What a client needs to know of one message until it is acknowledged. */
export interface InFlight {
  messageId: string;
  /** When it should have been sent; latency counts from here, however long it waited for its turn. */
  dueAt: number;
  press: boolean;
}

export interface LoadClientEvents {
  acknowledged(message: InFlight): void;
  closed(reason: string): void;
}

const KEEPALIVE_S = 120;
const CONNECT_WITHIN_MS = 30_000;

/** One raw socket speaking just enough MQTT. Lean on purpose: tens of thousands of these fit into a process. */
export class LoadClient {
  readonly #socket: Socket;
  readonly #events: LoadClientEvents;
  readonly #inFlight = new Map<number, InFlight>();
  #packetId = 0;
  #lastWriteAt = 0;
  #closed = false;

  private constructor(socket: Socket, events: LoadClientEvents) {
    this.#socket = socket;
    this.#events = events;
  }

  /** Resolves on a good CONNACK. */
  static open(
    target: { host: string; port: number },
    hello: Omit<Hello, 'keepaliveS'>,
    events: LoadClientEvents,
  ): Promise<LoadClient> {
    const { promise, resolve, reject } = Promise.withResolvers<LoadClient>();
    const socket = connect({ ...target, noDelay: true });
    const client = new LoadClient(socket, events);
    const fail = (why: string): void => {
      reject(new Error(`${hello.username ?? hello.clientId}: ${why}`));
      client.#close(why);
    };
    socket.setTimeout(CONNECT_WITHIN_MS, () => fail('no CONNACK in time'));
    socket.on('error', (error) => fail(error.message));
    socket.on('close', () => fail('connection closed'));
    const read = packetReader((type, word) => {
      if (type === PUBACK) client.#acknowledge(word);
      else if (type === CONNACK && (word & 0xff) === 0) {
        socket.setTimeout(0);
        resolve(client);
      } else if (type === CONNACK) fail(`refused with code ${word & 0xff}`);
    });
    socket.on('data', (chunk) => {
      // What the acknowledgements of one chunk set free goes out in one write.
      socket.cork();
      read(chunk);
      socket.uncork();
    });
    socket.write(connectPacket({ ...hello, keepaliveS: KEEPALIVE_S }));
    return promise;
  }

  get waiting(): number {
    return this.#inFlight.size;
  }

  /** Messages sent and not acknowledged. */
  unacknowledged(): InFlight[] {
    return [...this.#inFlight.values()];
  }

  publish(topic: Buffer, payload: string, message: InFlight, now: number): void {
    do this.#packetId = this.#packetId === 0xffff ? 1 : this.#packetId + 1;
    while (this.#inFlight.has(this.#packetId));
    this.#inFlight.set(this.#packetId, message);
    this.#lastWriteAt = now;
    this.#socket.write(publishPacket(topic, this.#packetId, payload));
  }

  /** To be called every few seconds. */
  keepAlive(now: number): void {
    if (now - this.#lastWriteAt < (KEEPALIVE_S * 1000) / 3) return;
    this.#lastWriteAt = now;
    this.#socket.write(PINGREQ);
  }

  end(): void {
    this.#closed = true;
    this.#socket.end(DISCONNECT);
    this.#socket.destroySoon();
  }

  #acknowledge(packetId: number): void {
    const message = this.#inFlight.get(packetId);
    if (message === undefined) return;
    this.#inFlight.delete(packetId);
    this.#events.acknowledged(message);
  }

  #close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#events.closed(reason);
  }
}
