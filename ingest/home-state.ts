import type { AnyDetector, DeviceProfile, HomeProfile } from './detectors/detector.ts';
import { type HeldEvent, HeldEvents } from './event-time/reorder.ts';
import type { Timeliness } from './event-time/watermark.ts';

/**
 * All that deciding about one home rests on. Immutable: a fold gives a new one, which is adopted after the commit and
 * dropped if there is none.
 */
export interface HomeState {
  /** Time of the last thing that was folded and is stored; never goes back. ms since the epoch. */
  readonly now: number;
  /** As it was told to the fold, so that a refold sees the same; null before the first telling. */
  readonly profile: HomeProfile | null;
  /** Devices that have been heard, in the order of their first word. */
  readonly heardIds: readonly string[];
  /** Two numbers each: when it was last heard, and how old its news was then (`Timeliness`). */
  readonly heard: readonly number[];
  readonly held: HeldEvents;
  /** By detector, in the registry's order. */
  readonly states: readonly unknown[];
  /** Deadlines that detectors asked for; Infinity: none. */
  readonly wakes: readonly number[];
  /** When the first of them is looked at, its detector's lateness included: known of `wakes`; NaN: to be looked for. */
  readonly nextWakeAt: number;
  /** The place of that detector; -1: none. */
  readonly nextWakeOf: number;
}

/** Form of the snapshot; a reader knows this one and all older ones. */
export const STATE_FORMAT = 1;

/** A snapshot: plain JSON, detectors by name, so that one may come or go between versions of the service. */
export interface HomeStateJson {
  now: number;
  profile: HomeProfileJson | null;
  devices: Record<string, Timeliness>;
  held: readonly HeldEvent[];
  detectors: Record<string, { v: number; s: unknown; wakeAt?: number }>;
  /** Time had been moved to here by firings that left nothing to store; what came before and is folded later finds it so. */
  firedUntil?: number;
}
export type HomeProfileJson = Omit<HomeProfile, 'devices'> & { devices: DeviceProfile[] };

export const initialState = (detectors: readonly AnyDetector[]): HomeState => ({
  now: 0,
  profile: null,
  heardIds: [],
  heard: [],
  held: HeldEvents.none,
  states: detectors.map((detector) => detector.initial()),
  wakes: detectors.map(() => Infinity),
  nextWakeAt: Infinity,
  nextWakeOf: -1,
});

export function stateToJson(detectors: readonly AnyDetector[], state: HomeState): HomeStateJson {
  const entries = detectors.map((detector, i) => {
    const wakeAt = state.wakes[i] ?? Infinity;
    return [
      detector.name,
      { v: detector.version, s: state.states[i], ...(wakeAt !== Infinity && { wakeAt }) },
    ] as const;
  });
  return {
    now: state.now,
    profile: state.profile && profileToJson(state.profile),
    devices: Object.fromEntries(
      state.heardIds.map((id, i): [string, Timeliness] => [
        id,
        [state.heard[i * 2] ?? 0, state.heard[i * 2 + 1] ?? 0],
      ]),
    ),
    held: state.held.toArray(),
    detectors: Object.fromEntries(entries),
  };
}

export function stateFromJson(detectors: readonly AnyDetector[], json: HomeStateJson): HomeState {
  return {
    now: json.now,
    profile: json.profile && profileFromJson(json.profile),
    heardIds: Object.keys(json.devices),
    heard: Object.values(json.devices).flat(),
    held: HeldEvents.of(json.held),
    states: detectors.map((detector) => {
      const stored = json.detectors[detector.name];
      if (stored === undefined) return detector.initial();
      if (stored.v !== detector.version && !detector.upgrade) return detector.initial();
      const state = stored.v === detector.version ? stored.s : detector.upgrade?.(stored.s, stored.v);
      return detector.revive ? detector.revive(state) : state;
    }),
    wakes: detectors.map((detector) => json.detectors[detector.name]?.wakeAt ?? Infinity),
    nextWakeAt: NaN,
    nextWakeOf: -1,
  };
}

export const profileToJson = (profile: HomeProfile): HomeProfileJson => ({
  ...profile,
  devices: [...profile.devices.values()],
});

export const profileFromJson = (json: HomeProfileJson): HomeProfile => ({
  ...json,
  devices: new Map(json.devices.map((device) => [device.deviceId, device])),
});
