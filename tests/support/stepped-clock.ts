import type { Clock } from '../../platform/clock.ts';

/**
 * Time that only a test moves, for code that also waits for real I/O: short waits (pacing, retries) pass in real time,
 * longer ones when the test's time has come to them.
 */
export class SteppedClock implements Clock {
  #nowAt: number;
  readonly #timers = new Set<{ dueAt: number; fn: () => void }>();

  constructor(nowAt: number) {
    this.#nowAt = nowAt;
  }

  now(): number {
    return this.#nowAt;
  }

  setTimer(delayMs: number, fn: () => void): () => void {
    if (delayMs <= SHORT_MS) {
      const handle = setTimeout(fn, Math.min(delayMs, 5));
      return () => clearTimeout(handle);
    }
    const timer = { dueAt: this.#nowAt + delayMs, fn };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  advanceTo(at: number): void {
    this.#nowAt = Math.max(this.#nowAt, at);
    for (const timer of this.#timers)
      if (timer.dueAt <= this.#nowAt) {
        this.#timers.delete(timer);
        timer.fn();
      }
  }
}

const SHORT_MS = 500;
