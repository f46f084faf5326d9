import type { Clock } from '../../platform/clock.ts';
import type { StreetOutage } from '../detectors/detector.ts';
import type { HomeFold, Outage } from '../home-fold.ts';
import type { HomeState } from '../home-state.ts';
import { Timers } from '../timers.ts';
import type { Home, Work } from './home.ts';

export interface TickerDeps {
  readonly clock: Clock;
  readonly fold: HomeFold;
  readonly outagesOf: (partition: number) => readonly Outage[];
  readonly streets: readonly StreetOutage[];
  /** Its time has moved without anything to store. */
  readonly adopted: (home: Home, before: HomeState, after: HomeState) => void;
  /** While true nothing is concluded: it could not be stored, and quiet may be our own. */
  readonly suspended: () => boolean;
  readonly isReady: (home: Home) => boolean;
  /** Whether its partition is ours, and stays so for now. */
  readonly owns: (home: Home) => boolean;
  /** Time has brought signals: to be folded again, and committed. */
  readonly add: (home: Home, work: Work) => void;
}

/** Homes looked at in one turn of the event loop, so that a press comes in between. */
const TURN = 200;
const SUSPENDED_MS = 500;
const LONGEST_WAIT_MS = 60_000;

/**
 * Wakes homes at the time they asked for. A firing that yields nothing changes only what the next event would have
 * changed as well, so nothing of it is stored; one that yields signals goes through a transaction like a message.
 */
export class Ticker {
  readonly timers = new Timers<Home>();
  readonly #deps: TickerDeps;
  #cancel: () => void = () => undefined;
  #armedFor = Infinity;
  #stopped = true;
  firings = 0;

  constructor(deps: TickerDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#stopped = false;
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  set(home: Home, wakeAt: number): void {
    if (wakeAt === home.wakeAt || (home.gone && wakeAt !== Infinity)) return;
    this.timers.set(home, wakeAt);
    if (wakeAt < this.#armedFor) this.#arm();
  }

  /** It can be folded again; look whether its time has come meanwhile. */
  #arm(): void {
    if (this.#stopped) return;
    this.#cancel();
    this.#armedFor = this.timers.nextAt;
    const waitMs = Math.min(Math.max(0, this.#armedFor - this.#deps.clock.now()), LONGEST_WAIT_MS);
    this.#cancel = this.#deps.clock.setTimer(waitMs, () => this.#tick());
  }

  #tick(): void {
    this.#armedFor = Infinity;
    if (this.#deps.suspended()) {
      this.#armedFor = -Infinity;
      this.#cancel = this.#deps.clock.setTimer(SUSPENDED_MS, () => this.#arm());
      return;
    }
    const now = this.#deps.clock.now();
    for (let i = 0; i < TURN; i++) {
      const home = this.timers.due(now);
      if (!home) break;
      this.#fire(home, now);
    }
    this.#arm();
  }

  #fire(home: Home, now: number): void {
    const { fold, outagesOf, streets, isReady, owns, add, adopted } = this.#deps;
    // Who has it next looks at the time, too.
    if (!owns(home)) return;
    // What is at work, or waits, moves its time anyway and sets the timer anew.
    if (home.busy || home.express.length > 0 || home.bulk.length > 0) return;
    if (!isReady(home) || !home.state) {
      add(home, { kind: 'timer', now });
      return;
    }
    this.firings += 1;
    const before = home.state;
    const result = fold.fold(before, { kind: 'timer', now }, outagesOf(home.partition), streets);
    if (result.signals.length > 0 || result.faults.length > 0) {
      add(home, { kind: 'timer', now });
      return;
    }
    home.state = { ...result.state, now: before.now };
    adopted(home, before, home.state);
    home.firedUntil = Math.max(home.firedUntil, now);
    this.timers.set(home, result.wakeAt);
  }
}
