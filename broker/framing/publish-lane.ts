import type { InboundMessage, Intake, Outcome, Receipt } from '../../schemas/inbound.ts';
import type { WindowLimits } from '../limits.ts';
import { Fifo } from './fifo.ts';
import { mayRelease, mayResume, maySubmit, mustPause, type Waiting } from './publish-window.ts';
import type { SharedPressure } from './shared-pressure.ts';

export interface LaneOptions {
  readonly intake: Intake;
  readonly limits: WindowLimits;
  readonly pressure: SharedPressure;
  readonly now: () => number;
  /** Something may have come to the head that `next` hands out. */
  readonly onReady: () => void;
  /** There is room again after `full` was true. */
  readonly onRoom: () => void;
  /** The intake gave up on a message: it will not be stored, so nothing may be acknowledged any more. */
  readonly onRejected: (error: unknown) => void;
}

interface Held<F> {
  readonly message: InboundMessage;
  readonly entry: Entry<F>;
  readonly onSubmitted: ((acceptance: Promise<Outcome>) => void) | undefined;
}

const SLOW_MS = 2_000;
/** What a payload costs beside its bytes while it waits. */
const OVERHEAD_BYTES = 512;

/**
 * The publishes of one connection between the wire and aedes: handed to the intake at once (or, beyond the window, held
 * back, presses excepted), handed on in order of arrival, each only when its acceptance has resolved (I1).
 */
export class PublishLane<F> implements Waiting {
  submitted = 0;
  submittedBytes = 0;
  heldBytes = 0;
  unforwarded = 0;
  unforwardedBytes = 0;
  /** When an acceptance last took so long that clients may have lost patience. */
  slowAt = -Infinity;
  readonly #options: LaneOptions;
  readonly #order = new Fifo<Entry<F>>();
  /** What passes the order, while something in it waits. */
  readonly #ahead = new Fifo<F>();
  readonly #held = new Fifo<Held<F>>();
  /** Entries of the order that are not accepted. */
  #unaccepted = 0;
  #dropped = false;
  #last: F | undefined;
  #full = false;
  #quiet = false;
  #readyCalled = false;
  #settled: (() => void)[] = [];

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get held(): number {
    return this.#held.size;
  }

  /** Whether a message would be held back now unless it is urgent. */
  congested(bytes: number): boolean {
    const { limits, pressure } = this.#options;
    return !maySubmit(this, bytes, limits, pressure);
  }

  /** Whether anything that must be handed on in order waits for an acceptance. */
  get waiting(): boolean {
    return this.#unaccepted > 0;
  }

