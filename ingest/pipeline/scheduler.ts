import type { Claim, Home, Work } from './home.ts';
import type { Lane } from './commit.ts';

export interface SchedulerDeps {
  readonly express: readonly Lane[];
  readonly bulk: readonly Lane[];
  readonly run: (lane: Lane, claims: readonly Claim[], mayHand: boolean) => Promise<void>;
  /** Whether the home can be folded now; if not, `offer` is called once it can. */
  readonly isReady: (home: Home) => boolean;
  readonly setTimer: (delayMs: number, fn: () => void) => () => void;
  readonly now: () => number;
  readonly onFault: (error: unknown) => void;
}

/** Homes and claims that wait for an express lane. */
interface Waiting {
  homes: Home[];
  /** Claimed already: it was found in bulk that they yield signals. */
  handed: Claim[];
  /** Each of these goes by itself: somebody was in the way. */
  apart: (readonly Claim[])[];
  apartNext: boolean;
}

/** Messages of a bulk batch at most: folding them must not keep a press waiting for long. */
const MOST_BULK = 200;
/** Of one home in one batch. */
const MOST_OF_HOME = 200;
const MOST_EXPRESS_HOMES = 64;
/**
 * A batch of more than a few messages is followed by another only after so long, ms, or once enough are waiting: so
 * batches grow under load instead of commits.
 */
const PACE_MS = 10;
const SMALL_BATCH = 4;
const ENOUGH = 200;

const NOTHING: readonly Claim[] = [];

/** What a work waits for: nothing (a call, an answer); nothing but calls (a deadline, an input); company. */
export type Urgency = 'call' | 'due' | 'bulk';

/**
 * Which homes' work goes into the next transaction. Each home is in one at a time. Calls never wait for company, nor for
 * the alarms of others: the first express lane is theirs alone, and in the next they take turns with what else has yielded
 * signals, of which a district can have hundreds at once. Bulk starts at once when it is quiet and in growing batches when
 * it is not.
 */
