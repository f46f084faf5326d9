import type { DeviceEvent } from '../../schemas/inbound.ts';
import type { Signal } from '../../schemas/signal.ts';
import type { Detector, HomeInput, HomeProfile, StepContext } from '../../ingest/detectors/detector.ts';
import { recordedLocal } from './home.ts';

export interface Played {
  signal: Signal;
  /** When it was concluded, ms. */
  at: number;
}

/**
 * One detector of one home, fed by hand: the fold's rules (timers before the events they precede, state as JSON,
 * one wake-up), without its stores. For recordings, where events come in order.
 */
export class Player<S> {
  readonly played: Played[] = [];
  state: S;
  outages: readonly (readonly [number, number])[] = [];
  home: HomeProfile;
  private wakeAt: number | undefined;
  private readonly heard = new Map<string, number>();
  private readonly detector: Detector<S>;

  constructor(detector: Detector<S>, home: HomeProfile) {
    this.detector = detector;
    this.home = home;
    this.state = detector.initial();
  }

  /** A copy that goes its own way from here. States are immutable, so this is cheap. */
  fork(): Player<S> {
    const copy = new Player(this.detector, this.home);
    copy.state = this.state;
    copy.wakeAt = this.wakeAt;
    copy.outages = this.outages;
    for (const [deviceId, at] of this.heard) copy.heard.set(deviceId, at);
    copy.played.push(...this.played);
    return copy;
  }

  step(event: DeviceEvent): void {
    this.until(event.receivedAt);
    this.heard.set(event.deviceId, event.receivedAt);
    if (this.detector.channels && !this.detector.channels.includes(event.channel)) return;
    this.adopt(this.detector.step(this.state, event, this.context(event.receivedAt)), event.receivedAt);
  }

  input(input: HomeInput, at: number): void {
    this.until(at);
    const step = this.detector.onInput?.(this.state, input, this.context(at));
    if (step) this.adopt(step, at);
  }

  /** Lets time pass up to, not including, `at`: fires the timers that are due before. */
  until(at: number): void {
    while (this.wakeAt !== undefined && this.wakeAt < at && this.detector.onTime) {
      const due = this.wakeAt;
      this.wakeAt = undefined;
      this.adopt(this.detector.onTime(this.state, due, this.context(due)), due);
      if (this.wakeAt !== undefined && this.wakeAt <= due)
        throw new Error(`${this.detector.name} wakes at ${due} again`);
    }
  }

  private adopt(step: { state: S; signals: readonly Signal[]; wakeAt?: number }, at: number): void {
    this.state = step.state;
    this.wakeAt = step.wakeAt;
    for (const signal of step.signals) this.played.push({ signal, at });
  }

  private context(now: number): StepContext {
    return {
      home: this.home,
      watermark: now,
      now,
      outages: this.outages,
      heardAt: (deviceId) => this.heard.get(deviceId),
      local: recordedLocal,
    };
  }
}
