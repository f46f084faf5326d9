import type { Clock } from '../../platform/clock.ts';

/** A process that tells straight does so every two seconds; one that has not for so long is not heard. */
export const UNHEARD_AFTER_MS = 10_000;
/** Over what all share, this process says where it is every five seconds, and hears itself. */
export const SHARED_SILENT_AFTER_MS = 15_000;
/** Not heard straight for so long while what all share goes on: it has ended. */
export const ENDED_AFTER_MS = 60_000;

interface Teller {
  heard: boolean;
  cancel(): void;
}

/**
 * Whether presses that wait in other processes would be heard of here. They come over Redis and the database, which all
 * share, and straight. Earshot is lost when neither is heard any more: a quiet desk is then no sign of a quiet district.
 */
export class Earshot {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #tellers = new Map<string, Teller>();
  #shared = true;
  #cancelShared: () => void = () => undefined;
  #lost = false;

  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock;
    this.#onChange = onChange;
    this.heardItself();
  }

  /** Presses may wait of which nobody hears here. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Over what all share. */
  heardItself(): void {
    this.#shared = true;
    this.#cancelShared();
    this.#cancelShared = this.#clock.setTimer(SHARED_SILENT_AFTER_MS, () => {
      this.#shared = false;
      this.#decide();
    });
    this.#decide();
  }

  heardStraight(name: string): void {
    const teller = this.#tellers.get(name) ?? { heard: true, cancel: () => undefined };
    this.#tellers.set(name, teller);
    teller.heard = true;
    this.#await(name, teller, UNHEARD_AFTER_MS);
    this.#decide();
  }

  /** In order: nothing waits there any more. */
  left(name: string): void {
    this.#tellers.get(name)?.cancel();
    this.#tellers.delete(name);
    this.#decide();
  }

  stop(): void {
    this.#cancelShared();
    for (const { cancel } of this.#tellers.values()) cancel();
  }

  #await(name: string, teller: Teller, ms: number): void {
    teller.cancel();
    teller.cancel = this.#clock.setTimer(ms, () => {
      // Ended, or cut off: as long as what all share is away, nobody can tell
      if (!teller.heard && this.#shared) return this.left(name);
      teller.heard = false;
      this.#await(name, teller, ENDED_AFTER_MS);
      this.#decide();
    });
  }

  #decide(): void {
    const tellers = [...this.#tellers.values()];
    const lost = !this.#shared && (tellers.length === 0 || tellers.some(({ heard }) => !heard));
    if (lost === this.#lost) return;
    this.#lost = lost;
    this.#onChange();
  }
}
