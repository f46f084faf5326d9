import type { Channel } from '../../schemas/channels.ts';
import type { DeviceEvent } from '../../schemas/inbound.ts';
import type { Mode, ResidentSettings } from '../../schemas/registry.ts';
import type { Signal } from '../../schemas/signal.ts';

/**
 * What a detector may know of a home. Pure data from the registry; no names, no addresses.
 * A home may have several residents: settings are already resolved (default → street → home → resident, the most
 * careful value of several residents), `mode` is the home's.
 */
export interface HomeProfile {
  homeId: string;
  street: string;
  /** `home` unless every resident is away; `test` if any resident is in `test`. */
  mode: Mode;
  /** ms since the epoch; null: no end. */
  modeUntil: number | null;
  /** Residents' oxygen scale; 2 only if every resident has 2. */
  spo2Scale: 1 | 2;
  settings: ResolvedSettings;
  /** Counts up with every change of the settings; alerts record it. */
  settingsVersion: number;
  /** A smart screen or robot lives here, so a suspected fall can be asked about. */
  canAsk: boolean;
  devices: ReadonlyMap<string, DeviceProfile>;
  /** How many people live here; absent: unknown. Measurements of several people are never mixed into one score. */
  residents?: number;
}

export interface DeviceProfile {
  deviceId: string;
  kind: string;
  zone?: string;
  /** Maker's name of the model, where the registry has it. */
  model?: string;
}

/** Every setting with a value, in the unit its name says. */
export type ResolvedSettings = {
  [Name in Exclude<keyof ResidentSettings, 'fence'>]-?: NonNullable<ResidentSettings[Name]>;
} & { fence: NonNullable<ResidentSettings['fence']> | null };

export interface StepContext {
  home: HomeProfile;
  /** ms since the epoch: no event older than this is still expected on time, by the slowest live device of the home. */
  watermark: number;
  /** Arrival time at which this fold happens, ms since the epoch; never goes back within one home. */
  now: number;
  /** Intervals in which we were not accepting (I13), [from, to), ms since the epoch, ascending, of the last two days. */
  outages: readonly (readonly [number, number])[];
  /** The home's street, or what has its gateway's model, is silent as a whole, as is known by `now`; absent: it is not. */
  streetOut?: StreetOutage | undefined;
  /**
   * When anything last arrived from a device, on our clock; undefined: never heard. Arrival, not event time: it says
   * whether a sensor is alive (I13). Kept by the fold for every device, so that no detector needs a copy.
   */
  heardAt(deviceId: string): number | undefined;
  /** Local civil time for waking hours and nights. Pure: the zone is a setting of the process. */
  local(ms: number): LocalTime;
}

/** A street, or homes with gateways of one model, from which nothing comes. ms since the epoch. */
export interface StreetOutage {
  /** Or `model:NAME` (`supervision/places.ts`). */
  readonly street: string;
  /** The first of its homes was last heard then. */
  readonly from: number;
  /** It was known as such in [beginsAt, endsAt); Infinity: it goes on. A fold as of another time does not see it. */
  readonly beginsAt: number;
  readonly endsAt: number;
}

export interface LocalTime {
  /** Minutes since local midnight, 0–1439. */
  minuteOfDay: number;
  /** 1 = Monday … 7 = Sunday. */
  weekday: number;
  /** Days since 1970-01-01 of the local date. */
  day: number;
}

export interface Step<S> {
  /** The same reference if nothing changed. Plain JSON: no undefined, no Map, no Date. */
  state: S;
  signals: readonly Signal[];
  /** Next time at which this detector wants `onTime`, ms since the epoch; absent: none. Replaces the former one. */
  wakeAt?: number;
}

/** Most steps conclude nothing: one list for all of them. */
export const NO_SIGNALS: readonly Signal[] = [];

/** What a home is told besides its devices' events. */
export type HomeInput =
  /** Mode, settings or devices of `context.home` have changed, or a mode has ended by its `modeUntil`. */
  | { kind: 'profile' }
  /** A person resolved an alert of this home: a condition that still holds re-opens after its quiet time. */
  | { kind: 'resolved'; dedupKey: string; alertId: string; disposition: string; at: number };

/**
 * One way of seeing an emergency. Pure: the same state, event and context always give the same step.
 * A new one is one file, one test file, one line in `registry.ts`.
 */
export interface Detector<S> {
  /** Key of its state in the home's snapshot; never reused for another meaning. */
  readonly name: string;
  /** Version of the state's form; `upgrade` reads older ones. */
  readonly version: number;
  /**
   * Channels whose events it wants; absent: all. It also says how late its timers are: `onTime(at)` comes once every
   * event of these channels that happened before `at` and came within its allowed lateness has been stepped.
   */
  readonly channels?: readonly Channel[];
  /** How late its timers are, where that is not for its channels to say, ms: 0 for one that goes by arrival alone. */
  readonly timerLatenessMs?: number;
  /**
   * Of its channels' events those that can concern it, whatever the state; absent: all. The others are not stepped, and
   * its wake-up stays as it is. Looked at for every event: a field or two.
   */
  concerns?(event: DeviceEvent): boolean;
  initial(): S;
  upgrade?(state: unknown, fromVersion: number): S;
  /** Of one read from a snapshot: puts back what a text cannot hold, such as that empty parts are one and the same. */
  revive?(state: S): S;
  /**
   * Events come in event-time order within the allowed lateness of their channel; later ones come as they are, with
   * the mark `late`. `context.home.mode` is the mode in force now: one that has ended is `home` again.
   */
  step(state: S, event: DeviceEvent, context: StepContext): Step<S>;
  /** `at`: the deadline that was asked for, even if it fires late: decide as of `at`. */
  onTime?(state: S, at: number, context: StepContext): Step<S>;
  onInput?(state: S, input: HomeInput, context: StepContext): Step<S>;
}

/** For registries that hold detectors of different states. */
export type AnyDetector = Detector<unknown>;
