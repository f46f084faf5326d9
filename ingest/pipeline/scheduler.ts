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

/** Messages of a bulk batch at most: folding them must not keep a press waiting for long. */
const MOST_BULK = 200;
/** Of one home in one batch. */
const MOST_OF_HOME = 200;
const MOST_EXPRESS_HOMES = 64;
/**
 * A batch of more than a few messages is followed by another only after so long, ms, or once enough are waiting: so
 * batches grow under load instead of commits.
 */
const PACE_MS = 4;
const SMALL_BATCH = 4;
const ENOUGH = 100;

/**
 * Which homes' work goes into the next transaction. Each home is in one at a time. Express (calls, answers, whatever
 * yields signals) never waits for company; bulk starts at once when it is quiet and in growing batches when it is not.
 */
export class Scheduler {
  readonly #deps: SchedulerDeps;
  #express: Home[] = [];
  #bulk: Home[] = [];
  #handed: Claim[] = [];
  #alone: Claim[] = [];
  #aloneNext = false;
  #open = false;
  #strays: Work[] = [];
  #pumpDue = false;
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
    const waiting = this.#handed.length + this.#alone.length + this.#strays.length;
    return this.#underWay === 0 && waiting === 0;
  }

  /** For no home: a message to be stored as a dead letter, an input to be put away. */
  stray(work: Work): void {
    this.#strays.push(work);
    this.#soon();
  }

  add(home: Home, work: Work, express: boolean): void {
    if (express) home.express.push(work);
    else home.bulk.push(work);
    this.offer(home);
  }

  /** It may have something to do. */
  offer(home: Home): void {
    if (home.busy || home.loading) return;
    if (home.express.length > 0) {
      if (!home.inExpress) {
        home.inExpress = true;
        this.#express.push(home);
      }
    } else if (home.bulk.length > 0 && !home.inBulk) {
      home.inBulk = true;
      this.#bulk.push(home);
    } else return;
    this.#soon();
  }

  /** Claimed already, and to go through the express lanes. */
  hand(claims: readonly Claim[]): void {
    for (const claim of claims) (claim.alone ? this.#alone : this.#handed).push(claim);
    this.#soon();
  }

  /** What waits for no home, or is claimed already, and is not at work, taken out: for giving up. */
  drain(): Claim[] {
    const claims = [
      ...this.#handed.splice(0),
      ...this.#alone.splice(0),
      { home: null, works: this.#strays.splice(0) },
    ];
    this.#express = [];
    this.#bulk = [];
    return claims;
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
    for (const lane of this.#deps.express) {
      if (lane.busy) continue;
      const claims = this.#takeExpress();
      if (claims.length === 0) break;
      this.#start(lane, claims, false);
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

  #takeExpress(): Claim[] {
    // Those that must go alone take turns with all others, or a few that are held up would hold up every press
    this.#aloneNext = !this.#aloneNext;
    const others = this.#handed.length > 0 || this.#express.length > 0;
    const single = this.#alone.length > 0 && (this.#aloneNext || !others) ? this.#alone.shift() : undefined;
    if (single) return [single];
    const claims = this.#handed.splice(0, MOST_EXPRESS_HOMES);
    while (claims.length < MOST_EXPRESS_HOMES) {
      const home = this.#express.shift();
      if (!home) break;
      home.inExpress = false;
      if (home.busy || home.express.length === 0 || !this.#deps.isReady(home)) continue;
      const works = home.express.splice(0, MOST_OF_HOME);
      home.claimed = works.length;
      claims.push({ home, works });
    }
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
