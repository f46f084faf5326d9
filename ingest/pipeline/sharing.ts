import { wait } from '../../platform/clock.ts';
import { isRetryable } from '../../platform/database.ts';
import { maintainPartitions } from '../../platform/partitions.ts';
import { movesOf } from '../sharing/fair-share.ts';
import { DUTY, EVERY_PARTITION, maskOf, partitionOfMessage } from '../sharing/partitions.ts';
import type { Fence } from '../store/fence.ts';
import type { IngestLinks, MembershipHold } from '../links.ts';
import type { Gained } from '../store/membership.ts';
import { tellSilence, toldSilence } from '../store/silence.ts';
import { IngestLeaseHeld } from '../store/lease.ts';
import type { Home } from './home.ts';
import { type HeirDeps, Inheritance, type Legacy } from './inheritance.ts';
import { Numbers, type Owner } from './owner.ts';
import type { Seen, StreetWatch } from './street-watch.ts';
import { isMessage, type Unit } from './unit.ts';

export interface SharingDeps extends HeirDeps {
  readonly links: Pick<IngestLinks, 'membership'>;
  /** Of this process; its connections' names end with it. */
  readonly workerName: string;
  readonly streetWatch: StreetWatch;
  /** Whether nothing of this partition waits or is under way. */
  readonly isQuiet: (partition: number) => boolean;
  /** No longer ours: what waits for them is given up. */
  readonly dropped: (homes: readonly Home[], everything: boolean) => void;
  /** Something has come to us. */
  readonly gained: () => void;
}

/** What we have not renewed for so long goes to others. With the time between two looks: less than 5 s. */
const LEASE_MS = 3_000;
const TURN_MS = 500;
const ASK_EVERY_MS = 250;
/** Who is silent, and how many are not. */
const TELL_EVERY_MS = 2_000;
const TELL_AGAIN_MS = 30_000;
const QUIET_EVERY_MS = 20;
/** What a partition that is to be given up may take to come to an end, before it stays with us after all. */
const QUIET_WITHIN_MS = 10_000;

interface Holding {
  /** What it is known by: the epoch from which on we number it. */
  readonly base: number;
  knownSince: number;
  /** Its tail is refolded: the checkpoint may move on. */
  refolded: boolean;
}

/**
 * One of several ingests on a database, each with a share of its partitions: the lease of the whole (renewed twice a
 * second), taking what is free, giving up what is too much, and losing everything at once when we have been taken for
 * dead: then we begin anew, as somebody else.
 */
export class Sharing implements Owner {
  readonly #deps: SharingDeps;
  readonly #membership: MembershipHold;
  readonly #inheritance: Inheritance;
  readonly #numbers = new Numbers();
  readonly #holdings = new Map<number, Holding>();
  /** Held, but to be given up: nothing new is begun in them. */
  readonly #leaving = new Set<number>();
  #shares = '';
  #told = -1;
  #toldAt = 0;
  /** Take-overs at work. */
  #entering = 0;
  #epoch = 0;
  #onDuty = false;
  #registered = false;
  #ending = false;
  #released = false;
  #turning: Promise<void> = Promise.resolve();
  #cancel: () => void = () => undefined;
  #beginning: Promise<void> | undefined;

  constructor(deps: SharingDeps) {
    this.#deps = deps;
    this.#inheritance = new Inheritance(deps);
    this.#membership = deps.links.membership(deps.workerName, LEASE_MS);
  }

  get owning(): boolean {
    return this.#registered;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get onDuty(): boolean {
    return this.#onDuty;
  }

  get lastSeq(): number {
    return this.#numbers.last;
  }

  nextSeq(): number {
    return this.#numbers.next();
  }

  owns(partition: number): boolean {
    return this.#holdings.has(partition) && !this.#leaving.has(partition);
  }

  get partitions(): number {
    return maskOf(EVERY_PARTITION.filter((no) => this.owns(no)));
  }

