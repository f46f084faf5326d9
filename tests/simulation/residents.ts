import type { Random } from '../../devices-sim/random.ts';
import type { DownlinkRow, MemoryDatabase } from './memory-database.ts';
import type { Letters, Said } from './letters.ts';
import type { TownHome } from './town.ts';
import type { VirtualTime } from './virtual-time.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SHENZHEN_MS = 8 * HOUR_MS;

const isDay = (now: number): boolean => {
  const hour = ((now + SHENZHEN_MS) / HOUR_MS) % 24;
  return hour >= 6.5 && hour < 21.5;
};

export interface Circumstances {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly letters: Letters;
  /** Life goes on; in peace nothing more is begun. */
  readonly alive: () => boolean;
  /** Of one home, on average. */
  readonly incidentsPerDay: number;
  /** What devices of a quiet home say all day is left out: only incidents are told. */
  readonly incidentsOnly?: boolean | undefined;
}

/** The life of one home as its devices tell it: quiet days, and now and then a call, a fall, a fever, a dead battery. */
export class Resident {
  readonly #home: TownHome;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #letters: Letters;
  readonly #alive: () => boolean;
  readonly #incidentsPerDay: number;
  readonly #incidentsOnly: boolean;
  /** Kind → what it is called. */
  readonly #devices: ReadonlyMap<string, string>;
  /** What a device's clock is off, ms. */
  #offMs = 0;
  #silentUntil = 0;
  /** No network: what is said meanwhile is said later, in any order. */
  #offlineUntil = 0;
  #kept: Said[] = [];
  #occupied = false;

  constructor(home: TownHome, circumstances: Circumstances) {
    const { time, random, letters, alive, incidentsPerDay, incidentsOnly = false } = circumstances;
    this.#incidentsPerDay = incidentsPerDay;
    this.#incidentsOnly = incidentsOnly;
    this.#home = home;
    this.#time = time;
    this.#random = random;
    this.#letters = letters;
    this.#alive = alive;
    this.#devices = new Map(home.registered.devices.map(({ kind, deviceId }) => [kind, deviceId]));
  }

  start(): void {
    if (!this.#incidentsOnly) this.#tellAllDay();
    this.#incidents();
  }

  #tellAllDay(): void {
    const random = this.#random;
    if (this.#devices.has('wearable'))
      this.#every(
        'wearable',
        () => random.between(1.5, 3) * HOUR_MS,
        () => this.#watch(),
      );
    if (this.#devices.has('sos_button'))
      this.#every(
        'sos_button',
        () => random.between(25, 40) * MINUTE_MS,
        () => this.#say('sos_button', 'status', { battery: 80 }),
      );
    if (this.#devices.has('pir'))
      this.#every(
        'pir',
        () => random.between(20, 40) * MINUTE_MS,
        () => this.#motion(),
      );
    if (this.#devices.has('health_monitor'))
      this.#every(
        'health_monitor',
        () => random.between(9, 14) * HOUR_MS,
        () => this.#measure(false),
      );
  }

