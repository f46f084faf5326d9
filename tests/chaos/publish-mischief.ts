/** `double`: every PUBLISH that wants an answer comes twice; `swap`: it changes places with the next one. */
export type Mischief = 'double' | 'swap';

const PUBLISH = 3;
const DUP = 0x08;
const QOS = 0x06;

/** What a device says, packet by packet: some come twice, some out of order, none is harmed. Pure. */
export class PublishMischief {
  #rest: Buffer = Buffer.alloc(0);
  #kept: Buffer | undefined;

  /** What is to be passed on now that `data` has come. Ends of packets are waited for. */
  pass(data: Buffer, mischief: Mischief | undefined): Buffer[] {
    const passed: Buffer[] = [];
    this.#rest = Buffer.concat([this.#rest, data]);
    for (let length = packetLength(this.#rest); length !== undefined; length = packetLength(this.#rest)) {
      const packet = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      const head = packet[0] ?? 0;
      if (head >> 4 !== PUBLISH || (head & QOS) === 0 || mischief === undefined) {
        passed.push(...this.flush(), packet);
      } else if (mischief === 'double') {
        passed.push(...this.flush(), packet, Buffer.concat([Buffer.of(head | DUP), packet.subarray(1)]));
      } else if (this.#kept === undefined) {
        this.#kept = packet;
      } else {
        passed.push(packet, ...this.flush());
      }
    }
    return passed;
  }

  /** The one that still waits for another to change places with. */
  flush(): Buffer[] {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept === undefined ? [] : [kept];
  }

  get keeps(): boolean {
    return this.#kept !== undefined;
  }
}

/** Of the first packet, whole; undefined: it is not all there. */
function packetLength(data: Buffer): number | undefined {
  let rest = 0;
  for (let i = 1, factor = 1; i <= 4; i += 1, factor *= 128) {
    const byte = data[i];
    if (byte === undefined) return undefined;
    rest += (byte & 0x7f) * factor;
    if ((byte & 0x80) === 0) return data.length >= i + 1 + rest ? i + 1 + rest : undefined;
  }
  // No packet of MQTT: whoever reads it may say so.
  return data.length;
}
