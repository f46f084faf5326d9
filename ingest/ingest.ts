import type { Listener } from '../platform/database.ts';
import { type InboundMessage, IntakeClosed, type Outcome, type Receipt } from '../schemas/inbound.ts';
import { DeclaredCodecs } from './declared-codecs.ts';
import { homeOf, isExpress } from './decode/address.ts';
import { DeviceClocks } from './dedupe/device-clocks.ts';
import { PressIds } from './dedupe/press-ids.ts';
import { RecentIds } from './dedupe/recent-ids.ts';
import { DETECTORS } from './detectors/registry.ts';
import { Directory } from './directory.ts';
import { createHomeFold } from './home-fold.ts';
import { linksTo } from './links.ts';
import { localTimeOf } from './local-time.ts';
import { type Ingest, type IngestDeps, LIMITS } from './ingest-port.ts';
import { createMeter } from './metrics.ts';
import { Availability } from './pipeline/availability.ts';
import { Backlog } from './pipeline/backlog.ts';
import type { Committed } from './pipeline/commit.ts';
import type { Claim, Home, Work } from './pipeline/home.ts';
import { Homes } from './pipeline/homes.ts';
import type { Owner } from './pipeline/owner.ts';
import { Ownership } from './pipeline/ownership.ts';
import { Rounds } from './pipeline/rounds.ts';
import { Runner } from './pipeline/runner.ts';
import { Scheduler } from './pipeline/scheduler.ts';
import { Sharing } from './pipeline/sharing.ts';
import { Snapshots } from './pipeline/snapshots.ts';
import { StreetWatch } from './pipeline/street-watch.ts';
import { Ticker } from './pipeline/ticker.ts';
import { isMessage, type Unit } from './pipeline/unit.ts';
import { PartitionElsewhere } from './sharing/partition-elsewhere.ts';
import { partitionOfMessage } from './sharing/partitions.ts';
import { homesOf, registryHomes } from './store/registry-rows.ts';

const DRAIN_WITHIN_MS = 5_000;
/** The same while commits fail anyway. */
const DRAIN_FAILING_WITHIN_MS = 1_000;

