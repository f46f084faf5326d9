import type { Channel } from '../schemas/channels.ts';
import type { DeviceEvent } from '../schemas/inbound.ts';
import type { Signal } from '../schemas/signal.ts';
import type {
  AnyDetector,
  HomeInput,
  HomeProfile,
  LocalTime,
  Step,
  StepContext,
  StreetOutage,
} from './detectors/detector.ts';
import { latenessOf, LATENESS_MS } from './event-time/lateness.ts';
import { type HeldEvent, HeldEvents, isLate, MOST_HELD } from './event-time/reorder.ts';
import { watermarkAt } from './event-time/watermark.ts';
import type { HomeState } from './home-state.ts';
import { homeAgain } from './home-profile.ts';
import { isAt } from './supervision/places.ts';

/**
 * What happens to a home, in the order of its shard. `now`: arrival of an event, time of an input or of a firing.
 */
export type FoldItem =
  | { readonly kind: 'event'; readonly event: DeviceEvent; readonly now: number }
  /** Time has come to look. Stored only if something came of it: see `fold`. */
  | { readonly kind: 'timer'; readonly now: number }
  | { readonly kind: 'profile'; readonly profile: HomeProfile; readonly now: number }
  | { readonly kind: 'input'; readonly input: HomeInput; readonly now: number };

export interface FoldResult {
  readonly state: HomeState;
  readonly signals: readonly Signal[];
  /** When a `timer` is wanted; Infinity: never. */
  readonly wakeAt: number;
  /** Detectors that threw; their state is as before, the others have had their say. */
  readonly faults: readonly Fault[];
}
export interface Fault {
  readonly detector: string;
  readonly error: unknown;
}

export type Outage = readonly [from: number, to: number];

export interface HomeFold {
  readonly detectors: readonly AnyDetector[];
  /** `outages`: our own (I13); `streets`: of whole streets, whatever the home's own. */
  fold(
    state: HomeState,
    item: FoldItem,
    outages: readonly Outage[],
    streets?: readonly StreetOutage[],
  ): FoldResult;
  /** When a `timer` is wanted for this state. */
  wakeAt(state: HomeState): number;
}

const NO_SIGNALS: readonly Signal[] = [];
const NO_OUTAGES: readonly Outage[] = [];
const NO_FAULTS: readonly Fault[] = [];
const NO_STREETS: readonly StreetOutage[] = [];
const OUTAGES_KEPT_MS = 2 * 24 * 3_600_000;
/** A detector that asks for its next wake-up again and again without getting on is stopped. */
const MOST_WAKES = 10_000;

/** A detector that looks at a channel, at its place in the registry. */
interface Interested {
  readonly i: number;
  readonly detector: AnyDetector;
  /** The detector's own, here because all of these are of one shape: fourteen detectors are of fourteen. */
  readonly step: AnyDetector['step'];
  readonly concerns: AnyDetector['concerns'];
}

/**
 * One home's detectors over one home's state. Pure.
 *
 * Time moves first: everything due strictly before `now` (held events, deadlines) happens, in order, each as of its own
 * time. So a firing changes nothing that the next event would not have changed anyway, moving in two steps is the same
 * as moving in one, and only firings that yield signals need be stored for a refold to be exact (I4).
 */
