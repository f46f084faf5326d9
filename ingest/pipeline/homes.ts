import { type Channel, CHANNEL_NUMBER, CHANNELS, type Payload } from '../../schemas/channels.ts';
import type { DeviceEvent } from '../../schemas/inbound.ts';
import { type Clock, wait } from '../../platform/clock.ts';
import { isRetryable, type Pool } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import type { HomeInput, StreetOutage } from '../detectors/detector.ts';
import type { Directory } from '../directory.ts';
import type { FoldItem, HomeFold, Outage } from '../home-fold.ts';
import {
  type HomeProfileJson,
  type HomeState,
  initialState,
  profileFromJson,
  stateFromJson,
} from '../home-state.ts';
import { savedStates } from '../store/home-states.ts';
import { EVERY_PARTITION } from '../sharing/partitions.ts';
import { clockOf, isWill, madeMessageId } from '../store/rows.ts';
import { wholePayload } from '../store/stored-body.ts';
import type { Tail, TailItem } from '../store/tail.ts';
import { Home } from './home.ts';

export interface HomesDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: Pool;
  readonly directory: Directory;
  readonly fold: HomeFold;
  readonly outagesOf: (partition: number) => readonly Outage[];
  readonly streets: readonly StreetOutage[];
  /** It can be folded now. */
  readonly onReady: (home: Home) => void;
  /** The registry has no such home (any more). */
  readonly onAbsent: (home: Home) => void;
}

const BATCH = 500;
const RETRY_MS = 200;
const CHANNEL_OF = new Map<number, Channel>(CHANNELS.map((channel) => [CHANNEL_NUMBER[channel], channel]));

/**
 * The homes in memory. One comes when something for it arrives: its entry from the directory, its snapshot, and on top
 * of that a refold of what was stored since (I4); all together in batches. One that has been quiet for long goes again.
 */
export class Homes {
  readonly #deps: HomesDeps;
  readonly #homes = new Map<string, Home>();
  readonly #tail: Tail = new Map();
  /** Partitions whose tail has not been read yet, and their homes that wait for it. */
  readonly #awaited = new Set<number>(EVERY_PARTITION);
  #held: Home[] = [];
  #wanted: Home[] = [];
  #loading = false;
  #closed = false;
  refolded = 0;

  constructor(deps: HomesDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#homes.size;
  }

  values(): IterableIterator<Home> {
    return this.#homes.values();
  }

  find(homeId: string): Home | undefined {
    return this.#homes.get(homeId);
  }

  get(homeId: string): Home {
    const found = this.#homes.get(homeId);
    if (found) return found;
    const home = new Home(homeId);
    this.#homes.set(homeId, home);
    return home;
  }

  remove(home: Home): void {
    this.#homes.delete(home.homeId);
  }

  /** Whether it can be folded right now. If not, it is fetched, and `onReady` or `onAbsent` tells. */
  isReady(home: Home): boolean {
    if (home.loading) return false;
    const entry = this.#deps.directory.peek(home.homeId);
    if (entry && home.state) {
      home.entry = entry;
      return true;
    }
    home.loading = true;
    void this.#fetch(home);
    return false;
  }

  /** What was stored after the checkpoint in these partitions, once it has been read; homes wait for it. */
  provide(tail: Tail, partitions: Iterable<number>): void {
    for (const [homeNo, items] of tail) this.#tail.set(homeNo, items);
    for (const no of partitions) this.#awaited.delete(no);
    const held = this.#held;
    this.#held = [];
    for (const home of held) this.#queue(home);
  }

  /** Whether it has something in the tail still. */
  isInTail(homeNo: number): boolean {
    return this.#tail.has(homeNo);
  }

  /** Others have these homes now, or had them: what is known of them is not so any more. */
  drop(partitions: ReadonlySet<number>): Home[] {
    const dropped: Home[] = [];
    for (const home of this.#homes.values()) {
      if (!partitions.has(home.partition)) continue;
      home.gone = true;
      this.#homes.delete(home.homeId);
      dropped.push(home);
    }
    for (const no of partitions) this.#awaited.add(no);
    const held = this.#held.filter(({ gone }) => gone);
    this.#held = this.#held.filter(({ gone }) => !gone);
    for (const home of held) this.#loaded(home);
    return dropped;
  }

  /** As `drop`, of everything. */
  dropAll(): Home[] {
    this.#tail.clear();
    return this.drop(new Set(EVERY_PARTITION));
  }

  /** Another ingest may have folded since: states are to come from the database again. */
  reset(): void {
    this.#tail.clear();
    for (const no of EVERY_PARTITION) this.#awaited.add(no);
    this.#held.push(...this.#wanted.splice(0));
    for (const home of this.#homes.values()) {
      home.state = undefined;
      home.told = undefined;
      home.unsavedFrom = 0;
      home.firedUntil = 0;
    }
  }

  /** Nobody has this home any more. */
  dropTail(homeNo: number): void {
    this.#tail.delete(homeNo);
  }

  /** Resolves once it can be folded, or is known to be gone. */
  whenReady(home: Home): Promise<void> {
    return new Promise((resolve) => {
      if (home.busy || this.isReady(home)) return resolve();
      this.#waiters.push([home, resolve]);
    });
  }

