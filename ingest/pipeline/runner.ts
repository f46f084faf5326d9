import type { RaiseContext } from '../../alerts/store.ts';
import { type Clock, wait } from '../../platform/clock.ts';
import { isDataError, isRetryable, type Queryable } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import type { Directory, HomeEntry } from '../directory.ts';
import type { Fence } from '../store/fence.ts';
import { knownIds } from '../store/known-ids.ts';
import {
  type Committed,
  CommitFailed,
  commitUnits,
  type Failure,
  type Lane,
  wasCommitted,
} from './commit.ts';
import { apart } from './apart.ts';
import type { Availability } from './availability.ts';
import type { Claim } from './home.ts';
import type { Owner } from './owner.ts';
import { doubtful, type Prepared, prepare, type PrepareContext } from './prepare.ts';
import { buildUnit, isMessage, storesNothing, type Unit, type UnitContext } from './unit.ts';

export interface RunnerDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly db: Queryable;
  readonly directory: Directory;
  readonly preparing: PrepareContext;
  readonly folding: UnitContext;
  readonly availability: Availability;
  readonly owner: Pick<Owner, 'epoch' | 'fence' | 'disowned' | 'regain'>;
  readonly raising: RaiseContext;
  /** Whether the stream's relay is in this process. */
  readonly numbering: () => boolean;
  /** Units whose signals must not wait for bulk. */
  readonly hand: (claims: Claim[]) => void;
  /** In a transaction of their own. */
  readonly handApart: (claims: readonly Claim[]) => void;
  readonly settle: (unit: Unit, alertIds: readonly (string | null)[]) => void;
  readonly committed: (committed: Committed) => void;
  /** Not committed, and not going to be: without acknowledgement its senders will send it again. */
  readonly abandon: (claim: Claim) => void;
  /** Seqs in use but not committed yet, for the checkpoint. */
  readonly underWay: Set<number>;
  readonly count: (what: 'retries' | 'bisections' | 'contentions' | 'doubts') => void;
}

const NOTHING_RAISED: Committed = { alertIds: [], opened: 0, joined: 0, ignored: 0 };
/** Of folding, or of settling, without a look at what else has come. */
const TURN_MS = 2;
const FIRST_DELAY_MS = 20;
const LONGEST_DELAY_MS = 1_000;
/** A single message that keeps failing while others get through is at fault itself. */
const FAULTS_ALLOWED = 3;

/**
 * Takes claims through decode, fold and commit, whatever it takes: waits for a database that is away (I10), finds the
 * one message in a batch that is refused, gets out of the way of locks. When `run` resolves, every work of its claims is
 * settled or handed on.
 */
