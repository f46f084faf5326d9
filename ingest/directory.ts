import type { HomeFacts } from '../alerts/decide-signal.ts';
import type { Clock } from '../platform/clock.ts';
import { isRetryable } from '../platform/database.ts';
import type { Log } from '../platform/log.ts';
import { withheldBy } from './decode/consent.ts';
import type { RegisteredDevice, RegisteredHome } from './decode/decode.ts';
import type { HomeProfile } from './detectors/detector.ts';
import { kindWord, profileOf } from './home-profile.ts';
import type { RegistryHome } from './store/registry-rows.ts';

/** A home as ingest knows it from the registry: for decoding, for its detectors, for its alerts. Immutable. */
export interface HomeEntry extends RegisteredHome {
  readonly homeNo: number;
  readonly profile: HomeProfile;
  readonly facts: HomeFacts;
  readonly loadedAt: number;
}

/** What the directory asks the database; a port, so that it can be tried without one. */
export interface RegistryReader {
  homes(homeIds: readonly string[]): Promise<RegistryHome[]>;
  homesOf(what: 'device' | 'resident', id: string): Promise<string[]>;
}

/** That a home or device is not there is believed for so long. */
export const NEGATIVE_MS = 300;
/** Homes asked for in one statement. */
const BATCH = 500;
const RETRY_MS = 200;

/**
 * Homes, their devices and residents, cached. What is cached goes on being used while the database is away; what is not
 * waits until it is back. A change announced on `registry` drops the home, and the next use loads it anew.
 */
export class Directory {
  readonly #reader: RegistryReader;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #consentRequired: boolean;
  readonly #homes = new Map<string, HomeEntry>();
  readonly #absent = new Map<string, number>();
  readonly #stale = new Set<string>();
  #waiting = new Map<string, ((entry: HomeEntry | null) => void)[]>();
  #loading = false;
  #closed = false;
  /** Counts changes, so that what was read before one is not kept after it. */
  #changes = 0;

  /** `consentRequired`: the lack of a yes is a no. */
  constructor(reader: RegistryReader, clock: Clock, log: Log, consentRequired = false) {
    this.#consentRequired = consentRequired;
    this.#reader = reader;
    this.#clock = clock;
    this.#log = log;
  }

  get size(): number {
    return this.#homes.size;
  }

  /** The home if it is known for sure at this moment, null if it is known to be absent; undefined: `load` it. */
  peek(homeId: string): HomeEntry | null | undefined {
    const entry = this.#homes.get(homeId);
    if (entry) return this.#stale.has(homeId) ? undefined : entry;
    const absentAt = this.#absent.get(homeId);
    return absentAt !== undefined && this.#clock.now() - absentAt < NEGATIVE_MS ? null : undefined;
  }

  /** From the database. While that is away: what was known before, else it waits. */
  load(homeId: string): Promise<HomeEntry | null> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(homeId);
      if (waiting) waiting.push(resolve);
      else this.#waiting.set(homeId, [resolve]);
      if (this.#loading) return;
      this.#loading = true;
      setImmediate(() => void this.#loadAll());
    });
  }

  /** A device is missing from a home that is cached: perhaps it has just been registered. */
  doubt(homeId: string): void {
    const entry = this.#homes.get(homeId);
    if (entry && this.#clock.now() - entry.loadedAt >= NEGATIVE_MS) this.#stale.add(homeId);
  }

  forget(homeId: string): void {
    this.#homes.delete(homeId);
    this.#stale.delete(homeId);
  }

  /** Payload of NOTIFY `registry`: `home:ID`, `device:ID`, `resident:ID`, `street:NAME`; others are none of ours. */
  changed(what: string): void {
    this.#changes += 1;
    const colon = what.indexOf(':');
    const [kind, id] = [what.slice(0, colon), what.slice(colon + 1)];
    // Whoever moves a device or resident names the homes, too; this is for one who does not.
    if (kind === 'home') this.#drop(id);
    else if (kind === 'street') {
      for (const { homeId, profile } of this.#homes.values())
        if (profile.street === id) this.#stale.add(homeId);
    } else if (kind === 'device' || kind === 'resident')
      this.#reader.homesOf(kind, id).then(
        (homeIds) => homeIds.forEach((homeId) => this.#drop(homeId)),
        () => this.changedEverything(),
      );
  }

  /** Announcements may have been missed. */
  changedEverything(): void {
    this.#changes += 1;
    this.#absent.clear();
    for (const homeId of this.#homes.keys()) this.#stale.add(homeId);
  }

  close(): void {
    this.#closed = true;
  }

  #drop(homeId: string): void {
    this.#changes += 1;
    this.#absent.delete(homeId);
    if (this.#homes.has(homeId)) this.#stale.add(homeId);
  }

  async #loadAll(): Promise<void> {
    while (this.#waiting.size > 0 && !this.#closed) {
      const ids = [...this.#waiting.keys()].slice(0, BATCH);
      const changes = this.#changes;
      try {
        const homes = await this.#reader.homes(ids);
        this.#keep(ids, homes, changes === this.#changes);
        this.#answer(ids);
      } catch (error) {
        if (!isRetryable(error)) this.#log.error({ err: error }, 'the registry cannot be read');
        this.#answer(ids.filter((id) => this.#homes.has(id)));
        await new Promise<void>((resolve) => void this.#clock.setTimer(RETRY_MS, resolve));
      }
    }
    this.#loading = false;
  }

  #keep(ids: readonly string[], homes: readonly RegistryHome[], fresh: boolean): void {
    const now = this.#clock.now();
    const absent = new Set(ids);
    for (const home of homes) {
      absent.delete(home.homeId);
      this.#homes.set(home.homeId, entryOf(home, now, this.#consentRequired));
      // Something changed while we read: good enough for this once, to be read again next time
      if (fresh) this.#stale.delete(home.homeId);
      else this.#stale.add(home.homeId);
    }
    for (const homeId of absent) {
      this.forget(homeId);
      this.#absent.set(homeId, now);
    }
    if (this.#absent.size > 10_000) this.#absent.clear();
  }

  #answer(ids: readonly string[]): void {
    for (const id of ids) {
      const waiting = this.#waiting.get(id) ?? [];
      this.#waiting.delete(id);
      for (const resolve of waiting) resolve(this.#homes.get(id) ?? null);
    }
  }
}

export function entryOf(home: RegistryHome, now: number, consentRequired = false): HomeEntry {
  const profile = profileOf(home, home.residents, home.devices, now);
  const devices = new Map<string, RegisteredDevice>();
  const external = new Map<string, RegisteredDevice>();
  for (const { deviceId, deviceNo, kind, zone, externalId } of home.devices) {
    const device: RegisteredDevice = {
      deviceId,
      deviceNo,
      kind: kindWord(kind),
      ...(zone !== null && { zone }),
    };
    devices.set(deviceId, device);
    if (externalId !== null) external.set(externalId, device);
  }
  const living = home.residents.filter((resident) => !resident.retired);
  return {
    homeId: home.homeId,
    homeNo: home.homeNo,
    profile,
    facts: {
      residentId: living.length === 1 ? (living[0]?.residentId ?? null) : null,
      canAsk: profile.canAsk,
      verifyWindowMs: profile.settings.verifyWindowS * 1000,
      ...(home.synthetic === true && { synthetic: true }),
    },
    loadedAt: now,
    device: (deviceId) => devices.get(deviceId),
    external: (externalId) => external.get(externalId),
    withheld: withheldBy(
      living.map(({ consents }) => consents ?? []),
      consentRequired,
    ),
  };
}
