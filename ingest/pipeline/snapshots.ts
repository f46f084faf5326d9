import type { Clock } from '../../platform/clock.ts';
import { isRetryable, type Queryable } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import type { AnyDetector } from '../detectors/detector.ts';
import { stateToJson } from '../home-state.ts';
import { saveStates, type Snapshot } from '../store/home-states.ts';
import type { Home } from './home.ts';

export interface SnapshotsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly db: Queryable;
  readonly detectors: readonly AnyDetector[];
}

const BATCH = 100;
/** Characters of JSON in one statement; writing more at once would keep presses waiting. */
const BATCH_CHARS = 50_000;
/** Every home that changes is saved about so often while there are not too many. s. */
const ROUND_S = 30;
/** More often where that is little: one statement's worth. */
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
    if (home.gone) return;
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
    await this.#save(
      Math.min(share, MOST_PER_SECOND),
      Math.min(Math.max(share, LEAST_PER_SECOND), MOST_PER_SECOND),
    );
  }

  async all(): Promise<void> {
    await this.#save(this.#dirty.size, this.#dirty.size);
  }

  /** Of these homes. */
  async of(wanted: (home: Home) => boolean): Promise<void> {
    const homes = [...this.#dirty].filter(wanted);
    for (let from = 0; from < homes.length;) from += (await this.#saveSome(homes, from)).count;
  }

  clear(): void {
    this.#dirty.clear();
  }

  hasUnsaved(wanted: (home: Home) => boolean): boolean {
    for (const home of this.#dirty) if (wanted(home)) return true;
    for (const home of this.#saving.keys()) if (wanted(home)) return true;
    return false;
  }

  forget(home: Home): void {
    this.#dirty.delete(home);
  }

  /** `least` in any case, up to `most` while they are small. */
  async #save(least: number, most: number): Promise<void> {
    const homes: Home[] = [];
    for (const home of this.#dirty) {
      if (homes.length >= most) break;
      homes.push(home);
    }
    let done = 0;
    let written = 0;
    while (done < homes.length && (done < least || written < BATCH_CHARS)) {
      const { count, chars } = await this.#saveSome(homes, done);
      done += count;
      written += chars;
    }
  }

  /** How many of them it saved, as how much text. */
  async #saveSome(homes: readonly Home[], first: number): Promise<{ count: number; chars: number }> {
    const { clock, db, detectors, log } = this.#deps;
    const taken: { home: Home; from: number; row: Snapshot }[] = [];
    let chars = 0;
    let count = 0;
    for (; count < BATCH && chars < BATCH_CHARS && first + count < homes.length; count++) {
      const home = homes[first + count] as Home;
      this.#dirty.delete(home);
      const { entry, state, seq, wakeAt } = home;
      if (!entry || !state) continue;
      const { firedUntil } = home;
      const json = JSON.stringify({
        ...stateToJson(detectors, state),
        ...(firedUntil > 0 && { firedUntil }),
      });
      chars += json.length;
      taken.push({ home, from: home.unsavedFrom, row: { homeNo: entry.homeNo, seq, wakeAt, state: json } });
      this.#saving.set(home, home.unsavedFrom);
      home.unsavedFrom = 0;
    }
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
        if (home.gone) continue;
        home.unsavedFrom = from;
        this.#dirty.add(home);
      }
    } finally {
      for (const { home } of taken) this.#saving.delete(home);
    }
    return { count, chars };
  }

  readonly #saving = new Map<Home, number>();
  /** As `unsavedFrom`, of those that are just being saved. */
  get savingFrom(): number {
    let least = Infinity;
    for (const from of this.#saving.values()) if (from > 0 && from < least) least = from;
    return least;
  }
}
