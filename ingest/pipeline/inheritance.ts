import { type Clock, wait } from '../../platform/clock.ts';
import { isRetryable, type Pool } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import { AHEAD_TOLERANCE_MS } from '../decode/clock.ts';
import type { DeviceClocks } from '../dedupe/device-clocks.ts';
import { hashJson, hashText } from '../dedupe/hash.ts';
import type { PressIds } from '../dedupe/press-ids.ts';
import type { RecentIds } from '../dedupe/recent-ids.ts';
import { maskOf } from '../sharing/partitions.ts';
import { lastStoredAt, outagesSince } from '../store/epochs.ts';
import { savedWakeUps } from '../store/home-states.ts';
import { devicesAhead, pressIds, recentReadings } from '../store/known-ids.ts';
import { homeIdsOfNos } from '../store/registry-rows.ts';
import { readTail } from '../store/tail.ts';
import { type Availability, SHORTEST_OUTAGE_MS } from './availability.ts';
import type { Homes } from './homes.ts';
import { SEQS_OF_EPOCH } from './owner.ts';
import type { Snapshots } from './snapshots.ts';

export interface HeirDeps {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Log;
  readonly homes: Homes;
  readonly snapshots: Snapshots;
  readonly availability: Availability;
  readonly recent: RecentIds;
  readonly presses: PressIds;
  readonly clocks: DeviceClocks;
  /** A home that is not in memory wants to be woken then. */
  readonly wakeUp: (homeId: string, wakeAt: number) => void;
}

/** What the last owner has left of some homes. */
export interface Legacy {
  readonly partitions: readonly number[];
  /** The epoch from which on we number: everything of theirs came before. */
  readonly base: number;
  /** By partition, when it was last known to be accepted for; null: never. ms since the epoch. */
  readonly aliveAt: ReadonlyMap<number, number | null>;
  /** Every state is saved up to here. */
  readonly checkpointSeq: number;
  /** Whether it still is ours. */
  readonly ours: () => boolean;
}

const OUTAGES_KEPT_MS = 3 * 24 * 3_600_000;
const RETRY_MS = 250;
/** More than the clock's tolerance, within which a copy may have come before its own time. */
export const RECALLED_MS = AHEAD_TOLERANCE_MS + 10_000;
const MOST_RECALLED = 300_000;
/** Homes refolded before anybody asks for them, in one turn. */
const REFOLD_BATCH = 200;

/** Taking over homes from whoever had them: their outage, the ids it knew, when they want to be woken, what was not saved. */
export class Inheritance {
  readonly #deps: HeirDeps;

  constructor(deps: HeirDeps) {
    this.#deps = deps;
  }

  /** What must be known before anything of theirs is folded. */
  async enter(legacy: Legacy, now: number): Promise<void> {
    const { partitions, aliveAt, checkpointSeq } = legacy;
    const { availability, clock, clocks, pool, presses } = this.#deps;
    clocks.foreignUntil(clock.now(), legacy);
    const mask = maskOf(partitions);
    availability.load(mask, await outagesSince(pool, now - OUTAGES_KEPT_MS));
    for (const at of new Set(aliveAt.values())) {
      // Its last heartbeat is up to a second old: a gap of about that is no outage. Nor is what it stored after that
      // heartbeat part of one: folded again, it must see what it saw (I4).
      if (at === null || now - at < 2 * SHORTEST_OUTAGE_MS) continue;
      const out = maskOf(partitions.filter((no) => aliveAt.get(no) === at));
      const storedAt = (await lastStoredAt(pool, at, checkpointSeq, out)) ?? at;
      if (storedAt < now) await availability.record(pool, [storedAt, now], 'not running', out);
    }
    for (const { idKey, contentKey, day } of await pressIds(pool, now)) presses.add(idKey, contentKey, day);
    for (const deviceNo of await devicesAhead(pool, now)) clocks.ahead(deviceNo);
  }

  async wakeUps({ partitions }: Legacy): Promise<void> {
    const { pool, wakeUp } = this.#deps;
    for (const { homeId, wakeAt } of await savedWakeUps(pool, maskOf(partitions))) wakeUp(homeId, wakeAt);
  }

  /**
   * What arrived shortly before is remembered, so that live messages need not be looked up: from when on that is complete.
   */
  async recall(legacy: Legacy, now: number): Promise<number | undefined> {
    const { clock, clocks, log, pool, recent } = this.#deps;
    let since: number | undefined;
    await this.persist(legacy.ours, async () => {
      const mask = maskOf(legacy.partitions);
      const readings = await recentReadings(pool, now - RECALLED_MS, MOST_RECALLED, mask);
      if (!legacy.ours()) return;
      for (const { deviceNo, channel, messageId, body, receivedAt, occurredAt } of readings) {
        recent.add(hashText(messageId, deviceNo), hashJson(body, channel), clock.now());
        // Perhaps its clock was a little fast, and the time it stated is lost
        if (occurredAt === receivedAt) clocks.perhapsFast(deviceNo);
      }
      const last = readings.length === MOST_RECALLED ? readings.at(-1)?.receivedAt : undefined;
      since = last ?? now - RECALLED_MS;
      clocks.foreignTold(now - RECALLED_MS, last === undefined, legacy);
      log.debug({ readings: readings.length }, 'recent ids are remembered');
    });
    return since;
  }

  /** Homes wait for this; those that are asked for first are refolded first. True: complete, and still ours. */
  async refold(legacy: Legacy): Promise<boolean> {
    const { clock, homes, log, pool } = this.#deps;
    const { partitions, base, aliveAt, checkpointSeq, ours } = legacy;
    const from = clock.now();
    let left: number[] = [];
    await this.persist(ours, async () => {
      const { tail, items } = await readTail(
        pool,
        checkpointSeq,
        base * SEQS_OF_EPOCH,
        earliestOf(aliveAt.values()),
        maskOf(partitions),
      );
      if (!ours()) return;
      left = [...tail.keys()];
      homes.provide(tail, partitions);
      log.info({ items, homes: left.length, ms: clock.now() - from }, 'what was not saved has been read');
    });
    while (ours() && left.length > 0) {
      const nos = left.slice(0, REFOLD_BATCH);
      await this.persist(ours, async () => {
        const ids = await homeIdsOfNos(pool, nos);
        if (!ours()) return;
        for (const no of nos) if (!ids.has(no)) homes.dropTail(no);
        await Promise.all([...ids.values()].map((homeId) => homes.whenReady(homes.get(homeId))));
      });
      left = left.filter((no) => homes.isInTail(no));
    }
    log.debug({ ms: clock.now() - from, items: homes.refolded }, 'refold is complete');
    return ours();
  }

  /** Until it succeeds, or nobody wants it any more. */
  async persist(wanted: () => boolean, work: () => Promise<void>): Promise<void> {
    while (wanted()) {
      try {
        await work();
        return;
      } catch (error) {
        if (!isRetryable(error)) this.#deps.log.error({ err: error }, 'cannot take over');
        await wait(this.#deps.clock, RETRY_MS);
      }
    }
  }
}

/** null: one of them is not known. */
const earliestOf = (times: Iterable<number | null>): number | null => {
  let earliest: number | null = Infinity;
  for (const at of times) earliest = at === null || earliest === null ? null : Math.min(at, earliest);
  return earliest === Infinity ? null : earliest;
};
