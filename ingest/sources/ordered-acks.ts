/**
 * What one connection to an external broker still owes an acknowledgement for. Messages are accepted in any order, a press
 * ahead of telemetry; acknowledged they are in the order in which they came [MQTT-4.6.0-2]. Pure but for what it keeps.
 */
export class OrderedAcks {
  readonly #write: (packetIds: readonly number[]) => void;
  readonly #waiting: { packetId: number; accepted: boolean }[] = [];

  constructor(write: (packetIds: readonly number[]) => void) {
    this.#write = write;
  }

  /** Delivered and not acknowledged. */
  get size(): number {
    return this.#waiting.length;
  }

  /** To be called in order of arrival; what it returns, once the message is committed. */
  arrived(packetId: number): () => void {
    const one = { packetId, accepted: false };
    this.#waiting.push(one);
    return () => {
      one.accepted = true;
      if (this.#waiting[0] !== one) return;
      const open = this.#waiting.findIndex(({ accepted }) => !accepted);
      const ready = this.#waiting.splice(0, open < 0 ? this.#waiting.length : open);
      this.#write(ready.map(({ packetId: id }) => id));
    };
  }
}

/** PUBACK packets, one behind the other. */
export function pubacks(packetIds: readonly number[]): Buffer {
  return Buffer.concat(packetIds.map((id) => Buffer.from([0x40, 2, id >> 8, id & 255])));
}
