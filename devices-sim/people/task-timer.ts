import type { Clock } from '../../platform/clock.ts';

interface Task {
  what: string;
  /** undefined once it runs. */
  cancel: (() => void) | undefined;
}

/**
 * Things people are about to do: one at a time per key, each after its delay. A failure is told to `onFailure` and leaves
 * the key free, so that the next event may try again.
 */
export class TaskTimer {
  readonly #clock: Clock;
  readonly #onFailure: (key: string, error: unknown) => void;
  readonly #tasks = new Map<string, Task>();
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(clock: Clock, onFailure: (key: string, error: unknown) => void) {
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  /**
   * Takes the place of something else that waits under the key; leaves alone what runs, and what waits to do the same.
   * `then` runs when the key is free again.
   */
  after(key: string, what: string, delayMs: number, run: () => Promise<void>, then?: () => void): void {
    if (this.#stopped) return;
    const before = this.#tasks.get(key);
    if (before !== undefined && (before.cancel === undefined || before.what === what)) return;
    before?.cancel?.();
    const task: Task = { what, cancel: undefined };
    task.cancel = this.#clock.setTimer(delayMs, () => {
      task.cancel = undefined;
      const running = this.#run(key, run, then).finally(() => this.#running.delete(running));
      this.#running.add(running);
    });
    this.#tasks.set(key, task);
  }

  /** What waits under the key is no longer wanted. */
  forget(key: string): void {
    const task = this.#tasks.get(key);
    if (task?.cancel === undefined) return;
    task.cancel();
    this.#tasks.delete(key);
  }

  /** Nothing new starts; what runs is waited for. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const task of this.#tasks.values()) task.cancel?.();
    await Promise.allSettled(this.#running);
  }

  async #run(key: string, run: () => Promise<void>, then?: () => void): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#onFailure(key, error);
    }
    this.#tasks.delete(key);
    then?.();
  }
}
