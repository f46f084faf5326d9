import type { Random } from '../../devices-sim/random.ts';
import type { Life } from './life.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What a process is killed at: any effect, or one where it hurts. */
const POINTS = [
  'any',
  'any',
  'commit',
  'commit',
  'script',
  'alerts_lock',
  'alerts_write',
  'alerts_publish',
  'alert_lock',
  'offers_claim',
  'orders_write',
  'notices_write',
  'notices_take',
  'notice_end',
  'stream_publish',
  'cases_read',
  'tell_detectors',
  'prompt_write',
  'ingest_save_states',
  'ingest_heartbeat',
  'ingest_waiting_inputs',
  'declare',
] as const;

interface Armed {
  readonly name: string;
  readonly point: string;
  readonly when: 'before' | 'after';
  readonly since: number;
}
/** A point that is not come to within so long is any. */
const PATIENCE_MS = 15 * 60_000;
const LATENCY_MS = [0.2, 6] as const;
const SLOW_LATENCY_MS = [20, 400] as const;
const SLOW = 0.004;

export interface MishapOptions {
  /** On average between two kills, ms; Infinity: none. */
  readonly meanBetweenKillsMs: number;
  kill(name: string, why: string): void;
  /** The database has gone, or has come back. */
  onAway(): void;
}

/**
 * Everything that goes wrong at the database's door: processes die before or after any of their effects, answers are
 * lost after the commit, the database is away for a while. All drawn from the seed.
 */
export class Mishaps {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #options: MishapOptions;
  #armed: Armed | undefined;
  #awayUntil = 0;
  #loseNext: string | undefined;
  on = false;
  kills = 0;
  lostAnswers = 0;
  outages = 0;
  readonly points = new Map<string, number>();

  constructor(time: VirtualTime, random: Random, options: MishapOptions) {
    this.#time = time;
    this.#random = random;
    this.#options = options;
  }

  start(): void {
    this.on = Number.isFinite(this.#options.meanBetweenKillsMs);
    if (this.on) this.#plan();
  }

  #plan(): void {
    const { meanBetweenKillsMs } = this.#options;
    this.#time.after(this.#random.exponential(meanBetweenKillsMs), 'a mishap is near', () => {
      if (!this.on) return;
      const what = this.#random.next();
      if (what < 0.75)
        this.#armed = {
          name: this.#random.chance(0.5) ? 'ingest' : 'dispatcher',
          point: this.#random.pick(POINTS),
          when: this.#random.chance(0.5) ? 'before' : 'after',
          since: this.#time.now,
        };
      else if (what < 0.9) this.#loseNext = this.#random.chance(0.5) ? 'commit' : 'script';
      else {
        this.outages += 1;
        this.#awayUntil = this.#time.now + this.#random.exponential(20_000);
        this.#options.onAway();
        this.#time.at(this.#awayUntil, 'the database is back', () => this.#options.onAway());
      }
      this.#plan();
    });
  }

  get databaseIsAway(): boolean {
    return this.#time.now < this.#awayUntil;
  }

  latencyMs(): number {
    const [from, to] = this.#random.chance(SLOW) ? SLOW_LATENCY_MS : LATENCY_MS;
    return this.#random.between(from, to);
  }

  /** True: the process has just died, and nobody need go on. */
  strikes(life: Life, label: string, when: 'before' | 'after'): boolean {
    const armed = this.#armed;
    if (!this.on || armed === undefined || !life.alive || armed.name !== life.name || armed.when !== when)
      return false;
    const fits = armed.point === 'any' || label.startsWith(armed.point);
    if (!fits && this.#time.now - armed.since < PATIENCE_MS) return false;
    this.#armed = undefined;
    this.kills += 1;
    const point = `${life.name} ${when} ${label}`;
    this.points.set(point, (this.points.get(point) ?? 0) + 1);
    this.#options.kill(life.name, `${when} ${label}`);
    return true;
  }

  losesAnswer(label: string): boolean {
    if (!this.on || this.#loseNext === undefined || !label.startsWith(this.#loseNext)) return false;
    this.#loseNext = undefined;
    this.lostAnswers += 1;
    return true;
  }

  /** Whether what a dying process had sent still arrives. */
  arrivesLast(): boolean {
    return this.#random.chance(0.5);
  }

  /** Peace: nothing goes wrong any more. */
  stop(): void {
    this.on = false;
    this.#armed = undefined;
    this.#loseNext = undefined;
    this.#awayUntil = 0;
  }
}
