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
  isOfTheModel,
  isOver,
  isWorthTelling,
  LEAST_NEEDED,
  type SilentHome,
  type StreetSilence,
} from '../supervision/street-silence.ts';
import { isAt, modelOf, modelsOf, placeOfModel } from '../supervision/places.ts';
import { type Fence, fenceCall } from '../store/fence.ts';
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
  readonly fence: () => Fence;
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

/** What one of several workers sees of its own homes. */
export interface Seen {
  readonly silent: readonly SilentHome[];
  /** Homes heard of late that are not silent. */
  readonly live: readonly {
    readonly street: string;
    readonly models: readonly string[];
    readonly homes: number;
  }[];
}

interface Watched extends StreetSilence {
  readonly saidAt: number;
}

/**
 * Watches over streets, and over models of gateways: who has fallen silent is read from the states of homes as they are
 * adopted; the silence of many is one alert with a count, and while it lasts homes say nothing of theirs.
 */
export class StreetWatch {
  /** Ascending; handed to every fold. */
  readonly outages: StreetOutage[] = [];
  readonly #deps: StreetWatchDeps;
  /** Of the detector in the fold; -1: there is none, and nothing to watch. */
  readonly #place: number;
  /** By place: a street, or a model of gateways. */
  readonly #silent = new Map<string, Map<string, SilentHome>>();
  readonly #ongoing = new Map<string, Watched>();
  #knownFrom = 0;
  #changes = 0;

  constructor(deps: StreetWatchDeps) {
    this.#deps = deps;
    this.#place = deps.fold.detectors.findIndex(({ name }) => name === deviceOffline.name);
  }

  /** What others have seen; only where several share a database. */
  others: readonly Seen[] = [];

  /** Everything is to be heard anew. */
  forget(): void {
    this.#silent.clear();
    this.#changes += 1;
  }

