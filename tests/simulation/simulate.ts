import { randomOf } from '../../devices-sim/random.ts';
import { DETECTORS } from '../../ingest/detectors/registry.ts';
import { Checker } from './checker.ts';
import { Letters } from './letters.ts';
import { type Defect, MemoryDatabase } from './memory-database.ts';
import { People } from './people.ts';
import { settle } from './residents.ts';
import { Service } from './service.ts';
import { makeTown } from './town.ts';
import { VirtualTime } from './virtual-time.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly homes: number;
  readonly days: number;
  readonly crashes: boolean;
  /** On average between two mishaps, ms. */
  readonly meanBetweenKillsMs?: number;
  /** Calls, falls, fevers, dead batteries, broken networks of one home in a day, on average. */
  readonly incidentsPerDay?: number;
  /** What devices say all day is left out, and with it the rules that conclude from silence. */
  readonly incidentsOnly?: boolean;
  /** After so many steps nothing new happens: for finding the least that goes wrong. */
  readonly mostSteps?: number;
  readonly defects?: ReadonlySet<Defect>;
}

export interface SimulationReport {
  readonly seed: number;
  readonly ok: boolean;
  readonly offences: readonly string[];
  /** The last steps before the first offence. */
  readonly trace: readonly string[];
  readonly steps: number;
  readonly stepsUntilPeace: number;
  readonly homes: number;
  readonly days: number;
  readonly messages: number;
  readonly copies: number;
  readonly readings: number;
  readonly refolded: number;
  readonly signals: number;
  readonly alerts: number;
  readonly alertVersions: number;
  readonly orders: number;
  readonly offers: number;
  readonly notices: number;
  readonly commands: number;
  readonly kills: number;
  readonly lostAnswers: number;
  readonly outages: number;
  readonly killedAt: Readonly<Record<string, number>>;
  readonly openings: number;
  readonly tookMs: number;
  /** Of this process, meanwhile. */
  readonly cpuMs: number;
}

/** Monday 2026-01-12, 00:00 in Shenzhen. */
const START_AT = Date.parse('2026-01-12T00:00:00+08:00');
const DAY_MS = 86_400_000;
/** For everything to be acknowledged, answered and ended: the longest that anything waits by itself. */
const PEACE_MS = 30 * 60_000;
const PEACE_ROUNDS = 12;
const STOP_WITHIN_MS = 60_000;
const INCIDENTS_PER_DAY = 0.2;
const MEAN_BETWEEN_KILLS_MS = 40 * 60_000;
/** Detectors that conclude from what is not said. */
const FROM_SILENCE: ReadonlySet<string> = new Set(['inactivity', 'overstay', 'device_offline', 'self_test']);

/** One world by its seed: days of life, with everything that can die dying; then peace, and the books are held together. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const beganAt = performance.now();
  const cpuBefore = process.cpuUsage();
  const { seed, homes, days, crashes, mostSteps = Infinity } = options;
  const random = randomOf(`simulation ${seed}`);
  const time = new VirtualTime(START_AT, random.fork('order'));
  const db = new MemoryDatabase(makeTown(random.fork('town'), homes), options.defects);
  const detectors =
    options.incidentsOnly === true ? DETECTORS.filter(({ name }) => !FROM_SILENCE.has(name)) : DETECTORS;
  let alive = true;
  const isAlive = (): boolean => alive;
  const desk = { present: (): boolean => true };
  const service = new Service({
    time,
    db,
    random: random.fork('service'),
    meanBetweenKillsMs: crashes ? (options.meanBetweenKillsMs ?? MEAN_BETWEEN_KILLS_MS) : Infinity,
    together: random.fork('layout').chance(0.4),
    attended: () => desk.present(),
    detectors,
  });
  const checker = new Checker(db, time, service, detectors);
  const letters = new Letters(time, random.fork('letters'), service, db);
  const people = new People({ time, random: random.fork('people'), service, db, alive: isAlive });
  desk.present = () => people.present;
  people.start();
  settle(db, {
    time,
    random: random.fork('residents'),
    letters,
    alive: isAlive,
    incidentsPerDay: options.incidentsPerDay ?? INCIDENTS_PER_DAY,
    incidentsOnly: options.incidentsOnly,
  });
  service.start();
  checker.start();
  await time.run(START_AT + 10_000);
  service.mishaps.start();

  let trace: readonly string[] = [];
  const stop = (): boolean => {
    if (checker.firstStep !== undefined && trace.length === 0) trace = time.trace;
    return time.steps >= mostSteps || checker.offences.length > 0;
  };
  await time.run(START_AT + days * DAY_MS, stop);
  const stepsUntilPeace = time.steps;
  const peaceAt = time.now;
  if (checker.offences.length === 0) {
    alive = false;
    service.mishaps.stop();
    people.present = true;
    people.diligent = true;
    service.stir();
    for (let round = 0; round < PEACE_ROUNDS; round += 1) {
      await time.run(time.now + PEACE_MS / PEACE_ROUNDS);
      for (const id of db.openAlerts) people.look(id);
    }
    let stopped = false;
    void service.stop().then(() => (stopped = true));
    await time.run(time.now + STOP_WITHIN_MS, () => stopped);
    if (!stopped) service.oddities.push('the service does not stop');
  }
  const counted = checker.offences.length === 0 ? checker.finish(letters, people, peaceAt) : undefined;
  const cpu = process.cpuUsage(cpuBefore);
  return {
    seed,
    ok: checker.offences.length === 0,
    offences: checker.offences,
    trace: trace.length > 0 ? trace : time.trace,
    steps: time.steps,
    stepsUntilPeace,
    homes,
    days,
    messages: letters.sent.length,
    copies: letters.copies,
    readings: counted?.readings ?? 0,
    refolded: counted?.refolded ?? 0,
    signals: counted?.signals ?? 0,
    alerts: db.alerts.rows.size,
    alertVersions: db.alertEvents.rows.size,
    orders: db.orders.rows.size,
    offers: db.offers.rows.size,
    notices: db.notices.rows.size,
    commands: people.promised.length,
    kills: service.mishaps.kills,
    lostAnswers: service.mishaps.lostAnswers,
    outages: service.mishaps.outages,
    killedAt: Object.fromEntries([...service.mishaps.points].toSorted(([, a], [, b]) => b - a)),
    openings: checker.openings,
    tookMs: Math.round(performance.now() - beganAt),
    cpuMs: Math.round((cpu.user + cpu.system) / 1_000),
  };
}
