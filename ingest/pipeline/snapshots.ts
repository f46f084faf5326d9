import type { Clock } from '../../platform/clock.ts';
import { isRetryable, type Queryable } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import type { AnyDetector } from '../detectors/detector.ts';
import { stateToJson } from '../home-state.ts';
import { saveStates } from '../store/home-states.ts';
import type { Home } from './home.ts';

export interface SnapshotsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly db: Queryable;
  readonly detectors: readonly AnyDetector[];
}

const BATCH = 100;
/** Every home that changes is saved about so often while there are not too many. s. */
const ROUND_S = 10;
const LEAST_PER_SECOND = 50;
const MOST_PER_SECOND = 2_000;

/**
 * Saves the states of homes that have changed, in the order in which they first did, a part of them every second. What
 * is not saved is refolded after a crash: this only bounds how much.
 */
export class Snapshots {
  readonly #deps: SnapshotsDeps;
  readonly #dirty = new Set<Home>();
  saved = 0;

  constructor(deps: SnapshotsDeps) {
    this.#deps = deps;
  }

  get waiting(): number {
    return this.#dirty.size;
  }

  /** `seq`: the first one of this home that no snapshot holds. */
  changed(home: Home, seq: number): void {
    if (home.unsavedFrom === 0) home.unsavedFrom = seq;
    this.#dirty.add(home);
  }

  /** Least seq that is not in a snapshot; Infinity: all are. */
  get unsavedFrom(): number {
    let least = Infinity;
    for (const home of this.#dirty)
      if (home.unsavedFrom > 0 && home.unsavedFrom < least) least = home.unsavedFrom;
    return least;
  }

  /** One second's share. */
  async round(): Promise<void> {
    const share = Math.ceil(this.#dirty.size / ROUND_S);
    await this.#save(Math.min(Math.max(share, LEAST_PER_SECOND), MOST_PER_SECOND));
  }

  async all(): Promise<void> {
    await this.#save(this.#dirty.size);
  }

  clear(): void {
    this.#dirty.clear();
  }

  async #save(most: number): Promise<void> {
    const homes: Home[] = [];
    for (const home of this.#dirty) {
      if (homes.length >= most) break;
      homes.push(home);
    }
    for (let i = 0; i < homes.length; i += BATCH) await this.#saveSome(homes.slice(i, i + BATCH));
  }

  async #saveSome(homes: readonly Home[]): Promise<void> {
    const { clock, db, detectors, log } = this.#deps;
    const taken = homes.flatMap((home) => {
      this.#dirty.delete(home);
      const { entry, state, seq } = home;
      if (!entry || !state) return [];
      const from = home.unsavedFrom;
      home.unsavedFrom = 0;
      const row = {
        homeNo: entry.homeNo,
        seq,
        wakeAt: home.wakeAt,
        state: JSON.stringify(stateToJson(detectors, state)),
      };
      this.#saving.set(home, from);
      return [{ home, from, row }];
    });
    try {
      await saveStates(
        db,
        taken.map(({ row }) => row),
        clock.now(),
      );
      this.saved += taken.length;
    } catch (error) {
      if (!isRetryable(error)) log.error({ err: error }, 'snapshots could not be saved');
      // What changed meanwhile came later than what this would have saved
      for (const { home, from } of taken) {
        home.unsavedFrom = from;
        this.#dirty.add(home);
      }
    } finally {
      for (const { home } of taken) this.#saving.delete(home);
    }
  }

  readonly #saving = new Map<Home, number>();
  /** As `unsavedFrom`, of those that are just being saved. */
  get savingFrom(): number {
    let least = Infinity;
    for (const from of this.#saving.values()) if (from > 0 && from < least) least = from;
    return least;
  }
}
