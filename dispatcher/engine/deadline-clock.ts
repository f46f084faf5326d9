import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { WakeUps } from '../wake-ups/wake-ups.ts';

/** In a burst one wake-up for all deadlines of so many milliseconds, not one for each alert; budgets are in seconds. */
const BUCKET_MS = 100;
/** What lies further ahead is left to the sweeper; most of it never comes to pass. */
const AHEAD_MS = 10 * 60_000;
const KEY = 'sweep';

/** Deadlines → wake-ups. Never fails: without a wake-up the sweeper comes within a second. */
export class DeadlineClock {
  readonly #deps: { wakeUps: WakeUps; clock: Clock; log: Log };
  readonly #asked = new Set<number>();
  readonly #failures;

  constructor(deps: { wakeUps: WakeUps; clock: Clock; log: Log; metrics: Metrics }) {
    this.#deps = deps;
    this.#failures = deps.metrics.counter(
      'yinling_dispatch_wake_up_failures_total',
      'Wake-ups that could not be asked for; the sweeper does without',
    );
  }

  start(sweep: () => Promise<void>): Promise<void> {
    return this.#deps.wakeUps.start(sweep);
  }

  stop(): Promise<void> {
    return this.#deps.wakeUps.stop();
  }

  ask(deadlineMs: number): void {
    const { wakeUps, clock, log } = this.#deps;
    const now = clock.now();
    if (deadlineMs - now > AHEAD_MS) return;
    const atMs = Math.ceil(Math.max(deadlineMs, now) / BUCKET_MS) * BUCKET_MS;
    if (this.#asked.has(atMs)) return;
    this.#asked.add(atMs);
    for (const past of this.#asked) if (past < now) this.#asked.delete(past);
    wakeUps.at(KEY, atMs).catch((error: unknown) => {
      this.#asked.delete(atMs);
      this.#failures.inc();
      log.debug({ err: error }, 'no wake-up');
    });
  }
}
