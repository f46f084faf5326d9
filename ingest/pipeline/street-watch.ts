import { raise, type RaiseContext } from '../../alerts/store.ts';
import type { Clock } from '../../platform/clock.ts';
import { inTransaction, type Pool, type Queryable } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import type { Signal } from '../../schemas/signal.ts';
import type { StreetOutage } from '../detectors/detector.ts';
import { deviceOffline, homeSilentSince } from '../detectors/device-offline.ts';
import { EXCUSED_MS } from '../detectors/silence-layers.ts';
import type { HomeFold } from '../home-fold.ts';
import type { HomeState } from '../home-state.ts';
import {
  atOnce,
  begins,
  ends,
  grows,
  homesNeeded,
  isOver,
  isWorthTelling,
  LEAST_NEEDED,
  type SilentHome,
  type StreetSilence,
} from '../supervision/street-silence.ts';
import { beginStreetOutage, changeStreetOutage, streetOutagesSince } from '../store/street-outages.ts';
import type { Committed } from './commit.ts';
import type { Home } from './home.ts';
import type { Homes } from './homes.ts';

export interface StreetWatchDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: Pool;
  readonly homes: Homes;
  readonly fold: HomeFold;
  readonly epoch: () => number;
  readonly raising: RaiseContext;
  readonly committed: (committed: Committed) => void;
}

/** Homes heard within this are live. */
const LIVE_MS = 15 * 60_000;
/**
 * An outage, and its end, are in force a little after they are decided: by then they are stored and every fold sees
 * them, so that a refold sees at each time what was seen (I4). Less than what a lost connection is given to come back.
 */
const EFFECT_MS = 2_000;
/** A goes-on that somebody resolved is said again this often (ThingsBoard #13050). */
const AGAIN_MS = 3_600_000;
const KEPT_MS = 3 * 24 * 3_600_000;
/** After a start, silent homes are known again once each has looked: no outage is over before. */
const KNOWN_AFTER_MS = EXCUSED_MS + 60_000;

interface Watched extends StreetSilence {
  readonly saidAt: number;
}

/**
 * Watches over streets: who has fallen silent is read from the states of homes as they are adopted; a street's silence
 * is one alert with a count, and while it lasts homes say nothing of theirs.
 */
export class StreetWatch {
  /** Ascending; handed to every fold. */
  readonly outages: StreetOutage[] = [];
  readonly #deps: StreetWatchDeps;
  /** Of the detector in the fold; -1: there is none, and nothing to watch. */
  readonly #place: number;
  readonly #silent = new Map<string, Map<string, SilentHome>>();
  readonly #ongoing = new Map<string, Watched>();
  #knownFrom = 0;

  constructor(deps: StreetWatchDeps) {
    this.#deps = deps;
    this.#place = deps.fold.detectors.findIndex(({ name }) => name === deviceOffline.name);
  }

