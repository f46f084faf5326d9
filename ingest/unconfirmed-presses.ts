import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { InboundMessage, Intake, Outcome } from '../schemas/inbound.ts';
import { toIso } from '../schemas/ids.ts';
import type { UnconfirmedPress } from '../schemas/unconfirmed.ts';
import type { CallDirectory } from './call-directory.ts';

/** Longer than a commit takes in a burst; shorter than anybody's patience. */
export const UNCONFIRMED_AFTER_MS = 1_000;
/** Changes are told together, no more often than this. */
const TELL_EVERY_MS = 200;
/** Messages watched at a time: on call buttons' own channel, and in vendors' languages, where most are no calls. */
const MOST_CALLS = 10_000;
const MOST_FOREIGN = 20_000;

/** One that is shown. */
interface Shown {
  readonly press: Omit<UnconfirmedPress, 'street'>;
  /** The same press, sent again over another connection, waits for the same commit. */
  waiting: number;
}

/**
 * Calls for help between their arrival and their commit. One that takes longer than `UNCONFIRMED_AFTER_MS` (the
 * database is away, frozen, full) is shown, so that a person can act on it; it is gone from here the moment it is
 * stored, and the alert has come by then or comes at once. Never touches the acceptance itself (I1).
 */
export class UnconfirmedPresses {
  readonly #callers: Pick<CallDirectory, 'mayCall' | 'callerOf' | 'streetOf'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #shown = new Map<string, Shown>();
  readonly #listeners = new Set<() => void>();
  #calls = 0;
  #foreign = 0;
  #telling = false;

  constructor(deps: {
    callers: Pick<CallDirectory, 'mayCall' | 'callerOf' | 'streetOf'>;
    clock: Clock;
    log: Log;
  }) {
    this.#callers = deps.callers;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  stop(): void {
    this.#listeners.clear();
  }

  /** The intake, with its calls for help watched. */
  watch(intake: Intake): Intake {
    const accept: Intake['accept'] = (message) => {
      const acceptance = intake.accept(message);
      if (this.#callers.mayCall(message)) this.#watch(message, acceptance);
      return acceptance;
    };
    const submit: Intake['submit'] = (message, receipt) => {
      if (intake.submit !== undefined && !this.#callers.mayCall(message)) intake.submit(message, receipt);
      else
        accept(message).then(
          (outcome) => receipt.accepted(outcome),
          (error: Error) => receipt.refused(error),
        );
    };
    return {
      accept,
      submit,
      get saturated() {
        return intake.saturated;
      },
    };
  }

  /** The oldest first. */
  current(): UnconfirmedPress[] {
    return [...this.#shown.values()].map(({ press }) => ({
      ...press,
      street: this.#callers.streetOf(press.homeId),
    }));
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Nothing is looked into before it has waited: most is stored long before. */
  #watch(message: InboundMessage, acceptance: Promise<Outcome>): void {
    const foreign = !message.topic.endsWith('/sos');
    if (foreign ? this.#foreign >= MOST_FOREIGN : this.#calls >= MOST_CALLS) return;
    this.#count(foreign, 1);
    let leave = (): void => undefined;
    const cancel = this.#clock.setTimer(UNCONFIRMED_AFTER_MS, () => (leave = this.#show(message)));
    const over = (): void => {
      cancel();
      this.#count(foreign, -1);
      leave();
    };
    acceptance.then(over, over);
  }

  #count(foreign: boolean, by: number): void {
    if (foreign) this.#foreign += by;
    else this.#calls += by;
  }

  /** Returns what is to be done when it is stored. */
  #show(message: InboundMessage): () => void {
    const caller = this.#callers.callerOf(message);
    if (caller === undefined) return () => undefined;
    const key = `${caller.homeId}\n${message.topic}\n${Buffer.from(message.payload ?? []).toString('latin1')}`;
    let shown = this.#shown.get(key);
    if (shown === undefined) {
      shown = { press: { ...caller, receivedAt: toIso(message.receivedAt) }, waiting: 0 };
      this.#shown.set(key, shown);
      this.#log.warn(shown.press, 'a press cannot be stored yet; it is shown as unconfirmed');
      this.#tell();
    }
    const mine = shown;
    mine.waiting += 1;
    return () => {
      mine.waiting -= 1;
      if (mine.waiting > 0) return;
      this.#shown.delete(key);
      this.#tell();
    };
  }

  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    this.#clock.setTimer(TELL_EVERY_MS, () => {
      this.#telling = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
