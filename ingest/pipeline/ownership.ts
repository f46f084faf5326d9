import { type Clock, wait } from '../../platform/clock.ts';
import { isRetryable, type Pool } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import { maintainPartitions } from '../../platform/partitions.ts';
import { AHEAD_TOLERANCE_MS } from '../decode/clock.ts';
import type { DeviceClocks } from '../dedupe/device-clocks.ts';
import { hashJson, hashText } from '../dedupe/hash.ts';
import type { PressIds } from '../dedupe/press-ids.ts';
import type { RecentIds } from '../dedupe/recent-ids.ts';
import { lastStoredAt, outagesSince } from '../store/epochs.ts';
import { savedWakeUps } from '../store/home-states.ts';
import { devicesAhead, pressIds, recentReadings } from '../store/known-ids.ts';
import type { IngestLinks, LeaseHold } from '../links.ts';
import type { Epoch } from '../store/lease.ts';
import { homeIdsOfNos } from '../store/registry-rows.ts';
import { readTail } from '../store/tail.ts';
import { type Availability, SHORTEST_OUTAGE_MS } from './availability.ts';
import type { Homes } from './homes.ts';
import type { Snapshots } from './snapshots.ts';
import type { StreetWatch } from './street-watch.ts';

export interface OwnershipDeps {
  readonly links: Pick<IngestLinks, 'lease'>;
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Log;
  readonly homes: Homes;
  readonly snapshots: Snapshots;
  readonly availability: Availability;
  readonly streetWatch: StreetWatch;
  readonly recent: RecentIds;
  readonly presses: PressIds;
  readonly clocks: DeviceClocks;
  /** A home that is not in memory wants to be woken then. */
  readonly wakeUp: (homeId: string, wakeAt: number) => void;
}

/** seq = epoch × 2^32 + counter: grows over restarts, and stays a safe integer for two million of them. */
const SEQS_OF_EPOCH = 2 ** 32;
const OUTAGES_KEPT_MS = 3 * 24 * 3_600_000;
const RETRY_MS = 250;
/** More than the clock's tolerance, within which a copy may have come before its own time. */
const RECALLED_MS = AHEAD_TOLERANCE_MS + 10_000;
const MOST_RECALLED = 300_000;
/** Homes refolded before anybody asks for them, in one turn. */
const REFOLD_BATCH = 200;

/**
 * Owning the database as its one ingest: the lease, the epoch that numbers what we fold, and taking over what the last
 * owner left: its outage, the ids it knew, what it had not saved.
 */
export class Ownership {
  readonly #deps: OwnershipDeps;
  readonly #lease: LeaseHold;
  #epoch: Epoch = { epoch: 0, aliveAt: null, checkpointSeq: 0 };
  #counter = 0;
  #owning = false;
  #released = false;
  #regaining: Promise<void> | undefined;
  /** The last owner's checkpoint stays ours until all of its tail is refolded. */
  tailPending = true;

  constructor(deps: OwnershipDeps) {
    this.#deps = deps;
    this.#lease = deps.links.lease(() => void this.#holdAgain());
  }

  get owning(): boolean {
    return this.#owning;
  }

  get epoch(): number {
    return this.#epoch.epoch;
  }

  get checkpointSeq(): number {
    return this.#epoch.checkpointSeq;
  }

  get lastSeq(): number {
    return this.#epoch.epoch * SEQS_OF_EPOCH + this.#counter;
  }

