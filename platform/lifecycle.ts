import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** Something that runs between a start and a stop. */
export interface Part {
  start?(): Promise<void> | void;
  stop?(): Promise<void> | void;
}

export interface LifecycleOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** How long a part may take to stop before the next one's turn comes. */
  readonly stopWithinMs?: number;
}

export interface StopOutcome {
  /** Parts that failed to stop, or not in time, with what they said. */
  readonly problems: readonly { readonly part: string; readonly error: unknown }[];
}

const STOP_WITHIN_MS = 10_000;

/**
 * The parts of one process: started in the order they were added, stopped in reverse, each with a deadline, so that one
 * that hangs cannot keep the ones below it (the database last) from stopping in order. A start that fails stops what
 * has started. A stop during the start waits for the part that is starting, and starts no other.
 */
export class Lifecycle {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #stopWithinMs: number;
  readonly #parts: { name: string; part: Part; stopWithinMs: number }[] = [];
  #started = 0;
  #starting: Promise<void> | undefined;
  #stopping: Promise<StopOutcome> | undefined;

  constructor(options: LifecycleOptions) {
    this.#log = options.log;
    this.#clock = options.clock;
    this.#stopWithinMs = options.stopWithinMs ?? STOP_WITHIN_MS;
  }

  add(name: string, part: Part, stopWithinMs = this.#stopWithinMs): this {
    if (this.#starting) throw new Error(`${name} is added after the start`);
    this.#parts.push({ name, part, stopWithinMs });
    return this;
  }

  /** True from the first `stop` (or signal) on: be ready for nothing new. */
  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Resolves once all parts run, or once a stop has cut the start short (see `stopping`); rejects with what the failing part threw. */
  async start(): Promise<void> {
    this.#starting ??= this.#startAll();
    try {
      await this.#starting;
    } catch (error) {
      await this.stop('a part failed to start');
      throw error;
    }
  }

  /** Stops everything, once; a second call waits for the same stop. */
  stop(reason: string): Promise<StopOutcome> {
    this.#stopping ??= this.#stopAll(reason);
    return this.#stopping;
  }

  async #startAll(): Promise<void> {
    for (const { name, part } of this.#parts) {
      if (this.stopping) return;
      const from = this.#clock.now();
      await part.start?.();
      this.#started += 1;
      this.#log.debug({ part: name, ms: this.#clock.now() - from }, 'started');
    }
  }

  async #stopAll(reason: string): Promise<StopOutcome> {
    const problems: { part: string; error: unknown }[] = [];
    this.#log.info({ reason }, 'stopping');
    const starting = this.#parts[this.#started];
    if (this.#starting && starting) {
      // Its failure is reported by start(); here it only must have come to an end.
      const settled = this.#starting.then(noop, noop);
      await this.#within(starting.stopWithinMs, settled).catch((error: unknown) => {
        problems.push({ part: starting.name, error });
      });
    }
    for (const { name, part, stopWithinMs } of this.#parts.slice(0, this.#started).reverse()) {
      const from = this.#clock.now();
      try {
        await this.#within(stopWithinMs, Promise.resolve(part.stop?.()));
        this.#log.debug({ part: name, ms: this.#clock.now() - from }, 'stopped');
      } catch (error) {
        problems.push({ part: name, error });
        this.#log.error({ part: name, err: error }, 'did not stop in order');
      }
    }
    return { problems };
  }

  #within(ms: number, work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.setTimer(ms, () => reject(new Error(`not done within ${ms} ms`)));
      work.then(resolve, reject).finally(cancel).catch(noop);
    });
  }
}

const noop = (): void => undefined;