/** The composition of the stream core. One per process. */
export function createIngest(deps: IngestDeps): Ingest {
  const { clock, log, pool } = deps;
  const limits = { ...LIMITS, ...deps.limits };
  const links = deps.links ?? linksTo(deps.databaseUrl, { clock, log, ...limits });
  const fold = createHomeFold(deps.detectors ?? DETECTORS, localTimeOf(deps.timeZone));
  const availability = new Availability(log);
  const outagesOf = (partition: number) => availability.of(partition);
  /** At the end of all our connections' names, to be known by when we are taken for dead. */
  const workerName = `@${deps.newId()}`;
  const recent = new RecentIds(clock.now(), limits.recentIds);
  const presses = new PressIds();
  const clocks = new DeviceClocks();
  const codecs = new DeclaredCodecs(pool, log);
  const directory = new Directory(
    { homes: (ids) => registryHomes(pool, ids), homesOf: (what, id) => homesOf(pool, what, id) },
    clock,
    log,
    deps.consentRequired,
  );
  const backlog = new Backlog();
  let closed = false;
  const underWay = new Set<number>();
  const lanes = (kind: string, count: number) =>
    Array.from({ length: count }, (_, i) =>
      links.lane(`yinling ingest ${kind} ${i}${deps.shares === true ? ` ${workerName}` : ''}`),
    );
  const express = lanes('express', limits.expressLanes);
  const bulk = lanes('bulk', limits.bulkLanes);

  const homes: Homes = new Homes({
    clock,
    log,
    pool,
    directory,
    fold,
    outagesOf,
    get streets() {
      return streetWatch.outages;
    },
    onReady(home) {
      if (home.gone) return;
      if (home.state) {
        ticker.set(home, fold.wakeAt(home.state));
        streetWatch.adopted(home, undefined, home.state);
      }
      if (home.unsavedFrom > 0) snapshots.changed(home, home.unsavedFrom);
      scheduler.offer(home);
    },
    onAbsent(home) {
      for (const work of [...home.express.splice(0), ...home.bulk.splice(0)])
        if (work.kind !== 'timer') scheduler.stray(work);
      ticker.set(home, Infinity);
      homes.remove(home);
    },
  });
  const raising = {
    now: () => clock.now(),
    newId: deps.newId,
    homeOf: (homeId: string) => homes.find(homeId)?.entry?.facts ?? { residentId: null, canAsk: false },
  };
  const streetWatch: StreetWatch = new StreetWatch({
    clock,
    log,
    pool,
    homes,
    fold,
    raising,
    fence: () => owner.dutyFence(),
    committed(committed) {
      meter.signalled(committed.opened + committed.joined + committed.ignored);
      onCommitted(committed);
    },
  });
  const suspended = () => availability.failing || !owner.owning;
  const snapshots = new Snapshots({ clock, log, db: pool, detectors: fold.detectors });
  const ticker = new Ticker({
    clock,
    fold,
    outagesOf,
    streets: streetWatch.outages,
    owns: (home) => owner.owns(home.partition),
    adopted: (home, before, after) => streetWatch.adopted(home, before, after),
    suspended,
    isReady: (home) => homes.isReady(home),
    add: (home, work) => scheduler.add(home, work, 'due'),
  });
  const heir = {
    links,
    pool,
    clock,
    log,
    homes,
    snapshots,
    availability,
    streetWatch,
    recent,
    presses,
    clocks,
    wakeUp: (homeId: string, wakeAt: number) => ticker.set(homes.get(homeId), wakeAt),
  };
  const owner: Owner =
    deps.shares === true
      ? new Sharing({ ...heir, workerName, isQuiet, dropped, gained: () => rounds.lookForInputs() })
      : new Ownership(heir);
  const meter = createMeter(deps.metrics, {
    pending: () => backlog.messages,
    homes: () => homes.size,
    wakeUps: () => ticker.timers.size,
    unsaved: () => snapshots.waiting,
    partitions: () => owner.held.size,
  });
  const runner = new Runner({
    clock,
    log,
    db: pool,
    directory,
    availability,
    underWay,
    preparing: {
      codecs: codecs.all,
      recent,
      presses,
      clocks,
      knownSince: (partition) => owner.knownSince(partition),
    },
    folding: {
      fold,
      nextSeq: () => owner.nextSeq(),
      outagesOf,
      streets: streetWatch.outages,
    },
    owner,
    raising,
    numbering: deps.numbering ?? (() => false),
    hand: (claims) => scheduler.hand(claims),
    handApart: (claims) => scheduler.handApart(claims),
    settle,
    abandon,
    committed: onCommitted,
    count: meter.count,
  });
  const scheduler: Scheduler = new Scheduler({
    express,
    bulk,
    run: (lane, claims, mayHand) => runner.run(lane, claims, mayHand),
    isReady: (home) => homes.isReady(home),
    setTimer: (ms, fn) => clock.setTimer(ms, fn),
    now: () => clock.now(),
    onFault: (err) => log.error({ err }, 'a batch ended in an unforeseen way'),
  });
  const rounds = new Rounds({
    clock,
    log,
    pool,
    homes,
    snapshots,
    ticker,
    suspended,
    directory,
    scheduler,
    owner,
    underWay,
    presses,
    quietHomeMs: limits.quietHomeMs,
  });
  let listener: Pick<Listener, 'close'> | undefined;

  function accept(message: InboundMessage): Promise<Outcome> {
    return new Promise((accepted, refused) => submit(message, { accepted, refused }));
  }

  function submit(message: InboundMessage, receipt: Receipt): void {
    if (closed) return receipt.refused(new IntakeClosed());
    const homeId = homeOf(message);
    const known = homeId === undefined ? undefined : homes.find(homeId);
    const partition = known?.partition ?? partitionOfMessage(message);
    if (!owner.owns(partition)) return receipt.refused(new PartitionElsewhere());
    const work = backlog.enter(message, receipt, clock.now(), partition);
    if (homeId === undefined) return scheduler.stray(work);
    const home = known ?? homes.get(homeId);
    home.usedAt = work.acceptedAt;
    scheduler.add(home, work, isExpress(message) ? 'call' : 'bulk');
  }

  function settle(unit: Unit, alertIds: readonly (string | null)[]): void {
    const { claim, next } = unit;
    const { home } = claim;
    const now = clock.now();
    if (home && next) {
      streetWatch.adopted(home, home.state, next.state);
      home.state = next.state;
      home.told = next.told;
      home.firedUntil = next.firedUntil;
      home.seq = next.seq;
      if (unit.firstSeq !== Infinity) snapshots.changed(home, unit.firstSeq);
      ticker.set(home, next.wakeAt);
    }
    remember(unit, now);
    meter.settled(unit);
    for (const { detector, error } of unit.faults)
      log.error({ err: error, detector, homeId: home?.homeId }, 'a detector threw');
    let oldest = now;
    claim.works.forEach((work, place) => {
      if (work.kind === 'input') rounds.folded(work.id);
      if (!isMessage(work)) return;
      if (work.acceptedAt < oldest) oldest = work.acceptedAt;
      work.settle(withAlerts(unit.outcomes[place], unit, alertIds, place));
    });
    if (claim.works.some(isMessage))
      meter.waited(unit.signals.length > 0 ? 'express' : 'bulk', (now - oldest) / 1000);
    scheduler.done(claim);
  }

  function remember(unit: Unit, now: number): void {
    for (const { item, idKey, contentKey } of unit.remember) {
      const { event, deviceNo, statedAt } = item;
      if (event.channel === 'sos') presses.add(idKey, contentKey, dayOf(event.receivedAt));
      else recent.add(idKey, contentKey, now);
      if (event.clock === 'ahead') clocks.ahead(deviceNo);
      else if (statedAt !== undefined) clocks.fast(deviceNo, statedAt - event.receivedAt);
    }
  }

  function onCommitted(committed: Committed): void {
    meter.committed(committed);
    if (committed.opened + committed.joined > 0)
      deps.onCommitted?.({
        opened: committed.opened,
        joined: committed.joined,
        events: committed.events,
      });
  }

  function abandon(claim: Claim): void {
    giveUp(claim.works, closed ? new IntakeClosed() : new PartitionElsewhere());
    scheduler.done(claim);
  }

  function giveUp(works: readonly Work[], why: Error): void {
    for (const work of works) {
      if (work.kind === 'input') rounds.folded(work.id);
      if (isMessage(work)) work.fail(why);
    }
  }

  /** Nothing of this partition waits or is under way, nor an answer. */
  function isQuiet(partition: number): boolean {
    if (backlog.of(partition) > 0 || deps.answered?.(partition) === false) return false;
    for (const home of homes.values()) if (home.partition === partition && !home.idle) return false;
    return true;
  }

  /** Others have these homes now. `everything`: we have lost what we had, and what waits for no home with it. */
  function dropped(gone: readonly Home[], everything: boolean): void {
    const why = new PartitionElsewhere();
    for (const home of gone) {
      giveUp([...home.express.splice(0), ...home.bulk.splice(0)], why);
      ticker.set(home, Infinity);
      snapshots.forget(home);
      streetWatch.dropped(home);
      directory.forget(home.homeId);
    }
    if (everything) for (const claim of scheduler.drain()) abandon(claim);
  }

  return {
    intake: {
      accept,
      submit,
      get saturated() {
        return backlog.messages > limits.pendingMessages || backlog.bytes > limits.pendingBytes;
      },
    },
    stats: meter.stats,
    get owns() {
      return owner.owning;
    },
    get held() {
      return owner.held;
    },
    wake: () => rounds.lookForInputs(),
    async start() {
      await owner.take(deps.leaseWaitMs ?? 15_000, deps.leaveLease);
      listener = await links.listen({
        clock,
        log,
        channels: ['registry', 'home_inputs'],
        onNotify(channel, payload) {
          if (channel !== 'registry') rounds.lookForInputs();
          else if (payload.startsWith('codec:')) void codecs.load();
          else directory.changed(payload);
        },
        onReconnect() {
          directory.changedEverything();
          void codecs.load();
          rounds.lookForInputs();
        },
      });
      await codecs.load();
      scheduler.open();
      ticker.start();
      rounds.start();
    },
    async stop({ save = true } = {}) {
      closed = true;
      owner.ending();
      ticker.stop();
      await drained();
      runner.close();
      for (const home of homes.values()) abandonHome(home);
      for (const claim of scheduler.drain()) abandon(claim);
      await rounds.stop(save && !availability.failing);
      homes.close();
      directory.close();
      await listener?.close();
      await Promise.all([...express, ...bulk].map(({ session }) => session.close()));
      await owner.release();
    },
  };

  /** Until everything accepted is settled, or it takes too long: what is left has no acknowledgement. */
  async function drained(): Promise<void> {
    const from = clock.now();
    const settled = () => backlog.messages === 0 && scheduler.idle;
    const within = () => (availability.failing ? DRAIN_FAILING_WITHIN_MS : DRAIN_WITHIN_MS);
    while (!settled() && clock.now() < from + within())
      await new Promise<void>((resolve) => void clock.setTimer(5, resolve));
  }

  function abandonHome(home: Home): void {
    giveUp([...home.express.splice(0), ...home.bulk.splice(0)], new IntakeClosed());
  }
}

const DAY_MS = 86_400_000;
const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);

function withAlerts(
  outcome: Outcome | undefined,
  unit: Unit,
  alertIds: readonly (string | null)[],
  place: number,
): Outcome {
  if (!outcome) return { result: 'ignored', reason: 'nothing to do' };
  if (outcome.result !== 'reading' || alertIds.length === 0) return outcome;
  const mine = alertIds.filter((id, i): id is string => id !== null && unit.signalOf[i] === place);
  return mine.length > 0 ? { ...outcome, alertIds: [...new Set(mine)] } : outcome;
}
