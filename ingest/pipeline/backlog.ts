import type { InboundMessage, Outcome, Receipt } from '../../schemas/inbound.ts';
import { EVERY_PARTITION } from '../sharing/partitions.ts';
import type { MessageWork } from './home.ts';

/** What a message costs in memory besides its payload, roughly. */
const OVERHEAD_BYTES = 300;

/** The messages that wait for their commit, by number and by size, and of each partition. */
export class Backlog {
  messages = 0;
  bytes = 0;
  readonly #byPartition: number[] = EVERY_PARTITION.map(() => 0);

  enter(message: InboundMessage, receipt: Receipt, now: number, partition: number): MessageWork {
    this.messages += 1;
    this.bytes += sizeOf(message);
    this.#byPartition[partition] = this.of(partition) + 1;
    return new WaitingMessage(this, message, receipt, now, partition);
  }

  leave(message: InboundMessage, partition: number): void {
    this.messages -= 1;
    this.bytes -= sizeOf(message);
    this.#byPartition[partition] = this.of(partition) - 1;
  }

  of(partition: number): number {
    return this.#byPartition[partition] ?? 0;
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
  readonly #partition: number;

  constructor(backlog: Backlog, message: InboundMessage, receipt: Receipt, now: number, partition: number) {
    this.message = message;
    this.acceptedAt = now;
    this.#backlog = backlog;
    this.#receipt = receipt;
    this.#partition = partition;
  }

  settle(outcome: Outcome): void {
    this.#backlog.leave(this.message, this.#partition);
    this.#receipt.accepted(outcome);
  }

  fail(error: Error): void {
    this.#backlog.leave(this.message, this.#partition);
    this.#receipt.refused(error);
  }
}
