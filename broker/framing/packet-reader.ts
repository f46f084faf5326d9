import { createHash, type Hash } from 'node:crypto';
import { type MalformedReason, PUBLISH, type QoS } from './packet-types.ts';

/** How much of a payload is taken, in bytes, inclusive: up to `keepBytes` whole, up to `hashBytes` as size and hash only. */
export interface PayloadBounds {
  readonly keepBytes: number;
  readonly hashBytes: number;
}

export interface PublishHead<R> {
  readonly route: R;
  readonly qos: QoS;
  readonly dup: boolean;
  readonly retain: boolean;
  /** 0 at QoS 0. */
  readonly packetId: number;
  readonly payloadBytes: number;
}

/** Who hears what the reader finds, and sets the bounds by which it stops before buffering. */
export interface PacketSink<R extends PayloadBounds> {
  /** Largest remaining length of a PUBLISH that is possible at all now; -1: no PUBLISH is allowed here. */
  readonly publishBound: number;
  /** Largest remaining length of another packet; -1: not allowed here. */
  bound(type: number): number;
  /** Where a PUBLISH goes. The key is the topic's bytes as Latin-1; undefined: refused, and nothing more is read. */
  route(topicKey: string): R | undefined;
  publish(head: PublishHead<R>, payload: Buffer): void;
  oversized(head: PublishHead<R>, sha256: Buffer): void;
  packet(type: number, flags: number, body: Buffer): void;
  malformed(reason: MalformedReason): void;
  tooLarge(type: number): void;
}

/** A packet that trickles in byte by byte must not cost a hundred times its size in buffers' overhead. */
const MOST_PARTS = 256;

/**
 * Cuts a stream of bytes into MQTT packets, however it is split. What a packet may weigh is decided from its first
 * bytes, before its body is buffered; payloads between the two bounds are hashed while they pass. Bodies are views of
 * the chunks where a packet lies within one, and are copied once where it does not.
 */
export class PacketReader<R extends PayloadBounds> {
  readonly #sink: PacketSink<R>;
  #parts: Buffer[] = [];
  #have = 0;
  /** Bytes without which nothing can be said. */
  #need = 1;
  #held = false;
  #stopped = false;
  /** The PUBLISH whose payload `#parts` begins with. */
  #head: PublishHead<R> | undefined;
  #hash: Hash | undefined;
  #hashLeft = 0;

  constructor(sink: PacketSink<R>) {
    this.#sink = sink;
  }

