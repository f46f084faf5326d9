import { type InboundMessage, type Intake, IntakeClosed, type Outcome } from '../../schemas/inbound.ts';

interface Waiting {
  readonly message: InboundMessage;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

const READING: Outcome = { result: 'reading', messageId: 'm' };

/** An intake whose commits the test controls: by default all at once, after `withhold` only when it says so. */
export class FakeIntake implements Intake {
  saturated = false;
  /** Everything that was submitted, in order. */
  readonly messages: InboundMessage[] = [];
  #withholding = false;
  #waiting: Waiting[] = [];
  #wake: (() => void)[] = [];

  accept(message: InboundMessage): Promise<Outcome> {
    this.messages.push(message);
    for (const resolve of this.#wake.splice(0)) resolve();
    if (!this.#withholding) return Promise.resolve(READING);
    return new Promise((resolve, reject) => this.#waiting.push({ message, resolve, reject }));
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
    for (const { resolve } of committed) resolve(READING);
  }

  /** Commits everything, now and from now on. */
  open(): void {
    this.#withholding = false;
    this.commit();
  }

  /** The service stops. */
  close(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new IntakeClosed());
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }
}
