import type { InboundMessage, Outcome, Receipt } from '../../schemas/inbound.ts';
import type { MessageWork } from './home.ts';

/** What a message costs in memory besides its payload, roughly. */
const OVERHEAD_BYTES = 300;

/** The messages that wait for their commit, by number and by size. */
export class Backlog {
  messages = 0;
  bytes = 0;

  enter(message: InboundMessage, receipt: Receipt, now: number): MessageWork {
    this.messages += 1;
    this.bytes += sizeOf(message);
    return new WaitingMessage(this, message, receipt, now);
  }

  leave(message: InboundMessage): void {
    this.messages -= 1;
    this.bytes -= sizeOf(message);
  }
}

const sizeOf = ({ payload }: InboundMessage): number => (payload?.length ?? 0) + OVERHEAD_BYTES;

/** Tens of thousands of these wait at once: one object each, no closures. */
class WaitingMessage implements MessageWork {
  readonly kind = 'message';
  readonly message: InboundMessage;
  readonly acceptedAt: number;
  declare poison?: string;
  readonly #backlog: Backlog;
  readonly #receipt: Receipt;

  constructor(backlog: Backlog, message: InboundMessage, receipt: Receipt, now: number) {
    this.message = message;
    this.acceptedAt = now;
    this.#backlog = backlog;
    this.#receipt = receipt;
  }

  settle(outcome: Outcome): void {
    this.#backlog.leave(this.message);
    this.#receipt.accepted(outcome);
  }

  fail(error: Error): void {
    this.#backlog.leave(this.message);
    this.#receipt.refused(error);
  }
}
