import type { Published } from '../measure/conservation.ts';

/** Telemetry kept for the check at the end; a run without an end must not grow without end. */
const KEPT_TELEMETRY = 200_000;

/** What was sent and what was acknowledged: the devices' own books. */
export class Tally {
  /** In order of sending. */
  readonly #messages = new Map<string, Published>();
  readonly #keep: number;
  #unchecked = 0;
  #waiting = 0;

  constructor(keep = KEPT_TELEMETRY) {
    this.#keep = keep;
  }

  sent(message: Omit<Published, 'copies' | 'acknowledgedAt'>): void {
    this.#messages.set(message.messageId, { ...message, copies: 1, acknowledgedAt: null });
    this.#waiting += 1;
    if (this.#messages.size > this.#keep) this.#forgetOldest();
  }

  sentAgain(messageId: string): void {
    const message = this.#messages.get(messageId);
    if (message) message.copies += 1;
  }

  acknowledged(messageId: string, at: number): void {
    const message = this.#messages.get(messageId);
    if (!message || message.acknowledgedAt !== null) return;
    message.acknowledgedAt = at;
    this.#waiting -= 1;
  }

  get(messageId: string): Published | undefined {
    return this.#messages.get(messageId);
  }

  all(): Published[] {
    return [...this.#messages.values()];
  }

  /** Sent and not acknowledged yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Acknowledged telemetry that was let go unchecked, in a run longer than the books. */
  get unchecked(): number {
    return this.#unchecked;
  }

  #forgetOldest(): void {
    for (const [messageId, message] of this.#messages) {
      if (message.press || message.acknowledgedAt === null) continue;
      this.#messages.delete(messageId);
      this.#unchecked += 1;
      return;
    }
  }
}
