import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connectPacket, type ConnectFields } from './packets.ts';

/** A packet from the broker. */
export interface Received {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

/** A client that sends bytes and says what came back; reads packets by its own means, not by the broker's. */
export class RawClient {
  readonly received: Received[] = [];
  readonly socket: Socket;
  closed = false;
  #rest = Buffer.alloc(0);
  #wake: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.#changed();
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Connects and expects to be let in. */
  static async connected(port: number, fields: ConnectFields): Promise<RawClient> {
    const client = await RawClient.open(port);
    client.send(connectPacket(fields));
    const connack = await client.next(2);
    if (connack.body[1] !== 0) throw new Error(`refused with ${connack.body[1]}`);
    return client;
  }

  send(...packets: Buffer[]): this {
    this.socket.write(Buffer.concat(packets));
    return this;
  }

  /** The next packet of that type; earlier ones of other types are left where they are. Rejects when the connection closes. */
  async next(type: number): Promise<Received> {
    for (;;) {
      const at = this.received.findIndex((one) => one.type === type);
      const [found] = at < 0 ? [] : this.received.splice(at, 1);
      if (found !== undefined) return found;
      if (this.closed) throw new Error('connection closed');
      await this.#change();
    }
  }

  /** Packet ids of acknowledgements of that type so far, in order. */
  acknowledged(type = 4): number[] {
    return this.received.filter((one) => one.type === type).map(({ body }) => body.readUInt16BE(0));
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.closed) throw new Error('connection closed');
      await this.#change();
    }
  }

  /** Resolves when the broker has closed the connection. */
  async end(): Promise<void> {
    while (!this.closed) await this.#change();
  }

  /** The cable is cut: no DISCONNECT. */
  cut(): void {
    this.socket.destroy();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #changed(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const resolve of waiting) resolve();
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      let length = 0;
      let at = 1;
      let byte = 0;
      do {
        const next = this.#rest[at];
        if (next === undefined) return;
        byte = next;
        length |= (byte & 127) << (7 * (at - 1));
        at += 1;
      } while (byte >= 128);
      if (this.#rest.length < at + length) return;
      const first = this.#rest[0] ?? 0;
      this.received.push({ type: first >> 4, flags: first & 15, body: this.#rest.subarray(at, at + length) });
      this.#rest = this.#rest.subarray(at + length);
      this.#changed();
    }
  }
}
