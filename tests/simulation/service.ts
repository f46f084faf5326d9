import type { Channel } from '../../dispatcher/channels/channel.ts';
import { createDispatcher, type Dispatcher } from '../../dispatcher/dispatcher.ts';
import type { Words } from '../../dispatcher/personal/words.ts';
import type { AnyDetector } from '../../ingest/detectors/detector.ts';
import { createIngest } from '../../ingest/ingest.ts';
import type { Ingest } from '../../ingest/ingest-port.ts';
import { idSource } from '../../platform/ids.ts';
import { createLog, type Log } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import type { Random } from '../../devices-sim/random.ts';
import { Life, type Quiet } from './life.ts';
import { linksOf, poolOf, wakeUpsOf } from './links.ts';
import type { MemoryDatabase } from './memory-database.ts';
import { Mishaps } from './mishaps.ts';
import type { Wiring } from './session.ts';
import { dueCases } from './statements-of-alerts.ts';
import { STREETS } from '../../schemas/streets.ts';
import type { VirtualTime } from './virtual-time.ts';

export const TIME_ZONE = 'Asia/Shanghai';
const LIVELY_MS = 5_000;
/** What the service may log as an error where processes die and the database goes away. */
const EXPECTED = /Connection terminated|lock timeout|deadlock detected/;

export interface ServiceOptions {
  readonly time: VirtualTime;
  readonly db: MemoryDatabase;
  readonly random: Random;
  readonly meanBetweenKillsMs: number;
  /** Ingest and dispatcher in one process: they die together. */
  readonly together: boolean;
  readonly detectors: readonly AnyDetector[];
  /** Whether somebody is at a desk. */
  attended(): boolean;
}

/** The real ingest and the real dispatcher, on the database in memory; killed and started again. */
export class Service implements Quiet {
  readonly mishaps: Mishaps;
  readonly oddities: string[] = [];
  /** Notices that have reached somebody, by id. */
  readonly told = new Map<string, number>();
  ingest: Ingest | undefined;
  dispatcher: Dispatcher | undefined;
  ingestLife: Life | undefined;
  dispatcherLife: Life | undefined;
  /** Since when both have been there without a break, and the database too; Infinity: they are not. */
  wellSince = Infinity;
  onDispatcher: (dispatcher: Dispatcher, life: Life) => void = () => undefined;
  readonly #options: ServiceOptions;
  readonly #wiring: Wiring;
  readonly #listeners = new Map<string, (payload: string) => void>();
  #livelyUntil = 0;
  #starts = 0;
  #nextDue: { at: number; version: number } = { at: 0, version: -1 };
  #version = 0;
  #wasAway = false;

  constructor(options: ServiceOptions) {
    const { time, db, random, meanBetweenKillsMs } = options;
    this.#options = options;
    this.mishaps = new Mishaps(time, random.fork('mishaps'), {
      meanBetweenKillsMs,
      kill: (name, why) => this.#kill(name, why),
      onAway: () => this.look(),
    });
    this.#wiring = {
      time,
      db,
      mishaps: this.mishaps,
      notify: (channel, payload) => {
        time.after(1, `notify ${channel}`, () => this.#listeners.get(channel)?.(payload));
      },
    };
    db.observe((changes) => {
      this.#version += 1;
      if (changes.some(({ table }) => STIRRING.includes(table.name))) this.stir();
    });
  }

  start(): void {
    this.#startIngest();
    this.#startDispatcher();
  }

  /** In order: what has arrived is committed, every state is saved. */
  async stop(): Promise<void> {
    await Promise.all([this.ingest?.stop(), this.dispatcher?.stop()]);
  }

  stir(): void {
    this.ingestLife?.stir();
    this.dispatcherLife?.stir();
  }

  isQuiet(): boolean {
    const { db, time } = this.#options;
    if (time.now < this.#livelyUntil || this.mishaps.databaseIsAway) return false;
    if (db.unnumbered.size > 0 || db.volatileOutbox.length > 0 || db.waitingInputs.size > 0) return false;
    return this.nextDueAt() > time.now && dueCases(db, time.now, [], this.#unattended()).length === 0;
  }

  nextDueAt(): number {
    if (this.#nextDue.version === this.#version) return this.#nextDue.at;
    const { db } = this.#options;
    let at = Infinity;
    for (const id of db.openAlerts)
      at = Math.min(at, Date.parse(db.alerts.rows.get(id)?.doc.deadlineAt ?? '') || Infinity);
    for (const id of db.liveOrders) at = Math.min(at, db.orders.rows.get(id)?.deadlineAt ?? Infinity);
    for (const id of db.waitingNotices) at = Math.min(at, db.notices.rows.get(id)?.nextAt ?? Infinity);
    this.#nextDue = { at, version: this.#version };
    return at;
  }

  /** Looked at now and then: whether all of it is there, and since when. */
  look(): void {
    const { time } = this.#options;
    const away = this.mishaps.databaseIsAway;
    if (away !== this.#wasAway) this.stir();
    this.#wasAway = away;
    const well = !away && this.ingest !== undefined && this.dispatcher !== undefined;
    if (!well) this.wellSince = Infinity;
    else if (this.wellSince === Infinity) this.wellSince = time.now;
    if (!well) this.#livelyUntil = time.now + LIVELY_MS;
  }

  #unattended(): string[] {
    return this.#options.attended() ? [] : STREETS.map(({ zh }) => zh);
  }

  #log(name: string): Log {
    const write = (line: string): void => {
      const said = JSON.parse(line) as {
        msg: string;
        err?: { message?: string; stack?: string; code?: string };
      };
      if (EXPECTED.test(said.err?.message ?? '')) return;
      this.oddities.push(`${name} logs an error: ${said.msg}: ${said.err?.stack ?? line}`);
    };
    return createLog({ level: 'error', stream: { write } });
  }

  #newLife(name: string): Life {
    const { time, random } = this.#options;
    this.#livelyUntil = time.now + LIVELY_MS;
    this.#starts += 1;
    return new Life(name, time, random.fork(`life-${this.#starts}`), this);
  }

  #ids(life: Life) {
    const random = this.#options.random.fork(`ids-${this.#starts}`);
    return idSource(life, (bytes) => Uint8Array.from({ length: bytes }, () => random.int(0, 255)));
  }