  /** What the last owner knew; its outages go on. */
  async load(now: number): Promise<void> {
    const known = await streetOutagesSince(this.#deps.pool, now - KEPT_MS);
    this.outages.splice(0, this.outages.length, ...known);
    this.#silent.clear();
    this.#ongoing.clear();
    for (const { street, from, endsAt, homes } of known)
      if (endsAt === Infinity)
        this.#ongoing.set(street, { street, from, peak: homes, told: homes, saidAt: now });
    this.#knownFrom = now + (this.#ongoing.size > 0 ? KNOWN_AFTER_MS : 0);
  }

  /** A home has another state. Called for every message: it costs a comparison. */
  adopted(home: Home, before: HomeState | undefined, after: HomeState): void {
    const state = after.states[this.#place];
    if (this.#place < 0 || state === before?.states[this.#place]) return;
    const since = homeSilentSince(state);
    const street = after.profile?.street;
    if (street === undefined) return;
    const silent = this.#silent.get(street);
    if (since === null) silent?.delete(home.homeId);
    else if (silent?.has(home.homeId) !== true) {
      const noticed = { homeId: home.homeId, since, noticedAt: this.#deps.clock.now() };
      if (silent) silent.set(home.homeId, noticed);
      else this.#silent.set(street, new Map([[home.homeId, noticed]]));
    }
  }

  /** Every second, while we accept. */
  async round(): Promise<void> {
    const now = this.#deps.clock.now();
    for (const [street, silent] of this.#silent) {
      if (this.#ongoing.has(street) || silent.size < LEAST_NEEDED) continue;
      const together = atOnce([...silent.values()], now);
      if (together.length < LEAST_NEEDED || together.length < homesNeeded(this.#live(street, now))) continue;
      await this.#begin(street, together, now);
    }
    for (const watched of this.#ongoing.values()) await this.#goOn(watched, now);
  }

  async #begin(street: string, together: readonly SilentHome[], now: number): Promise<void> {
    const from = Math.min(...together.map(({ since }) => since));
    const outage = { street, from, beginsAt: now + EFFECT_MS, endsAt: Infinity };
    const homes = together.length;
    await this.#say(begins(this.#facts(street, homes, from, now, 1), together), (db) =>
      beginStreetOutage(db, outage, homes),
    );
    this.outages.push(outage);
    while ((this.outages[0]?.endsAt ?? Infinity) < now - KEPT_MS) this.outages.shift();
    this.#ongoing.set(street, { street, from, peak: homes, told: homes, saidAt: now });
    this.#deps.log.warn({ street, homes }, 'a street has fallen silent');
  }

  async #goOn(watched: Watched, now: number): Promise<void> {
    const { street, from } = watched;
    const silent = this.#silent.get(street);
    const still = silent?.size ?? 0;
    if (now >= this.#knownFrom && isOver(watched, still)) return this.#end(watched, still, now);
    const peak = Math.max(watched.peak, still);
    const again = now - watched.saidAt >= AGAIN_MS;
    if (!again && !isWorthTelling(watched, still)) {
      if (peak > watched.peak) this.#ongoing.set(street, { ...watched, peak });
      return;
    }
    const facts = this.#facts(street, still, from, now, 0);
    const signal = again ? begins(facts, [...(silent?.values() ?? [])]) : grows(facts);
    await this.#say(signal, (db) => changeStreetOutage(db, street, peak, Infinity));
    this.#ongoing.set(street, { ...watched, peak, told: Math.max(still, watched.told), saidAt: now });
  }

  async #end({ street, from, peak }: Watched, still: number, now: number): Promise<void> {
    const endsAt = now + EFFECT_MS;
    await this.#say(ends(this.#facts(street, peak, from, now, 0), still), (db) =>
      changeStreetOutage(db, street, peak, endsAt),
    );
    const place = this.outages.findIndex((outage) => outage.street === street && outage.endsAt === Infinity);
    const outage = this.outages[place];
    if (outage) this.outages[place] = { ...outage, endsAt };
    this.#ongoing.delete(street);
    this.#deps.log.info({ street, peak, still }, 'a street is back');
  }

  /** The alert and what a refold must know of it, in one transaction. */
  async #say(signal: Signal, store: (db: Queryable) => Promise<void>): Promise<void> {
    const { pool, raising, epoch, committed } = this.#deps;
    const result = await inTransaction(pool, async (db) => {
      await db.query({ text: 'select ingest_fence($1)', values: [epoch()] });
      await store(db);
      return raise(db, [signal], raising);
    });
    const { opened, joined, ignored } = result;
    committed({ alertIds: [], opened, joined, ignored });
  }

  #facts(street: string, homes: number, from: number, now: number, more: number) {
    return { street, homes, from, now, live: this.#live(street, now), streets: this.#ongoing.size + more };
  }

  /** Only ever counted while something is wrong. */
  #live(street: string, now: number): number {
    const silent = this.#silent.get(street);
    let live = silent?.size ?? 0;
    for (const home of this.#deps.homes.values())
      if (
        home.usedAt > now - LIVE_MS &&
        home.entry?.profile.street === street &&
        silent?.has(home.homeId) !== true
      )
        live += 1;
    return live;
  }
}
