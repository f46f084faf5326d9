import type { Clock } from '../platform/clock.ts';
import { wait } from '../platform/clock.ts';
import type { InboundMessage, Intake, Principal } from '../schemas/inbound.ts';
import type { CloseReason } from './framing/connection-types.ts';

/** What of a session bears on whether a will is still true. */
export interface Voice {
  readonly epoch: number;
  readonly clientId: string;
  readonly principal: Principal;
  readonly willTopic: string | undefined;
}

/** Ends that are our doing, or the client's wish: nobody is gone who should not be. */
const WITHOUT_WILL: readonly CloseReason[] = [
  'disconnect',
  'stopping',
  'take_over',
  'revoked',
  'intake_closed',
];
export const leavesWill = (reason: CloseReason): boolean => !WITHOUT_WILL.includes(reason);

/**
 * Whether a session that began later speaks for what this will would declare dead: the device itself, or for a gateway
 * or bridge (which may keep several connections) the same client or the same topic.
 */
export const overtaken = (lost: Voice, live: readonly Omit<Voice, 'principal'>[]): boolean =>
  live.some(
    (voice) =>
      voice.epoch > lost.epoch &&
      (lost.principal.type === 'device' ||
        voice.clientId === lost.clientId ||
        (voice.willTopic !== undefined && voice.willTopic === lost.willTopic)),
  );

export interface LostSession extends Voice {
  readonly willTopic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  /** Whether we were withholding acknowledgements or not reading when it went. */
  readonly withheld: boolean;
  /** Resolves when the intake has nothing of it any more. */
  settled(): Promise<void>;
}

export interface WillsOptions {
  readonly intake: Intake;
  readonly clock: Clock;
  readonly graceMs: number;
  /** Live sessions of the same credential, at any broker. */
  readonly voicesOf: (principal: Principal) => readonly Omit<Voice, 'principal'>[];
  readonly onOutcome: (outcome: 'accepted' | 'overtaken') => void;
}

/**
 * Speaks the wills of sessions that were lost. One whose acknowledgements we withheld (the database was away) may have
 * gone for that reason and be back in a moment: its will waits until we are well again, and a little longer.
 */
export class Wills {
  readonly #options: WillsOptions;
  #stopped = false;

  constructor(options: WillsOptions) {
    this.#options = options;
  }

  /** From now on none is spoken: it is we who go. */
  stop(): void {
    this.#stopped = true;
  }

  /** Resolves to whether the will was accepted. */
  async speak(lost: LostSession): Promise<boolean> {
    const { intake, clock, graceMs, voicesOf, onOutcome } = this.#options;
    if (lost.withheld) {
      await lost.settled();
      await wait(clock, graceMs);
    }
    if (this.#stopped) return false;
    if (overtaken(lost, voicesOf(lost.principal))) {
      onOutcome('overtaken');
      return false;
    }
    const message: InboundMessage = {
      principal: lost.principal,
      topic: lost.willTopic,
      payload: lost.payload,
      size: lost.payload.length,
      qos: lost.qos,
      will: true,
      receivedAt: clock.now(),
    };
    // A rejection means that the service stops: then no device has gone, we have.
    return intake.accept(message).then(
      () => {
        onOutcome('accepted');
        return true;
      },
      () => false,
    );
  }
}