  get held(): ReadonlyMap<number, number> {
    const held = new Map<number, number>();
    for (const [no, { base }] of this.#holdings) if (!this.#leaving.has(no)) held.set(no, base);
    return held;
  }

  knownSince(partition: number): number {
    return this.#holdings.get(partition)?.knownSince ?? Infinity;
  }

  fence(epoch: number, units: readonly Unit[]): Fence {
    let partitions = 0;
    for (const { claim } of units) {
      if (claim.home) partitions |= 1 << claim.home.partition;
      else
        for (const work of claim.works)
          if (isMessage(work)) partitions |= 1 << partitionOfMessage(work.message);
    }
    return { epoch, partitions };
  }

  dutyFence(): Fence {
    return { epoch: this.#epoch, partitions: 1 << DUTY };
  }

  disowned(epoch: number): boolean {
    return epoch !== this.#epoch;
  }

  async take(withinMs: number, unless: () => boolean = () => false): Promise<void> {
    const { clock, log, pool } = this.#deps;
    const until = clock.now() + withinMs;
    for (let told = ''; ;) {
      const inTheWay = await this.#inTheWay();
      if (inTheWay === undefined) break;
      if (told !== inTheWay) log.warn(`${inTheWay}, waiting`);
      told = inTheWay;
      if (clock.now() >= until || unless()) throw new IngestLeaseHeld();
      await wait(clock, ASK_EVERY_MS);
    }
    await maintainPartitions({ pool, clock, log });
    await this.#begin();
    await this.#turn();
    this.#arm();
  }

  async regain(epoch: number): Promise<void> {
    if (epoch === this.#epoch) await this.#lost();
  }

  ending(): void {
    this.#ending = true;
  }

  async release(): Promise<void> {
    this.#released = true;
    this.#registered = false;
    this.#cancel();
    await this.#turning;
    await this.#membership.leave(this.#epoch);
  }

  async beat(now: number, firstUnsaved: number): Promise<void> {
    const refolded = [...this.#holdings].filter(([, { refolded: done }]) => done).map(([no]) => no);
    await this.#membership.beat(this.#epoch, now, maskOf(refolded), firstUnsaved - 1);
  }

  /** Streets are judged by one of us on what all of us see. */
  async watchStreets(now: number): Promise<void> {
    const { pool, streetWatch } = this.#deps;
    if (this.#onDuty) {
      streetWatch.others = await toldSilence<Seen>(pool, this.#epoch);
      await streetWatch.round();
      return;
    }
    await streetWatch.follow(now);
    if (streetWatch.changes === this.#told && now - this.#toldAt < TELL_AGAIN_MS) return;
    if (now - this.#toldAt < TELL_EVERY_MS) return;
    [this.#told, this.#toldAt] = [streetWatch.changes, now];
    await tellSilence(pool, this.#epoch, streetWatch.seen(now));
  }

  async savedUpTo(): Promise<number> {
    const { rows } = await this.#deps.pool.query<{ seq: number }>(
      'select min(checkpoint_seq) as seq from ingest_partitions where no < 16',
    );
    return rows[0]?.seq ?? 0;
  }

  /** Why we cannot be a worker now; undefined: nothing. */
  async #inTheWay(): Promise<string | undefined> {
    try {
      return (await this.#membership.connect()) ? undefined : 'another ingest has the database for itself';
    } catch (error) {
      if (!isRetryable(error)) throw error;
      return 'the database is away';
    }
  }

  #arm(): void {
    if (this.#released) return;
    this.#cancel = this.#deps.clock.setTimer(TURN_MS, () => {
      this.#turning = this.#turn().finally(() => this.#arm());
    });
  }

  async #turn(): Promise<void> {
    try {
      await this.#look();
    } catch (err) {
      if (isRetryable(err)) this.#deps.log.debug({ err }, 'no look at the other workers now');
      else this.#deps.log.error({ err }, 'cannot share with the other workers');
    }
  }

  async #look(): Promise<void> {
    const { clock, log } = this.#deps;
    if (!(await this.#membership.connect()) || !this.#registered) return;
    const me = this.#epoch;
    if (!(await this.#membership.renew(me))) return this.#lost();
    const { workers, owners } = await this.#membership.look();
    const live = workers.filter(({ epoch, expired }) => !expired || epoch === me).map(({ epoch }) => epoch);
    for (const worker of workers)
      if (!live.includes(worker.epoch) && (await this.#membership.evict(worker)))
        log.warn({ worker: worker.epoch }, 'a worker has not been heard of; its homes go to the others');
    const shares = [...owners.values()].join();
    if (shares !== this.#shares) this.#deps.streetWatch.unsettled(clock.now());
    this.#shares = shares;
    const { take, give } = movesOf({ me, workers: live, owners });
    if (this.#ending || this.#entering > 0 || me !== this.#epoch) return;
    for (const no of give)
      if (this.#holdings.get(no)?.refolded === true && !this.#leaving.has(no)) void this.#give(no, me);
    // The duty by itself: whatever still writes as its former holder holds up nobody's homes
    for (const wanted of [take.filter((no) => no !== DUTY), take.filter((no) => no === DUTY)]) {
      if (wanted.length === 0) continue;
      const gained = await this.#membership.claim(me, maskOf(wanted), clock.now());
      if (gained && me === this.#epoch) this.#gain(gained, me);
    }
  }

  #gain(gained: Gained, epoch: number): void {
    const { base, aliveAt, checkpointSeq } = gained;
    const { clock, log, streetWatch } = this.#deps;
    this.#numbers.from(base);
    const partitions = gained.partitions.filter((no) => no !== DUTY);
    const ours = () => epoch === this.#epoch && !this.#released;
    const legacy: Legacy = { partitions, base, aliveAt, checkpointSeq, ours };
    this.#entering += 1;
    void this.#inheritance
      .persist(ours, async () => {
        const now = clock.now();
        const duty = gained.partitions.includes(DUTY);
        await (duty ? streetWatch.load(now) : streetWatch.follow(now));
        if (!ours()) return;
        this.#onDuty ||= duty;
        await this.#inheritance.enter(legacy, now);
        if (!ours()) return;
        for (const no of partitions) this.#holdings.set(no, { base, knownSince: now, refolded: false });
        this.#tell();
        void this.#refold(legacy);
        void this.#recall(legacy, now);
        await this.#inheritance.wakeUps(legacy);
        log.info({ epoch, partitions, held: this.#holdings.size }, 'homes have come to this worker');
        this.#deps.gained();
      })
      .finally(() => {
        if (ours()) this.#entering -= 1;
      });
  }

  async #refold(legacy: Legacy): Promise<void> {
    if (!(await this.#inheritance.refold(legacy))) return;
    for (const holding of this.#of(legacy)) holding.refolded = true;
  }

  async #recall(legacy: Legacy, now: number): Promise<void> {
    const since = await this.#inheritance.recall(legacy, now);
    if (since !== undefined) for (const holding of this.#of(legacy)) holding.knownSince = since;
  }

  #of({ partitions, base }: Legacy): Holding[] {
    return partitions.flatMap((no) => {
      const holding = this.#holdings.get(no);
      return holding?.base === base ? [holding] : [];
    });
  }

  /** In order: nothing new is begun, what is under way ends, its states are saved; then it is another's. */
  async #give(no: number, epoch: number): Promise<void> {
    const { availability, clock, homes, isQuiet, log, snapshots } = this.#deps;
    this.#leaving.add(no);
    const ours = () => epoch === this.#epoch && !this.#released;
    const until = clock.now() + QUIET_WITHIN_MS;
    try {
      // While commits fail it is in an outage that is ours to record
      while (ours() && (availability.failing || !isQuiet(no))) {
        if (clock.now() >= until) return;
        await wait(clock, QUIET_EVERY_MS);
      }
      if (!ours()) return;
      await snapshots.of((home) => home.partition === no);
      if (!ours()) return;
      const saved = !snapshots.hasUnsaved((home) => home.partition === no);
      const dropped = homes.drop(new Set([no]));
      this.#deps.dropped(dropped, false);
      const now = clock.now();
      await this.#inheritance.persist(ours, async () => {
        if (saved) await this.#membership.beat(epoch, now, 1 << no, this.#numbers.last);
        await this.#membership.give(epoch, 1 << no, now);
      });
      if (!ours()) return;
      this.#holdings.delete(no);
      this.#tell();
      log.info({ partition: no, held: this.#holdings.size }, 'homes are given to another worker');
    } finally {
      if (ours()) this.#leaving.delete(no);
    }
  }

  /** All that we had is others' by now: nothing of it is committed any more, and we begin anew. */
  async #lost(): Promise<void> {
    const { availability, homes, log, snapshots } = this.#deps;
    if (this.#beginning) return this.#beginning;
    log.error({ epoch: this.#epoch }, 'this worker has been taken for dead; it begins anew');
    this.#registered = false;
    this.#onDuty = false;
    this.#entering = 0;
    this.#holdings.clear();
    this.#leaving.clear();
    this.#epoch = 0;
    this.#told = -1;
    this.#tell();
    snapshots.clear();
    availability.beginAnew();
    this.#deps.dropped(homes.dropAll(), true);
    this.#beginning = this.#begin().finally(() => (this.#beginning = undefined));
    return this.#beginning;
  }

  async #begin(): Promise<void> {
    const { clock, recent } = this.#deps;
    await this.#inheritance.persist(
      () => !this.#released,
      async () => {
        while (!(await this.#membership.connect())) {
          if (this.#released) return;
          await wait(clock, ASK_EVERY_MS);
        }
        this.#epoch = await this.#membership.register(clock.now());
        this.#registered = true;
        recent.forget(clock.now());
        // How far back memory is complete is known of each partition
        recent.extendBack(0);
        this.#tell();
      },
    );
  }

  #tell(): void {
    this.#deps.availability.partitions = maskOf(this.#holdings.keys());
  }
}
