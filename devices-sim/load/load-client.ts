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

export interface LoadClientEvents<M extends InFlight> {
  acknowledged(message: M): void;
  closed(reason: string): void;
}

export interface LoadTarget {
  host: string;
  port: number;
  /** Each address of the loopback has some 28,000 ports of its own for us to connect from. */
  localAddress?: string;
}

const KEEPALIVE_S = 120;
const CONNECT_WITHIN_MS = 30_000;

/** All sockets read into this one: what is read is dealt with before the next read. */
const READ_INTO = Buffer.allocUnsafeSlow(65_536);

/** One raw socket speaking just enough MQTT. Lean on purpose: tens of thousands of these fit into a process. */
export class LoadClient<M extends InFlight = InFlight> {
  readonly #socket: Socket;
  readonly #events: LoadClientEvents<M>;
  readonly #inFlight = new Map<number, M>();
  #packetId = 0;
  #lastWriteAt = 0;
  #closed = false;

  private constructor(socket: Socket, events: LoadClientEvents<M>) {
    this.#socket = socket;
    this.#events = events;
  }

  /** Resolves on a good CONNACK. */
  static open<M extends InFlight = InFlight>(
    target: LoadTarget,
    hello: Omit<Hello, 'keepaliveS'>,
    events: LoadClientEvents<M>,
  ): Promise<LoadClient<M>> {
    const { promise, resolve, reject } = Promise.withResolvers<LoadClient<M>>();
    let told = (_type: number, _word: number): void => {};
    const read = packetReader((type, word) => told(type, word));
    const onread = {
      buffer: READ_INTO,
      callback: (length: number, bytes: Uint8Array): boolean => {
        // What the acknowledgements of one chunk set free goes out in one write.
        socket.cork();
        read(bytes.length === length ? READ_INTO : READ_INTO.subarray(0, length));
        socket.uncork();
        return true;
      },
    };
    const socket: Socket = connect({ ...target, noDelay: true, onread });
    const client = new LoadClient<M>(socket, events);
    const fail = (why: string): void => {
      reject(new Error(`${hello.username ?? hello.clientId}: ${why}`));
      client.#close(why);
    };
    socket.setTimeout(CONNECT_WITHIN_MS, () => fail('no CONNACK in time'));
    socket.on('error', (error) => fail(error.message));
    socket.on('close', () => fail('connection closed'));
    told = (type, word) => {
      if (type === PUBACK) client.#acknowledge(word);
      else if (type === CONNACK && (word & 0xff) === 0) {
        socket.setTimeout(0);
        resolve(client);
      } else if (type === CONNACK) fail(`refused with code ${word & 0xff}`);
    };
    socket.write(connectPacket({ ...hello, keepaliveS: KEEPALIVE_S }));
    return promise;
  }

  get waiting(): number {
    return this.#inFlight.size;
  }

  /** Messages sent and not acknowledged, in the order of sending. */
  unacknowledged(): M[] {
    return [...this.#inFlight.values()];
  }

  /** `again`: it was sent before, on another connection [MQTT-3.3.1-1]. */
  publish(topic: string, payload: string, message: M, now: number, again = false): void {
    do this.#packetId = this.#packetId === 0xffff ? 1 : this.#packetId + 1;
    while (this.#inFlight.has(this.#packetId));
    this.#inFlight.set(this.#packetId, message);
    this.#lastWriteAt = now;
    this.#socket.write(publishPacket(topic, this.#packetId, payload, again));
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

  /** As when the power fails: without a DISCONNECT, and nobody is told. */
  cut(): void {
    this.#closed = true;
    this.#socket.resetAndDestroy();
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
