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
} from './detectors/detector.ts';
import { latenessOf, LATENESS_MS } from './event-time/lateness.ts';
import { hold, isLate, releaseAtOf } from './event-time/reorder.ts';
import { type Timeliness, watermarkAt } from './event-time/watermark.ts';
import type { HomeState } from './home-state.ts';
import { homeAgain } from './home-profile.ts';

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
  readonly signals: Signal[];
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
  fold(state: HomeState, item: FoldItem, outages: readonly Outage[]): FoldResult;
  /** When a `timer` is wanted for this state. */
  wakeAt(state: HomeState): number;
}

const OUTAGES_KEPT_MS = 2 * 24 * 3_600_000;
/** A detector that asks for its next wake-up again and again without getting on is stopped. */
const MOST_WAKES = 10_000;

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
      detectors.flatMap(({ channels }, i) => ((channels?.includes(channel as Channel) ?? true) ? [i] : [])),
    ]),
  ) as Record<Channel, number[]>;

  const nextDue = (state: Draft | HomeState): number => {
    let due = state.held[0]?.releaseAt ?? Infinity;
    for (let i = 0; i < lags.length; i++) {
      const at = (state.wakes[i] ?? Infinity) + (lags[i] ?? 0);
      if (at < due) due = at;
    }
    const until = state.profile?.modeUntil ?? Infinity;
    return until < due ? until : due;
  };

  function fold(before: HomeState, item: FoldItem, outages: readonly Outage[]): FoldResult {
    const draft = new Draft(before, outages, local);
    const now = Math.max(before.now, item.now);
    advance(draft, now);
    draft.now = now;
    switch (item.kind) {
      case 'event':
        arrive(draft, item.event, now);
        break;
      case 'profile':
        draft.profile = item.profile;
        tell(draft, { kind: 'profile' }, now);
        break;
      case 'input':
        tell(draft, item.input, now);
        break;
      case 'timer':
        break;
    }
    return {
      state: draft.finish(),
      signals: draft.signals,
      wakeAt: nextDue(draft) + 1,
      faults: draft.faults,
    };
  }

  function advance(draft: Draft, now: number): void {
    for (let turns = 0; ; turns++) {
      const due = nextDue(draft);
      if (!(due < now)) return;
      if ((draft.profile?.modeUntil ?? Infinity) === due) {
        draft.profile = draft.profile && homeAgain(draft.profile);
        tell(draft, { kind: 'profile' }, due);
        continue;
      }
      const timer = detectors.findIndex((_, i) => (draft.wakes[i] ?? Infinity) + (lags[i] ?? 0) === due);
      if (timer >= 0) fire(draft, timer, due, turns);
      else release(draft, due);
    }
  }

  /** Deadlines before events of the same time: whoever is as late as the limit is too late. */
  function fire(draft: Draft, i: number, due: number, turns: number): void {
    const at = draft.wakes[i] ?? Infinity;
    draft.setWake(i, Infinity);
    if (turns > MOST_WAKES) {
      draft.faults.push({ detector: detectors[i]?.name ?? '', error: new Error('wakes without end') });
      return;
    }
    step(draft, i, due, (detector, state, context) => detector.onTime?.(state, at, context));
    if ((draft.wakes[i] ?? Infinity) <= at) draft.setWake(i, at + 1);
  }

  function release(draft: Draft, due: number): void {
    const [first, ...rest] = draft.held;
    draft.held = rest;
    if (first) deliver(draft, first.event, due);
  }

  function arrive(draft: Draft, event: DeviceEvent, now: number): void {
    draft.hear(event);
    if (LATENESS_MS[event.channel] > 0 && releaseAtOf(event) >= now) draft.held = hold(draft.held, event);
    else if (isLate(event, now)) deliver(draft, { ...event, marks: [...event.marks, 'late'] }, now);
    else deliver(draft, event, now);
  }

  function deliver(draft: Draft, event: DeviceEvent, at: number): void {
    for (const i of interested[event.channel])
      step(draft, i, at, (detector, state, context) => detector.step(state, event, context));
  }

  function tell(draft: Draft, input: HomeInput, at: number): void {
    for (let i = 0; i < detectors.length; i++)
      step(draft, i, at, (detector, state, context) => detector.onInput?.(state, input, context));
  }

  /** One rule's failure is not the next one's (the 智慧养老 platforms' `return` in the loop). */
  function step(
    draft: Draft,
    i: number,
    at: number,
    run: (detector: AnyDetector, state: unknown, context: StepContext) => Step<unknown> | undefined,
  ): void {
    const detector = detectors[i];
    if (!detector) return;
    try {
      const result = run(detector, draft.states[i], draft.contextAt(at));
      if (!result) return;
      if (result.state !== draft.states[i]) draft.setState(i, result.state);
      const wakeAt = result.wakeAt ?? Infinity;
      if (wakeAt !== draft.wakes[i]) draft.setWake(i, wakeAt);
      if (result.signals.length > 0) draft.signals.push(...result.signals);
    } catch (error) {
      draft.faults.push({ detector: detector.name, error });
    }
  }

  return { detectors, fold, wakeAt: (state) => nextDue(state) + 1 };
}

/** A state in the making; copies what it changes. Also the context of the step at hand: steps keep no hold of it. */
class Draft implements StepContext {
  now: number;
  profile: HomeProfile | null;
  held: HomeState['held'];
  devices: HomeState['devices'];
  states: readonly unknown[];
  wakes: readonly number[];
  readonly signals: Signal[] = [];
  readonly faults: Fault[] = [];
  readonly local: (ms: number) => LocalTime;
  readonly #before: HomeState;
  readonly #outages: readonly Outage[];

  constructor(before: HomeState, outages: readonly Outage[], local: (ms: number) => LocalTime) {
    this.#before = before;
    this.#outages = outages;
    this.local = local;
    this.now = before.now;
    this.profile = before.profile;
    this.held = before.held;
    this.devices = before.devices;
    this.states = before.states;
    this.wakes = before.wakes;
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
    return watermarkAt(Object.values(this.devices), this.now);
  }

  /** Only what had begun by then, so that a firing that comes late sees what it would have seen in time. */
  get outages(): readonly Outage[] {
    if (this.#outages.length === 0) return this.#outages;
    return this.#outages.filter(([from, to]) => from < this.now && to > this.now - OUTAGES_KEPT_MS);
  }

  heardAt(deviceId: string): number | undefined {
    return Object.hasOwn(this.devices, deviceId) ? this.devices[deviceId]?.[0] : undefined;
  }

  hear({ deviceId, receivedAt, occurredAt, will }: DeviceEvent): void {
    // A will is not the device speaking.
    if (will) return;
    const timeliness: Timeliness = [
      Math.max(receivedAt, this.heardAt(deviceId) ?? 0),
      Math.max(0, receivedAt - occurredAt),
    ];
    this.devices = { ...this.devices, [deviceId]: timeliness };
  }

  setState(i: number, state: unknown): void {
    if (this.states === this.#before.states) this.states = [...this.states];
    (this.states as unknown[])[i] = state;
  }

  setWake(i: number, wakeAt: number): void {
    if (this.wakes === this.#before.wakes) this.wakes = [...this.wakes];
    (this.wakes as number[])[i] = wakeAt;
  }

  finish(): HomeState {
    const { now, profile, devices, held, states, wakes } = this;
    return { now, profile, devices, held, states, wakes };
  }
}
