import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../devices-sim/random.ts';
import type { Session } from './session.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Waits of the service that are polls: in a quiet hour they would find nothing thousands of times. */
const POLLS_MS: readonly number[] = [1_000, 3_000, 30_000];
const LONGEST_HOLD_MS = 5 * 60_000;

export interface Quiet {
  /** Nothing waits, nothing is at work, nothing is due: a poll would find nothing. */
  isQuiet(): boolean;
  /** When that changes by itself. */
  nextDueAt(): number;
}
interface Held {
  readonly periodMs: number;
  readonly fn: () => void;
  cancel: () => void;
}

/**
 * One life of a process of the service, from its start to its kill -9: its clock and its connections. What it has asked
 * for is forgotten with it. A poll that would find nothing is held back until there is something, so that a week takes
 * seconds; how late it is after that is drawn, within its period.
 */
export class Life implements Clock {
  readonly name: string;
  readonly startedAt: number;
  readonly sessions = new Set<Session>();
  alive = true;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #quiet: Quiet;
  readonly #held = new Set<Held>();

  constructor(name: string, time: VirtualTime, random: Random, quiet: Quiet) {
    this.name = name;
    this.startedAt = time.now;
    this.#time = time;
    this.#random = random;
    this.#quiet = quiet;
  }

  /** Whole ms, as a clock tells them. */
  now(): number {
    return Math.floor(this.#time.now);
  }

  setTimer(delayMs: number, fn: () => void): () => void {
    if (!this.alive) return () => undefined;
    const fire = (): void => {
      if (this.alive) fn();
    };
    if (!POLLS_MS.includes(delayMs) || !this.#quiet.isQuiet())
      return this.#time.after(Math.max(0, delayMs), `${this.name} timer ${delayMs}`, fire);
    const until = Math.min(this.#quiet.nextDueAt(), this.now() + LONGEST_HOLD_MS);
    const held: Held = { periodMs: delayMs, fn: fire, cancel: () => undefined };
    this.#held.add(held);
    this.#put(held, Math.max(until, this.now()));
    return () => {
      this.#held.delete(held);
      held.cancel();
    };
  }

  /** There is something to find: polls come within their period. */
  stir(): void {
    if (this.#held.size === 0) return;
    const held = [...this.#held];
    this.#held.clear();
    for (const one of held) {
      one.cancel();
      this.#put(one, this.now());
    }
  }

  #put(held: Held, from: number): void {
    held.cancel = this.#time.at(from + this.#random.next() * held.periodMs, `${this.name} poll`, () => {
      this.#held.delete(held);
      held.fn();
    });
  }

  /** Nothing that it had begun goes on, and nobody is told. */
  end(): void {
    this.alive = false;
    for (const held of this.#held) held.cancel();
    this.#held.clear();
    for (const session of this.sessions) session.kill();
  }
}