  #every(kind: string, gapMs: () => number, tell: () => void): void {
    const next = (): void => {
      if (!this.#alive()) return;
      if (this.#time.now >= this.#silentUntil) tell();
      this.#time.after(gapMs(), kind, next);
    };
    this.#time.after(this.#random.next() * gapMs(), kind, next);
  }

  #incidents(): void {
    const meanMs = (24 * HOUR_MS) / this.#incidentsPerDay;
    this.#time.after(this.#random.exponential(meanMs), 'an incident', () => {
      if (!this.#alive()) return;
      this.happens(
        this.#random.weighted([
          ['press', 30],
          ['fall', 15],
          ['fever', 12],
          ['service', 10],
          ['silent', 8],
          ['battery', 5],
          ['clock', 8],
          ['offline', 12],
        ]),
      );
      this.#incidents();
    });
  }

  happens(what: 'press' | 'fall' | 'fever' | 'service' | 'silent' | 'battery' | 'clock' | 'offline'): void {
    const random = this.#random;
    switch (what) {
      case 'press':
        return this.press();
      case 'fall':
        return this.#say('wearable', 'fall', {
          source: 'wearable',
          state: random.chance(0.6) ? 'suspected' : 'confirmed',
          confidence: 0.8,
        });
      case 'fever':
        return this.#measure(true);
      case 'service':
        return this.#say(this.#button, 'sos', {
          action: 'service',
          service: random.pick(['meal', 'urgent', 'clean']),
        });
      case 'silent':
        this.#silentUntil = this.#time.now + random.between(1, 10) * HOUR_MS;
        return;
      case 'battery':
        return this.#say(this.#button, 'status', { battery: random.int(3, 18) });
      case 'clock':
        this.#offMs = Math.round(random.normal(0, 20 * MINUTE_MS));
        return;
      case 'offline':
        this.#offlineUntil = this.#time.now + random.exponential(20 * MINUTE_MS);
        this.#time.at(this.#offlineUntil + 1, 'back on line', () => this.#flush());
    }
  }

  press(): void {
    const random = this.#random;
    for (let i = 0, at = 0; i < random.int(1, 4); i += 1, at += random.between(100, 6_000))
      this.#time.after(at, 'a press', () => this.#say(this.#button, 'sos', { action: 'press' }, true));
    if (random.chance(0.1))
      this.#time.after(9_000, 'thinks better of it', () =>
        this.#say(this.#button, 'sos', { action: 'cancel' }),
      );
  }

  /** The screen asks: are you all right? */
  asked({ body, deviceId, expiresAt }: DownlinkRow): void {
    const answerAt = this.#time.now + this.#random.between(2_000, 25_000);
    const answer = this.#random.weighted([
      ['ok', 4],
      ['help', 2],
      ['', 4],
    ]);
    if (answer === '' || answerAt > expiresAt + 3_000) return;
    const { homeId } = this.#home.registered;
    this.#time.at(answerAt, 'an answer', () =>
      this.#letters.say({ homeId, deviceId, channel: 'reply', payload: { promptId: body.promptId, answer } }),
    );
  }

  get #button(): string {
    return this.#devices.has('sos_button') ? 'sos_button' : 'wearable';
  }

  #watch(): void {
    if (this.#random.chance(0.5)) this.#say('wearable', 'vitals', { heartRateBpm: this.#random.int(60, 88) });
    else
      this.#say(
        'wearable',
        'status',
        { battery: this.#random.int(40, 100) },
        false,
        this.#random.chance(0.3),
      );
  }

  #motion(): void {
    if (!isDay(this.#time.now)) return this.#say('pir', 'status', { battery: 90 });
    this.#occupied = !this.#occupied;
    this.#say('pir', 'presence', { sensor: 'pir', zone: 'living', occupied: this.#occupied });
  }

  #measure(ill: boolean): void {
    const random = this.#random;
    const kind = this.#devices.has('health_monitor') ? 'health_monitor' : 'wearable';
    const values = ill
      ? { heartRateBpm: random.int(135, 150), spo2Pct: random.int(80, 90), temperatureC: 39.6 }
      : { heartRateBpm: random.int(58, 85), spo2Pct: random.int(95, 99), systolicMmHg: random.int(112, 138) };
    this.#say(kind, 'vitals', values);
  }

  #say(
    kind: string,
    channel: string,
    payload: Record<string, unknown>,
    press = false,
    anonymous = false,
  ): void {
    const deviceId = this.#devices.get(kind);
    if (deviceId === undefined) return;
    const { now } = this.#time;
    const stated = this.#random.chance(0.9) ? { ts: Math.round(now + this.#offMs) } : {};
    const said = {
      homeId: this.#home.registered.homeId,
      deviceId,
      channel,
      payload: { ...payload, ...stated },
      press,
      anonymous,
    };
    if (now < this.#offlineUntil) this.#kept.push(said);
    else this.#letters.say(said);
  }

  #flush(): void {
    const kept = this.#kept.splice(0);
    while (kept.length > 0) {
      const [said] = kept.splice(this.#random.int(0, kept.length - 1), 1);
      if (said !== undefined)
        this.#time.after(this.#random.between(0, 3_000), 'said late', () => this.#letters.say(said));
    }
  }
}

/** Everybody of a town; `asked` reaches them once it is committed. */
export function settle(db: MemoryDatabase, deps: Circumstances): ReadonlyMap<string, Resident> {
  const residents = new Map<string, Resident>();
  for (const [homeId, home] of db.town.homes) {
    const resident = new Resident(home, { ...deps, random: deps.random.fork(homeId) });
    residents.set(homeId, resident);
    resident.start();
  }
  db.observe((changes) => {
    for (const { table, after } of changes)
      if (table.name === 'downlink') {
        const row = after as DownlinkRow;
        deps.time.after(100, 'a question', () => residents.get(row.homeId)?.asked(row));
      }
  });
  return residents;
}