  nextSeq(): number {
    this.#counter += 1;
    if (this.#counter >= SEQS_OF_EPOCH) throw new Error('this epoch has no more numbers; restart');
    return this.lastSeq;
  }

  /** Resolves once messages may be accepted; the refold of what the last owner left goes on behind it. */
  async take(withinMs: number, unless?: () => boolean): Promise<void> {
    await this.#lease.acquire(withinMs, unless);
    await this.#begin();
  }

  /**
   * After the fence has refused us: another took over. Waits until it is gone, and starts anew on what it has left.
   * Claims at work keep their messages; the homes' states come from the database again.
   */
  regain(): Promise<void> {
    this.#regaining ??= this.#regain().finally(() => (this.#regaining = undefined));
    return this.#regaining;
  }

  async release(): Promise<void> {
    this.#released = true;
    this.#owning = false;
    await this.#lease.release();
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

  async #persist(work: () => Promise<void>): Promise<void> {
    while (!this.#released) {
      try {
        await work();
        return;
      } catch (error) {
        if (!isRetryable(error)) this.#deps.log.error({ err: error }, 'cannot take the database over');
        await wait(this.#deps.clock, RETRY_MS);
      }
    }
  }

  async #begin(): Promise<void> {
    const { availability, clock, clocks, log, pool, presses, recent } = this.#deps;
    const now = clock.now();
    await maintainPartitions({ pool, clock, log });
    const before = await this.#lease.begin(now);
    this.#epoch = before;
    this.#counter = 0;
    this.tailPending = true;
    availability.outages.splice(0);
    for (const outage of await outagesSince(pool, now - OUTAGES_KEPT_MS)) availability.add(outage);
    // Its last heartbeat is up to a second old: a gap of about that is no outage. Nor is what it stored after that
    // heartbeat part of one: folded again, it must see what it saw (I4).
    if (before.aliveAt !== null && now - before.aliveAt >= 2 * SHORTEST_OUTAGE_MS) {
      const storedAt = (await lastStoredAt(pool, before.aliveAt, before.checkpointSeq)) ?? before.aliveAt;
      if (storedAt < now) await availability.record(pool, [storedAt, now], 'not running');
    }
    await this.#deps.streetWatch.load(now);
    for (const { idKey, contentKey, day } of await pressIds(pool, now)) presses.add(idKey, contentKey, day);
    for (const deviceNo of await devicesAhead(pool, now)) clocks.ahead(deviceNo);
    recent.forget(clock.now());
    for (const { homeId, wakeAt } of await savedWakeUps(pool)) this.#deps.wakeUp(homeId, wakeAt);
    this.#owning = true;
    log.info({ epoch: this.epoch, checkpointSeq: before.checkpointSeq }, 'ingest owns the database');
    void this.#refold(before);
    void this.#recall(before, now);
  }

  /** What arrived shortly before the start is remembered, so that live messages need not be looked up. */
  async #recall(epoch: Epoch, now: number): Promise<void> {
    const { clock, clocks, log, pool, recent } = this.#deps;
    await this.#persist(async () => {
      const readings = await recentReadings(pool, now - RECALLED_MS, MOST_RECALLED);
      if (this.#epoch !== epoch) return;
      for (const { deviceNo, channel, messageId, body, receivedAt, occurredAt } of readings) {
        recent.add(hashText(messageId, deviceNo), hashJson(body, channel), clock.now());
        // Perhaps its clock was a little fast, and the time it stated is lost
        if (occurredAt === receivedAt) clocks.fast(deviceNo);
      }
      const last = readings.length === MOST_RECALLED ? readings.at(-1)?.receivedAt : undefined;
      recent.extendBack(last ?? now - RECALLED_MS);
      log.debug({ readings: readings.length }, 'recent ids are remembered');
    });
  }

  /** Homes wait for this; those that are asked for first are refolded first. */
  async #refold(epoch: Epoch): Promise<void> {
    const { clock, homes, log, pool } = this.#deps;
    const from = clock.now();
    await this.#persist(async () => {
      const { tail, items } = await readTail(
        pool,
        epoch.checkpointSeq,
        epoch.epoch * SEQS_OF_EPOCH,
        epoch.aliveAt,
      );
      if (this.#epoch !== epoch) return;
      homes.provide(tail);
      log.info({ items, homes: tail.size, ms: clock.now() - from }, 'what was not saved has been read');
    });
    while (this.#epoch === epoch && !this.#released) {
      const nos = homes.inTail.slice(0, REFOLD_BATCH);
      if (nos.length === 0) break;
      await this.#persist(async () => {
        const ids = await homeIdsOfNos(pool, nos);
        for (const no of nos) if (!ids.has(no)) homes.dropTail(no);
        await Promise.all([...ids.values()].map((homeId) => homes.whenReady(homes.get(homeId))));
      });
    }
    if (this.#epoch === epoch) this.tailPending = false;
    log.debug({ ms: clock.now() - from, items: homes.refolded }, 'refold is complete');
  }
}
