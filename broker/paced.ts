import type { Clock } from '../platform/clock.ts';

/**
 * Does something for all who have asked since the last time: after a quiet time at the end of this turn of the event
 * loop, and not again before `apartMs` are over. A single one does not wait, a crowd is dealt with together.
 */
export class Paced {
  readonly #apartMs: number;
  readonly #clock: Clock;
  readonly #act: () => void;
  #asked = false;
  /** Until `apartMs` after the last time nothing is begun. */
  #cancel: (() => void) | undefined;

  constructor(apartMs: number, clock: Clock, act: () => void) {
    this.#apartMs = apartMs;
    this.#clock = clock;
    this.#act = act;
  }

  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    if (this.#cancel === undefined) setImmediate(() => this.#run());
  }

  /** For who cannot wait: what has been asked for is done now. */
  hurry(): void {
    if (!this.#asked) return;
    this.#asked = false;
    this.#act();
  }

  stop(): void {
    this.#asked = false;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #run(): void {
    if (!this.#asked) return;
    this.#asked = false;
    if (this.#apartMs > 0)
      this.#cancel = this.#clock.setTimer(this.#apartMs, () => {
        this.#cancel = undefined;
        this.#run();
      });
    this.#act();
  }
}