export function createHomeFold(
  detectors: readonly AnyDetector[],
  local: (ms: number) => LocalTime,
): HomeFold {
  const lags = detectors.map((detector) => detector.timerLatenessMs ?? latenessOf(detector.channels));
  const interested = Object.fromEntries(
    Object.keys(LATENESS_MS).map((channel) => [
      channel,
      detectors.flatMap((detector, i): Interested[] => {
        const { channels } = detector;
        if (channels !== undefined && !channels.includes(channel as Channel)) return [];
        return [{ i, detector, step: detector.step, concerns: detector.concerns }];
      }),
    ]),
  ) as Record<Channel, Interested[]>;

  /** A fold is never in the midst of another: one draft, used again, for all homes. */
  const draft = new Draft(local, lags);

  const nextDue = (): number => {
    const until = draft.profile?.modeUntil ?? Infinity;
    const wakeAt = draft.nextWake();
    const due = until < wakeAt ? until : wakeAt;
    const { firstRelease } = draft;
    return firstRelease < due ? firstRelease : due;
  };

  function fold(
    before: HomeState,
    item: FoldItem,
    outages: readonly Outage[],
    streets: readonly StreetOutage[] = NO_STREETS,
  ): FoldResult {
    draft.begin(before, outages, streets);
    const now = Math.max(before.now, item.now);
    advance(now);
    draft.now = now;
    switch (item.kind) {
      case 'event':
        arrive(item.event, now);
        break;
      case 'profile':
        draft.profile = item.profile;
        tell({ kind: 'profile' }, now);
        break;
      case 'input':
        tell(item.input, now);
        break;
      case 'timer':
        break;
    }
    const wakeAt = nextDue() + 1;
    return { state: draft.finish(), signals: draft.signals, wakeAt, faults: draft.faults };
  }

  function advance(now: number): void {
    for (let turns = 0; ; turns++) {
      const due = nextDue();
      if (!(due < now)) return;
      if ((draft.profile?.modeUntil ?? Infinity) === due) {
        draft.profile = draft.profile && homeAgain(draft.profile);
        tell({ kind: 'profile' }, due);
        continue;
      }
      if (draft.nextWake() === due) fire(draft.nextWakeOf, due, turns);
      else deliver(draft.release(), due);
    }
  }

  /** Deadlines before events of the same time: whoever is as late as the limit is too late. */
  function fire(i: number, due: number, turns: number): void {
    const detector = detectors[i];
    const at = draft.wakes[i] ?? Infinity;
    draft.setWake(i, Infinity);
    if (!detector?.onTime) return;
    if (turns > MOST_WAKES) {
      draft.fault(detector.name, new Error('wakes without end'));
      return;
    }
    try {
      draft.apply(i, detector.onTime(draft.states[i], at, draft.contextAt(due)));
    } catch (error) {
      draft.fault(detector.name, error);
    }
    if ((draft.wakes[i] ?? Infinity) <= at) draft.setWake(i, at + 1);
  }

  function arrive(event: DeviceEvent, now: number): void {
    draft.hear(event);
    const latenessMs = LATENESS_MS[event.channel];
    if (latenessMs > 0 && event.occurredAt + latenessMs >= now) {
      draft.hold(event);
      if (draft.held.length > MOST_HELD) deliver(draft.release(), now);
    } else if (isLate(event, now)) deliver({ ...event, marks: [...event.marks, 'late'] }, now);
    else deliver(event, now);
  }

  /** One rule's failure is not the next one's (the 智慧养老 platforms' `return` in the loop). */
  function deliver(event: DeviceEvent, at: number): void {
    const context = draft.contextAt(at);
    const places = interested[event.channel];
    for (let n = 0; n < places.length; n++) {
      const { i, detector, step, concerns } = places[n] as Interested;
      try {
        if (concerns !== undefined && !concerns.call(detector, event)) continue;
        draft.apply(i, step.call(detector, draft.states[i], event, context));
      } catch (error) {
        draft.fault(detector.name, error);
      }
    }
  }

  function tell(input: HomeInput, at: number): void {
    const context = draft.contextAt(at);
    for (const [i, detector] of detectors.entries()) {
      if (!detector.onInput) continue;
      try {
        draft.apply(i, detector.onInput(draft.states[i], input, context));
      } catch (error) {
        draft.fault(detector.name, error);
      }
    }
  }

  const wakeAt = (state: HomeState): number => {
    draft.begin(state, NO_OUTAGES, NO_STREETS);
    return nextDue() + 1;
  };
  return { detectors, fold, wakeAt };
}

/**
 * A state in the making; copies what it changes, and never writes to what it was begun from. Also the context of the step
 * at hand: steps keep no hold of it.
 */
class Draft implements StepContext {
  now = 0;
  profile: HomeProfile | null = null;
  held = HeldEvents.none;
  heardIds: HomeState['heardIds'] = [];
  heard: readonly number[] = [];
  states: readonly unknown[] = [];
  wakes: readonly number[] = [];
  signals = NO_SIGNALS;
  faults = NO_FAULTS;
  /** The detector whose deadline comes first; known after `nextWake`. */
  nextWakeOf = -1;
  /** When that is due; NaN: to be looked for. */
  #nextWake = NaN;
  /** Whose `states` and `wakes` are copied before they are written to. */
  #states: readonly unknown[] = [];
  #wakes: readonly number[] = [];
  #outages = NO_OUTAGES;
  #streets = NO_STREETS;
  readonly local: (ms: number) => LocalTime;
  readonly #lags: readonly number[];

  constructor(local: (ms: number) => LocalTime, lags: readonly number[]) {
    this.local = local;
    this.#lags = lags;
  }

