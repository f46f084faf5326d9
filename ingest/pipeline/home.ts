import type { InboundMessage, Outcome } from '../../schemas/inbound.ts';
import type { HomeProfile } from '../detectors/detector.ts';
import type { HomeEntry } from '../directory.ts';
import type { HomeState } from '../home-state.ts';
import { partitionOf } from '../sharing/partitions.ts';
import type { Wakeable } from '../timers.ts';

/** One thing for a home to do, in its order. */
export type Work = MessageWork | TimerWork | InputWork;

export interface MessageWork {
  readonly kind: 'message';
  readonly message: InboundMessage;
  /** ms since the epoch. */
  readonly acceptedAt: number;
  settle(outcome: Outcome): void;
  fail(error: Error): void;
  /** The database would not have it: a dead letter, or on `sos` a press without anything else. */
  poison?: string;
}
export interface TimerWork {
  readonly kind: 'timer';
  readonly now: number;
}
export interface InputWork {
  readonly kind: 'input';
  readonly id: number;
  readonly what: string;
  readonly body: Record<string, unknown>;
  readonly now: number;
}

/**
 * A home in memory: what waits for it, what it has come to, when it wants to be woken. Without `state` it only is a
 * place in the timers.
 */
export class Home implements Wakeable {
  readonly homeId: string;
  readonly partition: number;
  /** Another worker has it now: this is no longer in anybody's order. */
  gone = false;
  wakeAt = Infinity;
  wakePlace = -1;

  entry: HomeEntry | undefined;
  state: HomeState | undefined;
  /** The registry's profile that was last found to be the state's own; saves comparing them. */
  told: HomeProfile | undefined;
  /** Everything up to here is folded into `state` and committed. */
  seq = 0;
  /** First seq that no snapshot holds; 0: the snapshot is up to date. */
  unsavedFrom = 0;
  /** Time has moved to here by firings that left nothing to store. */
  firedUntil = 0;

  express: Work[] = [];
  bulk: Work[] = [];
  /** Works that are claimed and not settled yet. */
  claimed = 0;
  loading = false;
  /** A call is among `express`. */
  calls = false;
  queued: 'calls' | 'others' | undefined;
  inBulk = false;
  usedAt = 0;

  constructor(homeId: string) {
    this.homeId = homeId;
    this.partition = partitionOf(homeId);
  }

  /** In a transaction: nobody else may fold it. */
  get busy(): boolean {
    return this.claimed > 0;
  }

  get idle(): boolean {
    return !this.busy && !this.loading && this.express.length === 0 && this.bulk.length === 0;
  }
}

/** Work of one home (or of none: strays) on its way through one transaction. */
export interface Claim {
  readonly home: Home | null;
  readonly works: Work[];
  /** Of us as the owner when it was first taken up. */
  epoch?: number;
  /** A call for help, or an answer to one, is among the works. */
  call?: boolean;
  /** Look every id up in the database, whatever memory says. */
  probeAll?: boolean;
  /** How often its single work has been refused, and how many commits there had been when it first was. */
  failures?: number;
  commitsAtFailure?: number;
}
