import {
  type InboundMessage,
  type Intake,
  IntakeClosed,
  type Outcome,
  type Receipt,
} from '../../schemas/inbound.ts';

interface Waiting {
  readonly message: InboundMessage;
  readonly receipt: Receipt;
}

const READING: Outcome = { result: 'reading', messageId: 'm' };

/** An intake whose commits the test controls: by default all at once, after `withhold` only when it says so. */
export class FakeIntake implements Intake {
  saturated = false;
  /** Everything that was submitted, in order. */
  readonly messages: InboundMessage[] = [];
  /** After each that is told of its commit. */
  onTold: () => void = () => undefined;
  #withholding = false;
  #waiting: Waiting[] = [];
  #wake: (() => void)[] = [];

  accept(message: InboundMessage): Promise<Outcome> {
    return new Promise((accepted, refused) => this.submit(message, { accepted, refused }));
  }

  submit(message: InboundMessage, receipt: Receipt): void {
    this.messages.push(message);
    for (const resolve of this.#wake.splice(0)) resolve();
    if (this.#withholding) this.#waiting.push({ message, receipt });
    else queueMicrotask(() => receipt.accepted(READING));
  }

  withhold(): void {
    this.#withholding = true;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Commits those that fit, in order; they resolve in one turn, as after one commit. */
  commit(fits: (message: InboundMessage) => boolean = () => true): void {
    const committed = this.#waiting.filter(({ message }) => fits(message));
    this.#waiting = this.#waiting.filter(({ message }) => !fits(message));
    queueMicrotask(() => {
      for (const { receipt } of committed) {
        receipt.accepted(READING);
        this.onTold();
      }
    });
  }

  /** Commits everything, now and from now on. */
  open(): void {
    this.#withholding = false;
    this.commit();
  }

  /** The service stops. */
  close(): void {
    for (const { receipt } of this.#waiting.splice(0)) receipt.refused(new IntakeClosed());
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }
}