  /** Outages as whoever judges has stored them; in force for our folds, too. */
  async follow(now: number): Promise<Awaited<ReturnType<typeof streetOutagesSince>>> {
    const known = await streetOutagesSince(this.#deps.pool, now - KEPT_MS);
    this.outages.splice(0, this.outages.length, ...known);
    return known;
  }

  /** Homes are known anew somewhere: who is silent is known again once each has looked. */
  unsettled(now: number): void {
    if (this.#ongoing.size > 0) this.#knownFrom = Math.max(this.#knownFrom, now + KNOWN_AFTER_MS);
  }

  /** Grows whenever a home falls silent or is heard again. */
  get changes(): number {
    return this.#changes;
  }

  /** What we see, for another to judge. */
  seen(now: number): Seen {
    const silent = new Map<string, SilentHome>();
    for (const homes of this.#silent.values())
      for (const [homeId, home] of homes) if (!this.#deps.homes.find(homeId)?.gone) silent.set(homeId, home);
    const live = new Map<string, { street: string; models: string[]; homes: number }>();
    for (const { homeId, entry, usedAt } of this.#deps.homes.values()) {
      if (entry === undefined || usedAt <= now - LIVE_MS || silent.has(homeId)) continue;
      const { street } = entry.profile;
      const models = modelsOf(entry.profile);
      const key = [street, ...models].join('\n');
      const counted = live.get(key);
      if (counted) counted.homes += 1;
      else live.set(key, { street, models, homes: 1 });
    }
    return { silent: [...silent.values()], live: [...live.values()] };
  }

  /** No longer among ours. */
  dropped(home: Home): void {
    for (const silent of this.#silent.values()) if (silent.delete(home.homeId)) this.#changes += 1;
  }

  /** What the last one knew that judged; its outages go on. */
  async load(now: number): Promise<void> {
    const known = await this.follow(now);
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
    if (!after.profile || home.gone) return;
    this.#changes += 1;
    const { street } = after.profile;
    const models = modelsOf(after.profile);
    const noticed = {
      homeId: home.homeId,
      street,
      models,
      since: since ?? 0,
      noticedAt: this.#deps.clock.now(),
    };
    for (const place of [street, ...models.map(placeOfModel)]) {
      const silent = this.#silent.get(place);
      if (since === null) silent?.delete(home.homeId);
      else if (!silent) this.#silent.set(place, new Map([[home.homeId, noticed]]));
      else if (!silent.has(home.homeId)) silent.set(home.homeId, noticed);
    }
  }

  /** Every second, while we accept. */
  async round(): Promise<void> {
    const now = this.#deps.clock.now();
    // Models first: what they explain is no street's.
    const places = this.#places().sort((a, b) => Number(!modelOf(a)) - Number(!modelOf(b)));
    for (const place of places) {
      const silent = this.#silentAt(place);
      if (!silent || this.#ongoing.has(place) || silent.size < LEAST_NEEDED) continue;
      const together = atOnce([...silent.values()], now).filter((home) => !this.#isExplained(home, place));
      if (together.length < LEAST_NEEDED || !this.#isOutage(place, together, now)) continue;
      await this.#begin(place, together, now);
    }
    for (const watched of this.#ongoing.values()) await this.#goOn(watched, now);
  }

  /** Its silence is told already, of the model of its gateway or of its street. */
  #isExplained(home: SilentHome, place: string): boolean {
    if (modelOf(place) !== undefined) return this.#ongoing.has(home.street);
    return home.models.some((model) => this.#ongoing.has(placeOfModel(model)));
  }

  #isOutage(place: string, together: readonly SilentHome[], now: number): boolean {
    const model = modelOf(place);
    if (model === undefined) return together.length >= homesNeeded(this.#live(place, now));
    const streets = new Set(together.map(({ street }) => street));
    let othersSilent = 0;
    for (const street of streets)
      for (const home of this.#silentAt(street)?.values() ?? [])
        if (!home.models.includes(model)) othersSilent += 1;
    return isOfTheModel({
      silent: together.length,
      live: this.#live(place, now),
      streets: streets.size,
      othersSilent,
      othersLive: othersSilent + this.#othersLive(model, streets, now),
    });
  }

  #othersLive(model: string, streets: ReadonlySet<string>, now: number): number {
    let live = 0;
    for (const { entry, usedAt, homeId } of this.#deps.homes.values())
      if (
        entry &&
        usedAt > now - LIVE_MS &&
        streets.has(entry.profile.street) &&
        !modelsOf(entry.profile).includes(model) &&
        this.#silent.get(entry.profile.street)?.has(homeId) !== true
      )
        live += 1;
    for (const { live: counts } of this.others)
      for (const counted of counts)
        if (streets.has(counted.street) && !counted.models.includes(model)) live += counted.homes;
    return live;
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
    const silent = this.#silentAt(street);
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
    const { pool, raising, fence, committed } = this.#deps;
    const result = await inTransaction(pool, async (db) => {
      await db.query(`select ${fenceCall(fence())}`);
      await store(db);
      return raise(db, [signal], raising);
    });
    const { opened, joined, ignored } = result;
    committed({ alertIds: [], opened, joined, ignored });
  }

  #facts(place: string, homes: number, from: number, now: number, more: number) {
    const model = modelOf(place);
    const streets = [...this.#ongoing.keys()].filter((each) => modelOf(each) === undefined).length;
    return {
      street: model === undefined ? place : this.#mostlyIn(place),
      model,
      homes,
      from,
      now,
      live: this.#live(place, now),
      streets: model === undefined ? streets + more : 1,
    };
  }

  /** The street in which most of its silent homes are: an alert is shown to whoever looks after one. */
  #mostlyIn(place: string): string {
    const counts = new Map<string, number>();
    for (const { street } of this.#silentAt(place)?.values() ?? [])
      counts.set(street, (counts.get(street) ?? 0) + 1);
    return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0]?.[0] ?? '';
  }

  /** Only ever counted while something is wrong. */
  #live(street: string, now: number): number {
    const silent = this.#silentAt(street);
    let live = silent?.size ?? 0;
    for (const home of this.#deps.homes.values())
      if (
        home.usedAt > now - LIVE_MS &&
        home.entry !== undefined &&
        isAt(home.entry.profile, street) &&
        silent?.has(home.homeId) !== true
      )
        live += 1;
    const model = modelOf(street);
    for (const { live: counts } of this.others)
      for (const counted of counts)
        if (model === undefined ? counted.street === street : counted.models.includes(model))
          live += counted.homes;
    return live;
  }

  #places(): string[] {
    const places = new Set(this.#silent.keys());
    for (const { silent } of this.others)
      for (const { street, models } of silent)
        for (const place of [street, ...models.map(placeOfModel)]) places.add(place);
    return [...places];
  }

  /** Ours, and others'. */
  #silentAt(place: string): ReadonlyMap<string, SilentHome> | undefined {
    const ours = this.#silent.get(place);
    if (this.others.length === 0) return ours;
    const all = new Map(ours);
    const model = modelOf(place);
    for (const { silent } of this.others)
      for (const home of silent)
        if (model === undefined ? home.street === place : home.models.includes(model))
          all.set(home.homeId, home);
    return all;
  }
}
