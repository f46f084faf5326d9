import type { Clock } from './clock.ts';

interface Timer {
  readonly dueAt: number;
  readonly no: number;
  readonly fn: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #nowAt: number;
  #count = 0;
  readonly #timers = new Set<Timer>();

  constructor(nowAt: number | string = '2026-01-12T00:00:00.000Z') {
    this.#nowAt = typeof nowAt === 'number' ? nowAt : Date.parse(nowAt);
  }

  now(): number {
    return this.#nowAt;
  }

  setTimer(delayMs: number, fn: () => void): () => void {
    const timer = { dueAt: this.#nowAt + Math.max(0, delayMs), no: this.#count++, fn };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Timers that have neither fired nor been cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the next timer is due; undefined without any. */
  get nextAt(): number | undefined {
    return this.#next(Infinity)?.dueAt;
  }

  /** Moves time forward; what falls due on the way fires in order of time, then of setting, each at its own time. */
  advance(ms: number): void {
    const untilAt = this.#nowAt + ms;
    for (let timer = this.#next(untilAt); timer; timer = this.#next(untilAt)) this.#fire(timer);
    this.#nowAt = untilAt;
  }

  /** As `advance`, but lets what waits on promises (and on I/O that is ready) run before the next timer fires. */
  async advanceAsync(ms: number): Promise<void> {
    const untilAt = this.#nowAt + ms;
    await turn();
    for (let timer = this.#next(untilAt); timer; timer = this.#next(untilAt)) {
      this.#fire(timer);
      await turn();
    }
    this.#nowAt = untilAt;
  }

  /** The wall clock is set, forward or back, without any timer firing: as an administrator or NTP does it. */
  set(nowAt: number): void {
    this.#nowAt = nowAt;
  }

  #next(untilAt: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers)
      if (
        timer.dueAt <= untilAt &&
        (!first || timer.dueAt < first.dueAt || (timer.dueAt === first.dueAt && timer.no < first.no))
      )
        first = timer;
    return first;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#nowAt = Math.max(this.#nowAt, timer.dueAt);
    timer.fn();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
