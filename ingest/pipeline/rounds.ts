import type { Clock } from '../../platform/clock.ts';
import { isRetryable, type Pool } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import { maintainPartitions } from '../../platform/partitions.ts';
import type { PressIds } from '../dedupe/press-ids.ts';
import type { Directory } from '../directory.ts';
import { partitionOf } from '../sharing/partitions.ts';
import { forgetOldLog, waitingInputs } from '../store/epochs.ts';
import { ID_DAYS } from '../store/known-ids.ts';
import type { Homes } from './homes.ts';
import type { Owner } from './owner.ts';
import type { Scheduler } from './scheduler.ts';
import type { Snapshots } from './snapshots.ts';
import type { Ticker } from './ticker.ts';

export interface RoundsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: Pool;
  readonly homes: Homes;
  readonly snapshots: Snapshots;
  readonly ticker: Ticker;
  /** Quiet may be our own now: nothing is concluded from it. */
  readonly suspended: () => boolean;
  readonly directory: Directory;
  readonly scheduler: Scheduler;
  readonly owner: Owner;
  readonly underWay: ReadonlySet<number>;
  readonly presses: PressIds;
  readonly quietHomeMs: number;
}

const SECOND_MS = 1_000;
const SWEEP_EVERY = 60;
const TEND_EVERY = 3_600;
const MOST_INPUTS = 500;
const DAY_MS = 86_400_000;

/** What is done every second, minute and hour beside the stream: heartbeat, snapshots, inputs, tidying up. */
export class Rounds {
  readonly #deps: RoundsDeps;
  #cancel: () => void = () => undefined;
  #stopped = true;
  #count = 0;
  #running: Promise<void> = Promise.resolve();
  #looking = false;
  #lookAgain = false;
  readonly #folding = new Set<number>();

  constructor(deps: RoundsDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#stopped = false;
    this.#next();
    this.lookForInputs();
  }

  /** The last round: everything saved, so that the next start has nothing to refold. */
  async stop(save: boolean): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#running;
    await this.#try('last round', async () => {
      if (!save || !this.#deps.owner.owning) return;
      await this.#deps.snapshots.all();
      await this.#beat();
    });
  }

  /** At most one look at a time; whatever is committed before this call is found. */
  lookForInputs(): void {
    if (this.#stopped) return;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = true;
    void this.#try('inputs', () => this.#inputs()).finally(() => {
      this.#looking = false;
      if (!this.#lookAgain) return;
      this.#lookAgain = false;
      this.lookForInputs();
    });
  }

  /** The input is committed as folded, or given up for another to fold. */
  folded(id: number): void {
    this.#folding.delete(id);
  }

  #next(): void {
    if (this.#stopped) return;
    this.#cancel = this.#deps.clock.setTimer(SECOND_MS, () => {
      this.#running = this.#round().finally(() => this.#next());
    });
  }

  async #round(): Promise<void> {
    const { clock, owner, snapshots, suspended } = this.#deps;
    if (!owner.owning) return;
    this.#count += 1;
    this.lookForInputs();
    if (!suspended()) await this.#try('streets', () => owner.watchStreets(clock.now()));
    await this.#try('snapshots', () => snapshots.round());
    await this.#try('heartbeat', () => this.#beat());
    if (this.#count % SWEEP_EVERY === 0) this.#sweep();
    if (this.#count % TEND_EVERY === 0) await this.#try('housekeeping', () => this.#tend());
  }

  async #try(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isRetryable(error)) this.#deps.log.debug({ err: error, what }, 'a round has to wait');
      else this.#deps.log.error({ err: error, what }, 'a round failed');
    }
  }

  /** Everything before the first seq that is in no snapshot is safe to forget. */
  async #beat(): Promise<void> {
    const { clock, owner, snapshots, underWay } = this.#deps;
    const now = clock.now();
    let first = Math.min(snapshots.unsavedFrom, snapshots.savingFrom, owner.lastSeq + 1);
    for (const seq of underWay) if (seq < first) first = seq;
    await owner.beat(now, first);
  }

  async #inputs(): Promise<void> {
    const { clock, directory, homes, owner, pool, scheduler } = this.#deps;
    let after = 0;
    while (owner.owning) {
      const rows = await waitingInputs(pool, after, MOST_INPUTS, owner.partitions);
      for (const { id, homeId, kind, body } of rows) {
        after = Math.max(after, id);
        if (this.#folding.has(id) || !owner.owns(partitionOf(homeId))) continue;
        this.#folding.add(id);
        // Whatever was changed is read anew before the input is folded.
        directory.changed(`home:${homeId}`);
        const home = homes.get(homeId);
        scheduler.add(home, { kind: 'input', id, what: kind, body, now: clock.now() }, 'due');
      }
      if (rows.length < MOST_INPUTS) return;
    }
  }

  /** Homes that have been quiet for long, and whose snapshot holds all there is, leave memory; their wake-up stays. */
  #sweep(): void {
    const { clock, directory, homes, presses, quietHomeMs } = this.#deps;
    const now = clock.now();
    presses.forgetBefore(Math.floor(now / DAY_MS) - ID_DAYS);
    for (const home of homes.values()) {
      if (!home.idle || home.usedAt > now - quietHomeMs || home.unsavedFrom > 0) continue;
      home.state = undefined;
      home.told = undefined;
      home.entry = undefined;
      directory.forget(home.homeId);
      if (home.wakePlace < 0) homes.remove(home);
    }
  }

  async #tend(): Promise<void> {
    const { clock, log, owner, pool } = this.#deps;
    if (!owner.onDuty) return;
    await maintainPartitions({ pool, clock, log });
    await forgetOldLog(pool, await owner.savedUpTo(), clock.now());
  }
}