export class Runner {
  readonly #deps: RunnerDeps;
  #closed = false;
  /** Counts commits, to tell a fault of one message from one of everything. */
  #commits = 0;

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
  }

  /** What is not committed by now is given up: its senders have no acknowledgement, and will send it again. */
  close(): void {
    this.#closed = true;
  }

  async run(lane: Lane, given: readonly Claim[], mayHand: boolean): Promise<void> {
    const { availability, clock, count, log, owner } = this.#deps;
    let claims = given;
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
      if (this.#closed) return claims.forEach((claim) => this.#deps.abandon(claim));
      claims = this.#ours(claims);
      if (claims.length === 0) return;
      const { epoch } = owner;
      let fence: Fence = { epoch, partitions: undefined };
      let failed: CommitFailed;
      let units: Unit[] = [];
      // What gets its seqs over several turns is under way from the first of them, or a checkpoint could pass it by
      const sinceSeq = this.#deps.folding.nextSeq();
      this.#deps.underWay.add(sinceSeq);
      try {
        units = await this.#build(claims);
        if (mayHand) {
          units = this.#handOn(units);
          claims = units.map((unit) => unit.claim);
        }
        fence = owner.fence(epoch, units);
        await this.#commit(lane, fence, units);
        return;
      } catch (error) {
        failed = asFailure(error);
        if (failed.failure === 'doubt') {
          count('doubts');
          if (await this.#resolve(lane, fence, units, failed)) return;
        }
      } finally {
        this.#deps.underWay.delete(sinceSeq);
      }
      count('retries');
      switch (failed.failure) {
        case 'refused':
          count('bisections');
          log.warn({ err: failed.cause, claims: claims.length }, 'a transaction was refused');
          return this.#isolate(lane, claims, failed);
        case 'contention':
          count('contentions');
          if (!mayHand) return this.#hand(claims, delayMs);
          // Bulk holds no alert's lock: what is in its way is in the way of all, or an id that is known after all.
          claims = claims.map((claim) => ({ ...claim, probeAll: true }));
          break;
        case 'fenced':
          await owner.regain(epoch);
          break;
        case 'away':
        case 'doubt':
          if (!owner.disowned(epoch)) availability.lost(clock.now(), failed.cause);
          break;
      }
      await wait(clock, delayMs);
    }
  }

  /** What has become another's while it waited is given up. */
  #ours(claims: readonly Claim[]): readonly Claim[] {
    const { owner, abandon } = this.#deps;
    let lost = 0;
    for (const claim of claims) {
      claim.epoch ??= owner.epoch;
      if (!owner.disowned(claim.epoch)) continue;
      lost += 1;
      abandon(claim);
    }
    return lost === 0 ? claims : claims.filter(({ epoch }) => !owner.disowned(epoch ?? 0));
  }

  async #build(claims: readonly Claim[]): Promise<Unit[]> {
    const prepared: Prepared[][] = [];
    const units: Unit[] = [];
    const { clock } = this.#deps;
    await inTurns(clock, claims, (claim) => prepared.push(this.#prepare(claim, claim.home?.entry ?? null)));
    await this.#lookAgain(claims, prepared);
    await this.#probe(prepared);
    await inTurns(clock, claims, (claim, i) =>
      units.push(buildUnit(claim, prepared[i] ?? [], this.#deps.folding)),
    );
    return units;
  }

  #prepare(claim: Claim, entry: HomeEntry | null): Prepared[] {
    const prepared: Prepared[] = [];
    for (const work of claim.works)
      if (work.kind === 'message')
        prepared.push(
          prepare(work, entry, this.#deps.preparing, claim.probeAll === true, claim.home?.partition),
        );
    return prepared;
  }

  /** A device that is missing from what was read of its home some time ago may have been registered since. */
  async #lookAgain(claims: readonly Claim[], prepared: Prepared[][]): Promise<void> {
    const now = this.#deps.clock.now();
    for (const [i, claim] of claims.entries()) {
      const { home } = claim;
      if (!home?.entry || !prepared[i]?.some((one) => doubtful(one, home.entry ?? null, now))) continue;
      const entry = await this.#deps.directory.load(home.homeId);
      if (!entry) continue;
      home.entry = entry;
      prepared[i] = this.#prepare(claim, entry);
    }
  }

  async #probe(prepared: readonly (readonly Prepared[])[]): Promise<void> {
    const asking = prepared.flatMap((ones) =>
      ones.flatMap(({ items }) => items.filter(({ probe }) => probe !== undefined)),
    );
    if (asking.length === 0) return;
    const probes = asking.flatMap(({ probe }) => (probe ? [probe] : []));
    const known = await knownIds(this.#deps.db, probes, this.#deps.clock.now());
    asking.forEach((item, i) => {
      if (known[i]) item.known = 'same';
    });
  }

  /** What yields signals goes to the express lanes, as work: it is folded again there. */
  #handOn(units: readonly Unit[]): Unit[] {
    const quiet = units.filter((unit) => unit.signals.length === 0);
    if (quiet.length < units.length)
      this.#deps.hand(units.filter((unit) => unit.signals.length > 0).map((unit) => unit.claim));
    return quiet;
  }

  async #commit(lane: Lane, fence: Fence, units: readonly Unit[]): Promise<void> {
    const storing = units.filter((unit) => !storesNothing(unit));
    if (storing.length === 0) return this.#settle(units, NOTHING_RAISED);
    const committed = await commitUnits(lane, fence, storing, this.#deps.raising, this.#deps.numbering());
    await this.#deps.availability.regained(lane.session, this.#deps.clock.now());
    this.#deps.committed(committed);
    // What has been written to operators' connections in this turn leaves the process before anything else is done
    if (committed.events !== undefined) await new Promise<void>((done) => process.nextTick(done));
    await this.#settle(units, committed);
  }

  #settle(units: readonly Unit[], committed: Committed): Promise<void> {
    this.#commits += 1;
    let loud = 0;
    return inTurns(this.#deps.clock, units, (unit) =>
      this.#deps.settle(unit, unit.signals.length > 0 ? (committed.alertIds[loud++] ?? []) : []),
    );
  }

  /** True: it had been committed, and is settled. */
  async #resolve(lane: Lane, fence: Fence, units: readonly Unit[], failed: CommitFailed): Promise<boolean> {
    const { availability, clock, log, owner } = this.#deps;
    const storing = units.filter((unit) => !storesNothing(unit));
    if (!owner.disowned(fence.epoch)) availability.lost(clock.now(), failed.cause);
    for (let delayMs = FIRST_DELAY_MS; !this.#closed; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
      try {
        const happened = await wasCommitted(lane, fence, storing);
        log.warn({ err: failed.cause, happened }, 'a commit whose outcome was unknown is looked up');
        if (!happened) return false;
        // Nothing fails any more: in a quiet hour the next commit may be long in coming.
        await availability.regained(lane.session, clock.now());
        const committed = failed.committed ?? NOTHING_RAISED;
        this.#deps.committed(committed);
        await this.#settle(units, committed);
        return true;
      } catch (error) {
        if (!isRetryable(error)) log.error({ err: error }, 'cannot look up a commit');
        await wait(clock, delayMs);
      }
    }
    return false;
  }

  /** Halves, then single homes, then single messages: the neighbours of what is refused are stored. */
  async #isolate(lane: Lane, claims: readonly Claim[], failed: CommitFailed): Promise<void> {
    const [claim] = claims;
    if (claims.length > 1) {
      const middle = claims.length >> 1;
      await this.run(lane, claims.slice(0, middle), false);
      await this.run(lane, claims.slice(middle), false);
    } else if (claim && claim.works.length > 1)
      for (const work of claim.works) await this.run(lane, [{ ...claim, works: [work] }], false);
    else if (claim) await this.#single(lane, claim, failed);
  }

  /**
   * A row that is refused as data is at fault itself. Anything else that fails is held against the message only once
   * others get through: a mistake of ours must not turn a district's messages into dead letters.
   */
  async #single(lane: Lane, claim: Claim, failed: CommitFailed): Promise<void> {
    const [work] = claim.works;
    const failures = (claim.failures ?? 0) + 1;
    const commitsAt = claim.commitsAtFailure ?? this.#commits;
    const atFault = isDataError(failed.cause) || (this.#commits > commitsAt && failures > FAULTS_ALLOWED);
    if (work && isMessage(work) && atFault) {
      if (work.poison !== undefined) {
        this.#deps.log.error(
          { topic: work.message.topic },
          'refused even as a dead letter; not acknowledged',
        );
        this.#deps.abandon(claim);
        return;
      }
      work.poison = 'refused by the database';
    }
    await wait(this.#deps.clock, Math.min(FIRST_DELAY_MS * 2 ** failures, LONGEST_DELAY_MS));
    await this.run(lane, [{ ...claim, failures, commitsAtFailure: commitsAt }], false);
  }

  #hand(claims: readonly Claim[], delayMs: number): void {
    const groups = apart(claims.map((claim) => ({ ...claim, probeAll: true })));
    this.#deps.clock.setTimer(delayMs, () => groups.forEach((group) => this.#deps.handApart(group)));
  }
}

/** For so long at a time, then the event loop has its turn: a press that has come meanwhile is read, and goes first. */
async function inTurns<T>(
  clock: Clock,
  items: readonly T[],
  each: (item: T, place: number) => void,
): Promise<void> {
  let from = clock.now();
  for (const [place, item] of items.entries()) {
    each(item, place);
    if (clock.now() - from < TURN_MS || place === items.length - 1) continue;
    await new Promise((resolve) => setImmediate(resolve));
    from = clock.now();
  }
}

function asFailure(error: unknown): CommitFailed {
  if (error instanceof CommitFailed) return error;
  const failure: Failure = isRetryable(error) ? 'away' : 'refused';
  return new CommitFailed(failure, error);
}