  /** Whether no more should be read; `onRoom` tells when that has passed. */
  get full(): boolean {
    const { limits, pressure } = this.#options;
    if (!mustPause(this, limits, pressure)) return false;
    this.#full = true;
    if (pressure.overfull) pressure.whenLower(this.#retry);
    return true;
  }

  /**
   * Takes a message. `forward` is handed out by `next` once it is accepted; without one nothing is (QoS 0).
   * `onSubmitted` gets the acceptance as soon as the intake has the message.
   */
  take(
    message: InboundMessage,
    urgent: boolean,
    forward: F | undefined,
    onSubmitted?: (acceptance: Promise<Outcome>) => void,
  ): void {
    const { pressure } = this.#options;
    const bytes = sizeOf(message);
    const entry = this.#enter(forward, bytes, message.receivedAt);
    if (urgent || !this.congested(bytes)) {
      this.#submit(message, entry, onSubmitted);
      return;
    }
    this.#held.push({ message, entry, onSubmitted });
    this.heldBytes += bytes;
    pressure.add(bytes + OVERHEAD_BYTES);
    if (pressure.saturated) pressure.whenLower(this.#retry);
  }

  /** As `take`, for a message that the intake already has: a repeat of a QoS 2 publish. */
  follow(acceptance: Promise<Outcome>, forward: F): void {
    const entry = this.#enter(forward, 0, Infinity);
    this.#begin(entry);
    acceptance.then(
      () => entry.accepted(),
      (error: unknown) => entry.refused(error),
    );
  }

  /** Something that needs no acceptance, and need not wait for others': behind what of its kind came before it. */
  pass(forward: F): void {
    if (this.#unaccepted === 0 && this.#ahead.size === 0) return this.append(forward);
    this.#ahead.push(forward);
    this.unforwarded += 1;
    this.#ready();
  }

  /** Something that needs no acceptance, behind everything that came before it. */
  append(forward: F): void {
    const entry = new Entry(this, forward, 0, Infinity);
    entry.isAccepted = true;
    this.#order.push(entry);
    this.unforwarded += 1;
    this.#ready();
  }

  /** Handed out when there is nothing else any more. */
  finish(forward: F): void {
    this.#last = forward;
    this.#ready();
  }

  /** The next in order if it has been accepted, or else what may pass it. */
  next(): F | undefined {
    const entry = this.#order.peek();
    const inOrder = entry?.isAccepted === true ? this.#order.shift() : undefined;
    const forward = inOrder === undefined ? this.#ahead.shift() : inOrder.forward;
    if (forward === undefined) return entry === undefined ? this.#takeLast() : undefined;
    this.unforwarded -= 1;
    this.unforwardedBytes -= inOrder?.bytes ?? 0;
    if (this.#full) this.#offerRoom();
    return forward;
  }

  /** Nothing more is submitted; what the intake has is still handed on. */
  quiesce(): void {
    this.#quiet = true;
  }

  /** The connection is gone: nothing will be handed on. What the intake has it keeps; what was held back is let go. */
  drop(): void {
    this.#dropped = true;
    this.#order.clear();
    this.#ahead.clear();
    this.#last = undefined;
    this.unforwarded = 0;
    this.unforwardedBytes = 0;
    const { pressure } = this.#options;
    pressure.add(-this.heldBytes - this.#held.size * OVERHEAD_BYTES);
    pressure.forget(this.#retry);
    this.heldBytes = 0;
    this.#held.clear();
  }

  /** Resolves when the intake has nothing of this connection any more. */
  settled(): Promise<void> {
    return this.submitted === 0 ? Promise.resolve() : new Promise((resolve) => this.#settled.push(resolve));
  }

  #takeLast(): F | undefined {
    const last = this.#last;
    this.#last = undefined;
    return last;
  }

  #enter(forward: F | undefined, bytes: number, receivedAt: number): Entry<F> {
    const entry = new Entry<F>(this, forward, bytes, receivedAt);
    if (forward !== undefined) {
      this.#order.push(entry);
      this.#unaccepted += 1;
    }
    return entry;
  }

  #submit(
    message: InboundMessage,
    entry: Entry<F>,
    onSubmitted: ((acceptance: Promise<Outcome>) => void) | undefined,
  ): void {
    const { intake } = this.#options;
    this.#begin(entry);
    if (onSubmitted === undefined && intake.submit !== undefined) return intake.submit(message, entry);
    const acceptance = intake.accept(message);
    onSubmitted?.(acceptance);
    acceptance.then(
      () => entry.accepted(),
      (error: unknown) => entry.refused(error),
    );
  }

  #begin({ bytes }: Entry<F>): void {
    this.submitted += 1;
    this.submittedBytes += bytes;
    this.#options.pressure.add(bytes + OVERHEAD_BYTES);
  }

  /** What follows is done once for all of one commit, and not while the intake is still telling of them. */
  accepted(entry: Entry<F>): void {
    const { forward, bytes, receivedAt } = entry;
    this.#done(bytes);
    if (this.#dropped) return;
    const nowAt = this.#options.now();
    if (nowAt - receivedAt >= SLOW_MS) this.slowAt = nowAt;
    if (forward !== undefined) {
      entry.isAccepted = true;
      this.#unaccepted -= 1;
      this.unforwarded += 1;
      this.unforwardedBytes += bytes;
    }
    this.#ready();
  }

  refused({ bytes }: Entry<F>, error: unknown): void {
    this.#done(bytes);
    if (!this.#dropped) queueMicrotask(() => this.#options.onRejected(error));
  }

  #done(bytes: number): void {
    this.submitted -= 1;
    this.submittedBytes -= bytes;
    this.#options.pressure.add(-bytes - OVERHEAD_BYTES);
    if (this.submitted === 0 && this.#settled.length > 0) {
      for (const resolve of this.#settled) resolve();
      this.#settled = [];
    }
  }

  readonly #retry = (): void => this.#refill();

  /** Submits what was held back, as far as there is room, and asks for more to be read. */
  #refill(): void {
    const { limits, pressure } = this.#options;
    if (this.#quiet) return;
    for (let held = this.#held.peek(); held !== undefined; held = this.#held.peek()) {
      const bytes = sizeOf(held.message);
      if (!mayRelease(this, bytes, limits, pressure)) break;
      this.#held.shift();
      this.heldBytes -= bytes;
      pressure.add(-bytes - OVERHEAD_BYTES);
      this.#submit(held.message, held.entry, held.onSubmitted);
    }
    if (this.#held.size > 0 && pressure.saturated) pressure.whenLower(this.#retry);
    if (this.#full) this.#offerRoom();
  }

  #offerRoom(): void {
    const { limits, pressure, onRoom } = this.#options;
    if (mayResume(this, limits, pressure)) {
      this.#full = false;
      queueMicrotask(onRoom);
    } else if (pressure.overfull) pressure.whenLower(this.#retry);
  }

  /** One call for all acceptances of one commit: they resolve in a row of microtasks. */
  #ready(): void {
    if (this.#readyCalled) return;
    this.#readyCalled = true;
    queueMicrotask(() => {
      this.#readyCalled = false;
      if (this.#dropped) return;
      this.#options.onReady();
      this.#refill();
    });
  }
}

/** A place in the order, and who is told of its acceptance: one object, no closures, for tens of thousands wait at once. */
class Entry<F> implements Receipt {
  isAccepted = false;
  readonly #lane: PublishLane<F>;
  /** undefined: not in the order, nothing is handed out for it. */
  readonly forward: F | undefined;
  readonly bytes: number;
  /** Infinity: not ours to tell. */
  readonly receivedAt: number;

  constructor(lane: PublishLane<F>, forward: F | undefined, bytes: number, receivedAt: number) {
    this.#lane = lane;
    this.forward = forward;
    this.bytes = bytes;
    this.receivedAt = receivedAt;
  }

  accepted(): void {
    this.#lane.accepted(this);
  }

  refused(error: unknown): void {
    this.#lane.refused(this, error);
  }
}

/** Bytes that wait with a message: none of a payload that was only hashed. */
const sizeOf = (message: InboundMessage): number => message.payload?.length ?? 0;
