import {
  type AcceptedPublish,
  DISCONNECT_BYTES,
  encodeAccepted,
  encodePubacks,
  encodePublishHead,
  type Forward,
} from './aedes-packets.ts';
import { Fifo } from './fifo.ts';
import type { PublishLane } from './publish-lane.ts';

/** What `authorizePublish` must find for each publish that aedes sees (I1, held a second time). */
interface Receipt {
  readonly qos: number;
  readonly packetId: number;
}

const MOST_AT_ONCE = 256;

/**
 * Hands to aedes what the lane gives out, as bytes, as far as aedes reads; and keeps a receipt for every publish among
 * them, in order, so that aedes cannot acknowledge one that did not come this way. A QoS 1 publish that is routed to nobody
 * leaves aedes nothing to do but acknowledge it: that is done here, unless aedes still has one before it.
 */
export class AedesFeed {
  readonly #lane: PublishLane<Forward>;
  readonly #push: (bytes: Buffer) => boolean;
  readonly #answer: (bytes: Buffer) => boolean;
  readonly #receipts = new Fifo<Receipt>();
  #open = false;
  #blocked = false;
  #disconnecting = false;

  /**
   * `push` says whether more may follow; then `flush` is called when aedes has read. `answer` writes to the client, or
   * says that it cannot take more: aedes then writes, waits, and lets go of who does not read.
   */
  constructor(
    lane: PublishLane<Forward>,
    push: (bytes: Buffer) => boolean,
    answer: (bytes: Buffer) => boolean,
  ) {
    this.#lane = lane;
    this.#push = push;
    this.#answer = answer;
  }

  /** aedes has sent its CONNACK: what it is given from now on it handles. */
  open(): void {
    this.#open = true;
    this.flush();
  }

  close(): void {
    this.#open = false;
  }

  /** aedes has read what it had. */
  resume(): void {
    this.#blocked = false;
    this.flush();
  }

  flush(): void {
    let accepted: AcceptedPublish[] = [];
    while (this.#open && !this.#blocked) {
      const forward = accepted.length < MOST_AT_ONCE ? this.#lane.next() : undefined;
      if (forward?.kind === 'accepted') {
        accepted.push(forward);
        continue;
      }
      if (accepted.length > 0) this.#acknowledge(accepted);
      else if (forward === undefined) return;
      accepted = [];
      if (forward !== undefined) this.#forward(forward);
    }
  }

  /** Whether the publish that aedes is about to acknowledge is the next that was handed to it. */
  takeReceipt(packetId: number, qos: number): boolean {
    const receipt = this.#receipts.shift();
    if (this.#disconnecting && this.#receipts.size === 0) this.#disconnect();
    return receipt?.packetId === packetId && receipt.qos === qos;
  }

  /** In order of arrival [MQTT-4.6.0-2]. */
  #acknowledge(accepted: readonly AcceptedPublish[]): void {
    const mayAnswer = this.#receipts.size === 0 && accepted.every(({ qos }) => qos === 1);
    if (mayAnswer && this.#answer(encodePubacks(accepted))) return;
    for (const publish of accepted) this.#receipts.push(publish);
    this.#give(encodeAccepted(accepted));
  }

  #forward(forward: Exclude<Forward, AcceptedPublish>): void {
    if (forward.kind === 'packet') this.#give(forward.bytes);
    else if (forward.kind === 'routed') {
      this.#receipts.push(forward);
      this.#give(encodePublishHead(forward));
      if (forward.payload.length > 0) this.#give(forward.payload);
    } else {
      this.#disconnecting = true;
      if (this.#receipts.size === 0) this.#disconnect();
    }
  }

  #give(bytes: Buffer): void {
    if (!this.#push(bytes)) this.#blocked = true;
  }

  /** Acknowledgements are written at the end of aedes' turn; its way to obey a DISCONNECT is to destroy the connection. */
  #disconnect(): void {
    this.#disconnecting = false;
    setImmediate(() => {
      if (this.#open) this.#push(DISCONNECT_BYTES);
    });
  }
}