  feed(chunk: Buffer): void {
    if (this.#stopped || chunk.length === 0) return;
    this.#parts.push(chunk);
    this.#have += chunk.length;
    if (this.#have < this.#need && this.#parts.length >= MOST_PARTS)
      this.#parts = [Buffer.concat(this.#parts, this.#have)];
    this.#run();
  }

  /** No further packet is handed out until `release`; may be called from within the sink. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#run();
  }

  get held(): boolean {
    return this.#held;
  }

  /** Nothing more is read; what is buffered is let go. */
  stop(): void {
    this.#stopped = true;
    this.#parts = [];
    this.#have = 0;
    this.#head = undefined;
    this.#hash = undefined;
  }

  #run(): void {
    while (!this.#held && !this.#stopped && this.#have >= this.#need) {
      const first = this.#parts[0];
      const bytes =
        this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts, this.#have);
      this.#parts = [];
      this.#have = 0;
      const used = this.#read(bytes);
      if (this.#stopped) return;
      if (used < bytes.length) {
        this.#parts.unshift(bytes.subarray(used));
        this.#have += bytes.length - used;
      }
    }
  }

  /** Reads packets off `bytes`; gives how many bytes are done with, and leaves in `#need` what the rest must grow to. */
  #read(bytes: Buffer): number {
    let at = 0;
    while (!this.#held && !this.#stopped) {
      const next = this.#readOne(bytes, at);
      if (next === at) return at;
      at = next;
      this.#need = 1;
    }
    return at;
  }

  /** Gives where the next packet begins; `at` if this one is not complete. */
  #readOne(bytes: Buffer, at: number): number {
    if (this.#hash !== undefined) return this.#digest(this.#hash, bytes, at);
    if (this.#head !== undefined) return this.#finish(this.#head, bytes, at);
    const first = bytes[at];
    if (first === undefined) return this.#wait(at, 1);
    let length = 0;
    let bodyAt = at + 1;
    for (let shift = 0; ; shift += 7) {
      if (shift === 28) return this.#malformed('remaining_length', at);
      const byte = bytes[bodyAt];
      if (byte === undefined) return this.#wait(at, bodyAt - at + 1);
      bodyAt += 1;
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    const type = first >> 4;
    if (type === PUBLISH) return this.#readPublish(bytes, at, first, bodyAt, length);
    const bound = this.#sink.bound(type);
    if (bound < 0) return this.#malformed('unexpected_packet', at);
    if (length > bound) {
      this.stop();
      this.#sink.tooLarge(type);
      return at;
    }
    const end = bodyAt + length;
    if (bytes.length < end) return this.#wait(at, end - at);
    this.#sink.packet(type, first & 15, bytes.subarray(bodyAt, end));
    return end;
  }

  #readPublish(bytes: Buffer, at: number, first: number, bodyAt: number, length: number): number {
    const qos = ((first >> 1) & 3) as QoS | 3;
    if (qos === 3) return this.#malformed('qos_3', at);
    if (qos === 0 && (first & 8) !== 0) return this.#malformed('dup_qos_0', at);
    if (this.#sink.publishBound < 0) return this.#malformed('unexpected_packet', at);
    if (length > this.#sink.publishBound) return this.#tooLarge(at);
    const idBytes = qos > 0 ? 2 : 0;
    if (length < 2 + idBytes) return this.#malformed('length', at);
    if (bytes.length < bodyAt + 2) return this.#wait(at, bodyAt + 2 - at);
    const topicAt = bodyAt + 2;
    const idAt = topicAt + bytes.readUInt16BE(bodyAt);
    const payloadAt = idAt + idBytes;
    const payloadBytes = bodyAt + length - payloadAt;
    if (idAt === topicAt) return this.#malformed('topic_name', at);
    if (payloadBytes < 0) return this.#malformed('length', at);
    if (bytes.length < payloadAt) return this.#wait(at, payloadAt - at);
    const packetId = qos > 0 ? bytes.readUInt16BE(idAt) : 0;
    if (qos > 0 && packetId === 0) return this.#malformed('packet_id_0', at);
    const route = this.#sink.route(bytes.toString('latin1', topicAt, idAt));
    if (route === undefined) {
      this.stop();
      return at;
    }
    if (payloadBytes > route.hashBytes) return this.#tooLarge(at);
    const head: PublishHead<R> = {
      route,
      qos,
      dup: (first & 8) !== 0,
      retain: (first & 1) !== 0,
      packetId,
      payloadBytes,
    };
    if (payloadBytes > route.keepBytes) {
      this.#head = head;
      this.#hash = createHash('sha256');
      this.#hashLeft = payloadBytes;
      return payloadAt;
    }
    const end = payloadAt + payloadBytes;
    if (bytes.length < end) {
      this.#head = head;
      return payloadAt;
    }
    this.#sink.publish(head, bytes.subarray(payloadAt, end));
    return end;
  }

  #finish(head: PublishHead<R>, bytes: Buffer, at: number): number {
    const end = at + head.payloadBytes;
    if (bytes.length < end) return this.#wait(at, head.payloadBytes);
    this.#head = undefined;
    this.#sink.publish(head, bytes.subarray(at, end));
    return end;
  }

  #digest(hash: Hash, bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#hashLeft);
    if (end === at) return this.#wait(at, 1);
    hash.update(bytes.subarray(at, end));
    this.#hashLeft -= end - at;
    const head = this.#head;
    if (this.#hashLeft === 0 && head !== undefined) {
      this.#hash = undefined;
      this.#head = undefined;
      this.#sink.oversized(head, hash.digest());
    }
    return end;
  }

  #wait(at: number, need: number): number {
    this.#need = need;
    return at;
  }

  #malformed(reason: MalformedReason, at: number): number {
    this.stop();
    this.#sink.malformed(reason);
    return at;
  }

  #tooLarge(at: number): number {
    this.stop();
    this.#sink.tooLarge(PUBLISH);
    return at;
  }
}