  /** Loads the state of one that is busy, for whoever holds it. */
  async restore(home: Home): Promise<void> {
    if (!home.entry) return;
    await new Promise<void>((resolve) => this.#want(home, resolve));
  }

  close(): void {
    this.#closed = true;
  }

  async #fetch(home: Home): Promise<void> {
    const { directory, onAbsent } = this.#deps;
    const entry = directory.peek(home.homeId) ?? (await directory.load(home.homeId));
    if (!entry) {
      home.loading = false;
      home.entry = undefined;
      onAbsent(home);
      this.#tell(home);
      return;
    }
    home.entry = entry;
    if (home.state) this.#ready(home);
    else this.#want(home, () => this.#ready(home));
  }

  #ready(home: Home): void {
    home.loading = false;
    this.#deps.onReady(home);
    this.#tell(home);
  }

  #waiters: [Home, () => void][] = [];
  #tell(home: Home): void {
    if (this.#waiters.length === 0) return;
    const mine = this.#waiters.filter(([other]) => other === home);
    this.#waiters = this.#waiters.filter(([other]) => other !== home);
    for (const [, resolve] of mine) resolve();
  }

  readonly #then = new Map<Home, () => void>();
  #want(home: Home, then: () => void): void {
    this.#then.set(home, then);
    this.#queue(home);
  }

  #queue(home: Home): void {
    if (home.gone) return this.#loaded(home);
    if (this.#awaited.has(home.partition)) {
      this.#held.push(home);
      return;
    }
    this.#wanted.push(home);
    if (this.#loading) return;
    this.#loading = true;
    setImmediate(() => void this.#loadStates());
  }

  #loaded(home: Home): void {
    const then = this.#then.get(home);
    this.#then.delete(home);
    then?.();
  }

  async #loadStates(): Promise<void> {
    const { clock, log, pool } = this.#deps;
    while (this.#wanted.length > 0 && !this.#closed) {
      const homes = this.#wanted.splice(0, BATCH);
      for (let done = false; !done && !this.#closed;) {
        try {
          const nos = homes.map((home) => home.entry?.homeNo ?? 0);
          const saved = new Map((await savedStates(pool, nos)).map((row) => [row.homeNo, row]));
          for (const home of homes) {
            const row = saved.get(home.entry?.homeNo ?? 0);
            home.state = row ? stateFromJson(this.#deps.fold.detectors, row.state) : undefined;
            home.seq = row?.seq ?? 0;
            home.firedUntil = row?.state.firedUntil ?? 0;
            this.#refold(home);
          }
          done = true;
        } catch (error) {
          if (!isRetryable(error)) log.error({ err: error }, 'home states cannot be read');
          await wait(clock, RETRY_MS);
        }
      }
      for (const home of homes) this.#loaded(home);
      // Between batches others have their turn
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#loading = false;
  }

  /** Signals are dropped: they were committed with what they came from. */
  #refold(home: Home): void {
    const { fold, outagesOf, streets, log } = this.#deps;
    const outages = outagesOf(home.partition);
    const homeNo = home.entry?.homeNo ?? 0;
    const items = this.#tail.get(homeNo) ?? [];
    this.#tail.delete(homeNo);
    let state = home.state ?? initialState(fold.detectors);
    for (const item of items) {
      if (item.seq <= home.seq) continue;
      try {
        state = fold.fold(state, foldItemOf(item, home.homeId, state), outages, streets).state;
        home.unsavedFrom ||= item.seq;
        home.seq = item.seq;
        home.firedUntil = 0;
        this.refolded += 1;
      } catch (error) {
        log.error({ err: error, homeId: home.homeId, seq: item.seq }, 'a stored item could not be refolded');
      }
    }
    home.state = state;
    home.told = undefined;
  }
}

/** A stored item as it was folded when it arrived. */
export function foldItemOf(item: TailItem, homeId: string, state: HomeState): FoldItem {
  switch (item.kind) {
    case 'reading':
      return { kind: 'event', event: eventOf(item, homeId, state), now: item.receivedAt };
    case 'timer':
      return { kind: 'timer', now: item.at };
    case 'profile':
      return {
        kind: 'profile',
        profile: profileFromJson(JSON.parse(item.body) as HomeProfileJson),
        now: item.at,
      };
    case 'input':
      return { kind: 'input', input: JSON.parse(item.body) as HomeInput, now: item.at };
  }
}

function eventOf(
  item: Extract<TailItem, { kind: 'reading' }>,
  homeId: string,
  state: HomeState,
): DeviceEvent {
  const channel = CHANNEL_OF.get(item.channel) ?? 'status';
  const unregistered = item.marks.includes('unregistered_device');
  const device = unregistered ? undefined : state.profile?.devices.get(item.deviceId);
  return {
    homeId,
    deviceId: item.deviceId,
    deviceKind: device?.kind ?? 'unknown',
    channel,
    payload: wholePayload(JSON.parse(item.body) as Payload<Channel>, item),
    messageId: item.messageId ?? madeMessageId(item.seq),
    occurredAt: item.occurredAt,
    receivedAt: item.receivedAt,
    clock: clockOf(item.flags),
    marks: item.marks,
    ...(device?.zone !== undefined && { zone: device.zone }),
    ...(isWill(item.flags) && { will: true }),
  };
}