  #startIngest(): void {
    const life = (this.ingestLife = this.#newLife('ingest'));
    const chance = this.#options.random.fork(`wakes-${this.#starts}`);
    const ingest = createIngest({
      databaseUrl: '',
      pool: poolOf(life, this.#wiring),
      clock: life,
      log: this.#log('ingest'),
      metrics: createMetrics({ process: false }),
      newId: this.#ids(life),
      timeZone: TIME_ZONE,
      detectors: this.#options.detectors,
      links: linksOf(life, this.#wiring, this.#listeners),
      numbering: () => this.#options.together && this.dispatcher !== undefined,
      onCommitted: ({ events }) => {
        if (events !== undefined) this.dispatcher?.handOn(events);
        // The call is heard, or it is not: then the relay's own look finds what there is.
        else if (chance.chance(0.9)) life.setTimer(2, () => this.dispatcher?.wake());
      },
    });
    ingest.start().then(
      () => {
        if (!life.alive) return;
        this.ingest = ingest;
        this.look();
      },
      () => {
        if (life.alive) this.#kill('ingest', 'could not start');
      },
    );
  }

  #startDispatcher(): void {
    const life = (this.dispatcherLife = this.#newLife('dispatcher'));
    const dispatcher = createDispatcher({
      pool: poolOf(life, this.#wiring),
      clock: life,
      log: this.#log('dispatcher'),
      metrics: createMetrics({ process: false }),
      newId: this.#ids(life),
      wakeUps: wakeUpsOf(life, this.#options.random.fork(`alarm-clock-${this.#starts}`)),
      timeZone: TIME_ZONE,
      nameOf: () => '',
      sealNotes: () => new Uint8Array(),
      openNotes: () => '',
      contactsOf: () => [],
      words: PLAIN,
      channels: [this.#channel(life)],
      attendance: { attended: () => this.#options.attended(), unanswered: () => undefined },
    });
    dispatcher.start().then(
      () => {
        if (!life.alive) return;
        this.dispatcher = dispatcher;
        this.look();
        this.onDispatcher(dispatcher, life);
      },
      () => {
        if (life.alive) this.#kill('dispatcher', 'could not start');
      },
    );
  }

  #channel(life: Life): Channel {
    const chance = this.#options.random.fork(`channel-${this.#starts}`);
    return {
      name: 'telephone',
      send: ({ id }) =>
        new Promise((resolve) => {
          life.setTimer(chance.exponential(300), () => {
            if (chance.chance(0.05)) return resolve({ ok: false, error: 'busy', retry: true });
            this.told.set(id, (this.told.get(id) ?? 0) + 1);
            resolve({ ok: true });
          });
        }),
    };
  }

  #kill(name: string, why: string): void {
    const { time, together } = this.#options;
    time.note(`kill -9 of ${together ? 'the service' : name} ${why}`);
    if (together || name === 'ingest') this.#end('ingest');
    if (together || name === 'dispatcher') this.#end('dispatcher');
    this.look();
  }

  #end(name: 'ingest' | 'dispatcher'): void {
    const { db, time, random } = this.#options;
    const life = name === 'ingest' ? this.ingestLife : this.dispatcherLife;
    if (life?.alive !== true) return;
    life.end();
    if (name === 'ingest') {
      this.ingest = undefined;
      this.#listeners.clear();
      // The heartbeats of quiet seconds are left out of the simulation: they would have been there.
      const alive = Math.floor(time.now - random.between(0, 1_000));
      if (!this.mishaps.databaseIsAway && db.epoch.aliveAt !== null && db.epoch.aliveAt < alive)
        db.epoch = { ...db.epoch, aliveAt: alive };
    } else this.dispatcher = undefined;
    db.volatileOutbox.length = 0;
    if (name === 'dispatcher' && db.defects.has('deadlines_lost_at_crash'))
      for (const id of [...db.openAlerts, ...db.liveOrders]) db.lostDeadlines.add(id);
    const downMs = 300 + random.exponential(random.chance(0.2) ? 60_000 : 4_000);
    time.after(downMs, `start of ${name}`, () =>
      name === 'ingest' ? this.#startIngest() : this.#startDispatcher(),
    );
  }
}

/** Words are not sealed here: nothing is decided on them. */
const PLAIN: Words = {
  seal: (text) => Promise.resolve(text),
  open: (value) => Promise.resolve(value),
  openNow: (json) => json,
};

const STIRRING: readonly string[] = [
  'outbox',
  'home_inputs',
  'notices',
  'alerts',
  'orders',
  'offers',
  'downlink',
];