export class Scheduler {
  readonly #deps: SchedulerDeps;
  readonly #calls: Waiting = { homes: [], handed: [], apart: [], apartNext: false };
  readonly #others: Waiting = { homes: [], handed: [], apart: [], apartNext: false };
  #callNext = true;
  #bulk: Home[] = [];
  #open = false;
  #strays: Work[] = [];
  #pumpDue = false;
  #callDue = false;
  #paceUntil = 0;
  #pacing = false;
  #underWay = 0;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
  }

  /** Transactions at work. */
  get underWay(): number {
    return this.#underWay;
  }

  get idle(): boolean {
    const claimed = [this.#calls, this.#others].some(({ handed, apart }) => handed.length + apart.length > 0);
    return this.#underWay === 0 && !claimed && this.#strays.length === 0;
  }

  /** For no home: a message to be stored as a dead letter, an input to be put away. */
  stray(work: Work): void {
    this.#strays.push(work);
    this.#soon();
  }

  add(home: Home, work: Work, urgency: Urgency): void {
    if (urgency === 'bulk') home.bulk.push(work);
    else home.express.push(work);
    if (urgency === 'call') this.#called(home);
    this.offer(home);
    if (urgency === 'call') this.#callNow();
  }

  /**
   * A call does not even wait for what else this turn of the event loop reads: under load that is thousands of messages.
   * With what was read at once with it, in the lane for calls alone; if that is at work, the next turn is soon enough.
   */
  #callNow(): void {
    const [lane, another] = this.#deps.express;
    if (this.#callDue || !this.#open || lane === undefined || another === undefined || lane.busy) return;
    this.#callDue = true;
    queueMicrotask(() => {
      this.#callDue = false;
      const claims = lane.busy ? NOTHING : this.#takeExpress(true);
      if (claims.length > 0) this.#start(lane, claims, false);
    });
  }

  /** What the home has handed already and waits for a lane goes with its call, not with the others. */
  #called(home: Home): void {
    home.calls = true;
    if (!home.busy) return;
    const { handed } = this.#others;
    const at = handed.findIndex((claim) => claim.home === home);
    if (at < 0) return;
    this.#calls.handed.push(...handed.splice(at, 1));
    this.#soon();
  }

  /** It may have something to do. */
  offer(home: Home): void {
    if (home.busy || home.loading) return;
    if (home.express.length > 0) {
      const place = home.calls ? 'calls' : 'others';
      if (home.queued === place || home.queued === 'calls') return;
      home.queued = place;
      (home.calls ? this.#calls : this.#others).homes.push(home);
    } else if (home.bulk.length > 0 && !home.inBulk) {
      home.inBulk = true;
      this.#bulk.push(home);
    } else return;
    this.#soon();
  }

  /** Claimed already, and to go through the express lanes. */
  hand(claims: readonly Claim[]): void {
    for (const claim of claims) this.#among(claim).handed.push(claim);
    this.#soon();
  }

  /** The same, in a transaction of their own: they were in others' way, or others in theirs. */
  handApart(claims: readonly Claim[]): void {
    const [first] = claims;
    if (first) this.#among(first).apart.push(claims);
    this.#soon();
  }

  #among({ home, call }: Claim): Waiting {
    return call === true || home?.calls === true ? this.#calls : this.#others;
  }

  /** What waits for no home, or is claimed already, and is not at work, taken out: for giving up. */
  drain(): Claim[] {
    const claims = [this.#calls, this.#others].flatMap((waiting) => {
      waiting.homes = [];
      return [...waiting.handed.splice(0), ...waiting.apart.splice(0).flat()];
    });
    this.#bulk = [];
    return [...claims, { home: null, works: this.#strays.splice(0) }];
  }

  /** After what else has arrived in this turn of the event loop. */
  #soon(): void {
    if (this.#pumpDue) return;
    this.#pumpDue = true;
    setImmediate(() => {
      this.#pumpDue = false;
      this.#pump();
    });
  }

  /** From now on; what was added before waits for it. */
  open(): void {
    this.#open = true;
    this.#soon();
  }

  #pump(): void {
    if (!this.#open) return;
    const { express } = this.#deps;
    for (const [i, lane] of express.entries()) {
      if (lane.busy) continue;
      const claims = this.#takeExpress(i === 0 && express.length > 1);
      if (claims.length > 0) this.#start(lane, claims, false);
    }
    this.#startBulk();
  }

  /** One batch for each turn of the event loop, in which a press that has come meanwhile is read and goes first. */
  #startBulk(): void {
    const lane = this.#deps.bulk.find(({ busy }) => !busy);
    if (!lane || (this.#bulk.length === 0 && this.#strays.length === 0)) return;
    const waitMs = this.#paceUntil - this.#deps.now();
    if (waitMs > 0 && waitMs <= PACE_MS && !this.#enoughWaits()) return this.#pumpIn(waitMs);
    const claims = this.#takeBulk();
    if (claims.length === 0) return;
    this.#start(lane, claims, true);
    this.#soon();
  }

  #pumpIn(waitMs: number): void {
    if (this.#pacing) return;
    this.#pacing = true;
    this.#deps.setTimer(waitMs, () => {
      this.#pacing = false;
      this.#pump();
    });
  }

  #enoughWaits(): boolean {
    let count = this.#strays.length;
    for (let i = 0; i < this.#bulk.length && count < ENOUGH; i++) count += this.#bulk[i]?.bulk.length ?? 0;
    return count >= ENOUGH;
  }

  #takeExpress(callsOnly: boolean): readonly Claim[] {
    if (callsOnly) return this.#take(this.#calls);
    const inTurn = this.#callNext ? [this.#calls, this.#others] : [this.#others, this.#calls];
    for (const waiting of inTurn) {
      const claims = this.#take(waiting);
      if (claims.length === 0) continue;
      this.#callNext = waiting === this.#others;
      return claims;
    }
    return NOTHING;
  }

  #take(waiting: Waiting): readonly Claim[] {
    // Those that must go apart take turns with all others, or a few that are held up would hold up every press
    waiting.apartNext = !waiting.apartNext;
    const apart = waiting.apartNext ? waiting.apart.shift() : undefined;
    if (apart) return apart;
    const claims = this.#together(waiting);
    return claims.length > 0 ? claims : (waiting.apart.shift() ?? NOTHING);
  }

  #together(waiting: Waiting): readonly Claim[] {
    const call = waiting === this.#calls;
    const claims = waiting.handed.splice(0, MOST_EXPRESS_HOMES);
    let taken = 0;
    while (claims.length < MOST_EXPRESS_HOMES && taken < waiting.homes.length) {
      const home = waiting.homes[taken++] as Home;
      // It has gone with the calls since
      if (home.queued !== (call ? 'calls' : 'others')) continue;
      home.queued = undefined;
      if (home.busy || home.express.length === 0 || !this.#deps.isReady(home)) continue;
      const works = home.express.splice(0, MOST_OF_HOME);
      home.calls = call && home.express.length > 0;
      home.claimed = works.length;
      claims.push({ home, works, call });
    }
    waiting.homes.splice(0, taken);
    return claims;
  }

  #takeBulk(): Claim[] {
    const claims: Claim[] = [];
    let count = 0;
    if (this.#strays.length > 0) {
      const works = this.#strays.splice(0, MOST_BULK);
      claims.push({ home: null, works });
      count += works.length;
    }
    let taken = 0;
    while (count < MOST_BULK && taken < this.#bulk.length) {
      const home = this.#bulk[taken++] as Home;
      home.inBulk = false;
      if (home.busy || home.bulk.length === 0 || !this.#deps.isReady(home)) continue;
      const works = home.bulk.length <= MOST_OF_HOME ? home.bulk : home.bulk.splice(0, MOST_OF_HOME);
      if (works === home.bulk) home.bulk = [];
      home.claimed = works.length;
      claims.push({ home, works });
      count += works.length;
    }
    this.#bulk.splice(0, taken);
    this.#paceUntil = count > SMALL_BATCH ? this.#deps.now() + PACE_MS : 0;
    return claims;
  }

  #start(lane: Lane, claims: readonly Claim[], mayHand: boolean): void {
    lane.busy = true;
    this.#underWay += 1;
    this.#deps
      .run(lane, claims, mayHand)
      .catch((error: unknown) => this.#deps.onFault(error))
      .finally(() => {
        lane.busy = false;
        this.#underWay -= 1;
        this.#soon();
      });
  }

  /** These works have come to an end; after the last one the home may go on. */
  done({ home, works }: Claim): void {
    if (!home) return;
    home.claimed -= works.length;
    if (home.claimed === 0) this.offer(home);
  }
}