  begin(before: HomeState, outages: readonly Outage[], streets: readonly StreetOutage[]): void {
    this.#outages = outages;
    this.#streets = streets;
    this.now = before.now;
    this.profile = before.profile;
    this.held = before.held;
    this.heardIds = before.heardIds;
    this.heard = before.heard;
    this.states = this.#states = before.states;
    this.wakes = this.#wakes = before.wakes;
    this.#nextWake = before.nextWakeAt;
    this.nextWakeOf = before.nextWakeOf;
    this.signals = NO_SIGNALS;
    this.faults = NO_FAULTS;
  }

  contextAt(at: number): this {
    this.now = at;
    return this;
  }

  get home(): HomeProfile {
    if (!this.profile) throw new Error('a home is folded before its profile is told');
    return this.profile;
  }

  get watermark(): number {
    return watermarkAt(this.heard, this.now);
  }

  /**
   * Only what had begun by then, and as much of it as had passed: so a firing that comes late sees what it would have
   * seen in time, and a refold what was seen while nobody knew how long it would last.
   */
  get outages(): readonly Outage[] {
    if (this.#outages.length === 0) return this.#outages;
    const { now } = this;
    return this.#outages
      .filter(([from, to]) => from < now && to > now - OUTAGES_KEPT_MS)
      .map((outage) => (outage[1] > now ? [outage[0], now] : outage));
  }

  get streetOut(): StreetOutage | undefined {
    if (this.#streets.length === 0) return undefined;
    return this.#streets.find(
      (out) => out.beginsAt <= this.now && this.now < out.endsAt && isAt(this.home, out.street),
    );
  }

  heardAt(deviceId: string): number | undefined {
    const i = this.#placeOf(deviceId);
    return i < 0 ? undefined : this.heard[i * 2];
  }

  #placeOf(deviceId: string): number {
    const ids = this.heardIds;
    for (let i = 0; i < ids.length; i++) if (ids[i] === deviceId) return i;
    return -1;
  }

  hear({ deviceId, receivedAt, occurredAt, will }: DeviceEvent): void {
    // A will is not the device speaking.
    if (will) return;
    const lagMs = Math.max(0, receivedAt - occurredAt);
    const i = this.#placeOf(deviceId);
    if (i < 0) {
      this.heardIds = [...this.heardIds, deviceId];
      this.heard = [...this.heard, receivedAt, lagMs];
      return;
    }
    const heard = this.heard.slice();
    heard[i * 2] = Math.max(receivedAt, heard[i * 2] ?? 0);
    heard[i * 2 + 1] = lagMs;
    this.heard = heard;
  }

  hold(event: DeviceEvent): void {
    this.held = this.held.with(event);
  }

  /** The first of those held. */
  release(): DeviceEvent {
    const { event } = this.held.first as HeldEvent;
    this.held = this.held.withoutFirst();
    return event;
  }

  apply(i: number, { state, signals, wakeAt = Infinity }: Step<unknown>): void {
    if (state !== this.states[i]) {
      if (this.states === this.#states) this.states = this.states.slice();
      (this.states as unknown[])[i] = state;
    }
    if (wakeAt !== this.wakes[i]) this.setWake(i, wakeAt);
    if (signals.length > 0) this.signals = [...this.signals, ...signals];
  }

  fault(detector: string, error: unknown): void {
    this.faults = [...this.faults, { detector, error }];
  }

  get firstRelease(): number {
    return this.held.first?.releaseAt ?? Infinity;
  }

  /** Looked for once, and again only after a deadline has changed. */
  nextWake(): number {
    if (!Number.isNaN(this.#nextWake)) return this.#nextWake;
    const { wakes } = this;
    let next = Infinity;
    let of = -1;
    for (let i = 0; i < wakes.length; i++) {
      const due = (wakes[i] ?? Infinity) + (this.#lags[i] ?? 0);
      if (due < next) {
        next = due;
        of = i;
      }
    }
    this.nextWakeOf = of;
    this.#nextWake = next;
    return next;
  }

  setWake(i: number, wakeAt: number): void {
    if (this.wakes === this.#wakes) this.wakes = this.wakes.slice();
    (this.wakes as number[])[i] = wakeAt;
    const due = wakeAt + (this.#lags[i] ?? 0);
    if (due < this.#nextWake || (due === this.#nextWake && i < this.nextWakeOf)) {
      this.#nextWake = due;
      this.nextWakeOf = i;
    } else if (i === this.nextWakeOf && due !== this.#nextWake) this.#nextWake = NaN;
  }

  finish(): HomeState {
    const { now, profile, heardIds, heard, held, states, wakes } = this;
    const nextWakeAt = this.nextWake();
    const { nextWakeOf } = this;
    return { now, profile, heardIds, heard, held, states, wakes, nextWakeAt, nextWakeOf };
  }
}
