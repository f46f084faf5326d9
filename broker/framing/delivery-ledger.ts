import { PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL } from './packet-types.ts';

/** What the client owes for a message that we sent it at QoS 1 or 2. */
type Owed = typeof PUBACK | typeof PUBREC | typeof PUBCOMP;

/**
 * Follows what is written to a client, so that an acknowledgement of the wrong kind is seen as what it is: an error of
 * the protocol that closes the connection. One of an unknown id is none: it may be a leftover of the last session.
 */
export class DeliveryLedger {
  readonly #owed = new Map<number, Owed>();
  /** Bytes of the last packet seen that are still to come. */
  #skip = 0;

  /** Messages sent and not acknowledged. */
  get size(): number {
    return this.#owed.size;
  }

  /** Ids of messages that were sent and are still the client's to acknowledge. */
  get unacknowledged(): ReadonlySet<number> {
    return new Set(this.#owed.keys());
  }

  /** Takes note of packets on their way out. Packets begin where the last one ended; a head that is cut off is skipped. */
  sent(bytes: Buffer): void {
    let at = this.#skip;
    while (at + 1 < bytes.length) {
      const first = bytes[at] ?? 0;
      let length = 0;
      let bodyAt = at + 1;
      for (let shift = 0; ; shift += 7, bodyAt += 1) {
        const byte = bytes[bodyAt] ?? 0;
        length |= (byte & 127) << shift;
        if (byte < 128) break;
      }
      bodyAt += 1;
      const type = first >> 4;
      if (type === PUBLISH && (first & 6) !== 0 && bodyAt + 2 <= bytes.length) {
        const idAt = bodyAt + 2 + bytes.readUInt16BE(bodyAt);
        if (idAt + 2 <= bytes.length)
          this.#owed.set(bytes.readUInt16BE(idAt), (first & 6) === 2 ? PUBACK : PUBREC);
      } else if (type === PUBREL && bodyAt + 2 <= bytes.length)
        this.#owed.set(bytes.readUInt16BE(bodyAt), PUBCOMP);
      at = bodyAt + length;
    }
    this.#skip = Math.max(0, at - bytes.length);
  }

  /** Whether this acknowledgement may come now; PUBREC may come again, for it may have been lost. */
  acknowledged(type: number, packetId: number): boolean {
    const owed = this.#owed.get(packetId);
    if (owed === undefined) return true;
    if (type === PUBREC) {
      if (owed === PUBACK) return false;
      this.#owed.set(packetId, PUBCOMP);
      return true;
    }
    if (type !== owed) return false;
    this.#owed.delete(packetId);
    return true;
  }
}
