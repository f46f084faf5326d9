import { maintainPartitions } from '../../platform/partitions.ts';
import { EVERY_HOME, EVERY_PARTITION } from '../sharing/partitions.ts';
import { heartbeat } from '../store/epochs.ts';
import type { Fence } from '../store/fence.ts';
import type { IngestLinks, LeaseHold } from '../links.ts';
import type { Epoch } from '../store/lease.ts';
import { type HeirDeps, Inheritance, type Legacy } from './inheritance.ts';
import { Numbers, type Owner } from './owner.ts';
import type { StreetWatch } from './street-watch.ts';

export interface OwnershipDeps extends HeirDeps {
  readonly links: Pick<IngestLinks, 'lease'>;
  readonly streetWatch: StreetWatch;
}

/**
 * Owning the database as its one ingest: the lease, the epoch that numbers what we fold, and taking over what the last
 * owner left: its outage, the ids it knew, what it had not saved.
 */
export class Ownership implements Owner {
  readonly onDuty = true;
  readonly partitions = undefined;
  readonly #deps: OwnershipDeps;
  readonly #lease: LeaseHold;
  readonly #inheritance: Inheritance;
  readonly #numbers = new Numbers();
  #epoch: Epoch = { epoch: 0, aliveAt: null, checkpointSeq: 0 };
  #owning = false;
  #released = false;
  #regaining: Promise<void> | undefined;
  /** The last owner's checkpoint stays ours until all of its tail is refolded. */
  #tailPending = true;

  constructor(deps: OwnershipDeps) {
    this.#deps = deps;
    this.#inheritance = new Inheritance(deps);
    this.#lease = deps.links.lease(() => void this.#holdAgain());
  }

  get owning(): boolean {
    return this.#owning;
  }

  get epoch(): number {
    return this.#epoch.epoch;
  }

  get lastSeq(): number {
    return this.#numbers.last;
  }

  nextSeq(): number {
    return this.#numbers.next();
  }

  owns(): boolean {
    return true;
  }

  get held(): ReadonlyMap<number, number> {
    return new Map(this.#owning ? EVERY_PARTITION.map((no) => [no, this.epoch]) : []);
  }

  knownSince(): number {
    return -Infinity;
  }

  fence(epoch: number): Fence {
    return { epoch, partitions: undefined };
  }

  dutyFence(): Fence {
    return this.fence(this.epoch);
  }

  /** Claims at work keep their messages; the homes' states come from the database again. */
  disowned(): boolean {
    return false;
  }

  async take(withinMs: number, unless?: () => boolean): Promise<void> {
    await this.#lease.acquire(withinMs, unless);
    await this.#begin();
  }

  /** Waits until the other is gone, and starts anew on what it has left. */
  regain(epoch: number): Promise<void> {
    if (!this.#regaining && epoch !== this.epoch) return Promise.resolve();
    this.#regaining ??= this.#regain().finally(() => (this.#regaining = undefined));
    return this.#regaining;
  }

  ending(): void {}

  async release(): Promise<void> {
    this.#released = true;
    this.#owning = false;
    await this.#lease.release();
  }

  async beat(now: number, firstUnsaved: number): Promise<void> {
    const checkpoint = this.#tailPending ? this.#epoch.checkpointSeq : firstUnsaved - 1;
    await heartbeat(this.#deps.pool, this.epoch, now, checkpoint);
  }

  watchStreets(): Promise<void> {
    return this.#deps.streetWatch.round();
  }

  savedUpTo(): Promise<number> {
    return Promise.resolve(this.#epoch.checkpointSeq);
  }

  async #regain(): Promise<void> {
    const { homes, log, snapshots } = this.#deps;
    log.error({ epoch: this.epoch }, 'another ingest has taken over; waiting for the lease');
    this.#owning = false;
    snapshots.clear();
    homes.reset();
    await this.#persist(async () => {
      if (!this.#lease.held) await this.#lease.acquire(Infinity);
      await this.#begin();
    });
    await Promise.all([...homes.values()].filter((home) => home.busy).map((home) => homes.restore(home)));
  }

  /** The lock's session is gone. As long as nobody else takes it we are the owner all the same. */
  async #holdAgain(): Promise<void> {
    await this.#persist(() => this.#lease.acquire(Infinity));
  }

  #persist(work: () => Promise<void>): Promise<void> {
    return this.#inheritance.persist(() => !this.#released, work);
  }

  async #begin(): Promise<void> {
    const { availability, clock, log, pool, recent, streetWatch } = this.#deps;
    const now = clock.now();
    await maintainPartitions({ pool, clock, log });
    const before = await this.#lease.begin(now);
    this.#epoch = before;
    this.#numbers.from(before.epoch);
    this.#tailPending = true;
    availability.partitions = EVERY_HOME;
    const legacy: Legacy = {
      partitions: EVERY_PARTITION,
      base: before.epoch,
      aliveAt: new Map(EVERY_PARTITION.map((no) => [no, before.aliveAt])),
      checkpointSeq: before.checkpointSeq,
      ours: () => this.#epoch === before && !this.#released,
    };
    await this.#inheritance.enter(legacy, now);
    streetWatch.forget();
    await streetWatch.load(now);
    recent.forget(clock.now());
    await this.#inheritance.wakeUps(legacy);
    this.#owning = true;
    log.info({ epoch: this.epoch, checkpointSeq: before.checkpointSeq }, 'ingest owns the database');
    void this.#inheritance.refold(legacy).then((complete) => {
      if (complete) this.#tailPending = false;
    });
    void this.#inheritance.recall(legacy, now).then((since) => {
      if (since !== undefined && legacy.ours()) recent.extendBack(since);
    });
  }
}
