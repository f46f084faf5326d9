import type { Clock } from '../../platform/clock.ts';
import type { Intake } from '../../schemas/inbound.ts';
import type { Pressure } from './publish-window.ts';

const ASK_EVERY_MS = 10;

/**
 * What bears on all connections of the process: how much waits in all of them, and whether the intake is saturated.
 * The intake does not say when it has room again, so while somebody waits for that it is asked, by one timer for all.
 */
export class SharedPressure implements Pressure {
  readonly #intake: Intake;
  readonly #limitBytes: number;
  readonly #clock: Clock;
  #bytes = 0;
  #waiting = new Set<() => void>();
  #cancel: (() => void) | undefined;

  constructor(intake: Intake, limitBytes: number, clock: Clock) {
    this.#intake = intake;
    this.#limitBytes = limitBytes;
    this.#clock = clock;
  }

  get saturated(): boolean {
    return this.#intake.saturated;
  }
  get overfull(): boolean {
    return this.#bytes >= this.#limitBytes;
  }
  get bytes(): number {
    return this.#bytes;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Calls `retry` once when pressure has gone, unless `forget` comes first. */
  whenLower(retry: () => void): void {
    this.#waiting.add(retry);
    this.#cancel ??= this.#clock.setTimer(ASK_EVERY_MS, () => this.#ask());
  }

  forget(retry: () => void): void {
    this.#waiting.delete(retry);
  }

  stop(): void {
    this.#cancel?.();
    this.#waiting.clear();
  }

  #ask(): void {
    this.#cancel = undefined;
    if (!this.saturated && !this.overfull) {
      const waiting = this.#waiting;
      this.#waiting = new Set();
      for (const retry of waiting) retry();
    }
    if (this.#waiting.size > 0) this.#cancel ??= this.#clock.setTimer(ASK_EVERY_MS, () => this.#ask());
  }
}
