import type { Clock } from '../../platform/clock.ts';

/**
 * Things people are about to do: one at a time per key, each after its delay. A failure is told to `onFailure` and leaves the key
 * free, so that the next event may try again.
 */
export class TaskTimer {
  readonly #clock: Clock;
  readonly #onFailure: (key: string, error: unknown) => void;
  readonly #waiting = new Map<string, () => void>();
  readonly #running = new Set<Promise<void>>();

  constructor(clock: Clock, onFailure: (key: string, error: unknown) => void) {
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  get idle(): boolean {
    return this.#waiting.size === 0;
  }

  /** Does nothing if something of that key is already about to happen. `then` runs when the key is free again. */
  after(key: string, delayMs: number, task: () => Promise<void>, then?: () => void): void {
    if (this.#waiting.has(key)) return;
    const run = async (): Promise<void> => {
      try {
        await task();
      } catch (error) {
        this.#onFailure(key, error);
      }
      this.#waiting.delete(key);
      then?.();
    };
    const cancel = this.#clock.setTimer(delayMs, () => {
      const running = run().finally(() => this.#running.delete(running));
      this.#running.add(running);
    });
    this.#waiting.set(key, cancel);
  }

  /** Nothing new starts; what runs is waited for. */
  async stop(): Promise<void> {
    for (const cancel of this.#waiting.values()) cancel();
    await Promise.allSettled(this.#running);
  }
}
