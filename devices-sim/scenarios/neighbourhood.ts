import type { Clock } from '../../platform/clock.ts';
import { ApiClient } from '../api/api-client.ts';
import type { SecretStore } from '../api/secrets.ts';
import { watchStream } from '../api/stream-client.ts';
import type { FaultRates } from '../fleet/faults.ts';
import type { Tally } from '../fleet/tally.ts';
import { type Summary, summarise } from '../measure/summary.ts';
import { verifyFromOutside } from '../measure/verify.ts';
import { Board } from '../people/board.ts';
import { caregiversAtWork } from '../people/caregivers.ts';
import { operatorAtWork } from '../people/operator.ts';
import { Sessions } from '../people/sessions.ts';
import { randomOf } from '../random.ts';
import { waitUntil } from '../sleep.ts';
import { populate, type World } from '../world/population.ts';
import { type Seeded, seedWorld } from '../world/seed-world.ts';
import { fate, ordinaryLife } from './living.ts';
import { narrate } from './narrate.ts';
import type { Stage } from './perform.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';
import type { Happening } from './script.ts';
import { setStage } from './set-stage.ts';
import { timetable, type Timetable } from './timetable.ts';

export interface NeighbourhoodOptions {
  brokerUrl: string;
  apiUrl: string;
  adminPassword: string;
  scenario: ScenarioName;
  seed: number;
  homes: number;
  /** undefined: until the signal; then a person watches, and most alarms are left to that person. */
  forMs: number | undefined;
  /** Ordinary messages a second from all homes together; undefined: one per home in eight seconds. */
  ratePerS: number | undefined;
  faults: FaultRates;
  secrets: SecretStore;
  clock: Clock;
  /** Ends the run early; what is under way is still brought to an end and checked. */
  signal: AbortSignal;
  say(line: string): void;
}

/** For the demo: who may log in. */
export interface Logins {
  operator: { username: string; password: string };
  supervisor: { username: string; password: string };
  caregiver: { username: string; password: string };
}

interface People {
  /** What is about to happen, before the stream tells. */
  expect(happening: Happening): void;
  hurry(): void;
  stop(): Promise<void>;
}

const SECONDS_PER_HOME = 8;
const SETTLE_WITHIN_MS = 8_000;
/** For what was sent while people finished. */
const LAST_WORDS_MS = 1_000;
const FINISH_WITHIN_MS = 10_000;
/** A person reads the question and the answer within it; the default of 20 s is long to watch. */
const VERIFY_WINDOW_S = 8;
const HOUR_MS = 3_600_000;

/** The neighbourhood, seeded into a service and ready to live. */
export class Neighbourhood {
  readonly #options: NeighbourhoodOptions;
  readonly #sessions: Sessions;
  readonly #admin: ApiClient;
  readonly world: World;
  readonly seeded: Seeded;
  readonly #times: Timetable;
  readonly #problems: string[] = [];

  private constructor(options: NeighbourhoodOptions, admin: ApiClient, world: World, seeded: Seeded) {
    this.#options = options;
    this.#admin = admin;
    this.#sessions = new Sessions(admin, options.secrets);
    this.#times = timetable(options.forMs);
    this.world = world;
    this.seeded = seeded;
  }

  static async settle(options: NeighbourhoodOptions): Promise<Neighbourhood> {
    const admin = await ApiClient.logIn(options.apiUrl, 'admin', options.adminPassword);
    const today = new Date(options.clock.now()).toISOString().slice(0, 10);
    const world = populate(options.seed, options.homes, today);
    for (const { resident } of world.homes)
      resident.settings = { ...resident.settings, verifyWindowS: VERIFY_WINDOW_S };
    return new Neighbourhood(options, admin, world, await seedWorld(admin, world, options.secrets));
  }

  async logins(): Promise<Logins> {
    const caregiverId = this.#reservedCaregiver();
    const of = async (username: string, role: 'operator' | 'supervisor' | 'caregiver') => {
      await this.#sessions.of({ username, role, ...(role === 'caregiver' ? { caregiverId } : {}) });
      return { username, password: this.#options.secrets.user(username) ?? '' };
    };
    const [operator, supervisor, caregiver] = await Promise.all([
      of('operator', 'operator'),
      of('supervisor', 'supervisor'),
      of(caregiverId, 'caregiver'),
    ]);
    return { operator, supervisor, caregiver };
  }

  /** Lives until the time is over or the signal comes, then finishes, checks and sums up. */
  async live(): Promise<Summary> {
    const { clock, secrets, forMs, signal } = this.#options;
    const board = new Board();
    const operator = await this.#sessions.of({ username: 'operator', role: 'operator' });
    const stream = watchStream(operator, clock, (event, seenAt) => board.take(event, seenAt));
    await stream.ready;
    const over = new AbortController();
    const stage = setStage({
      ...this.#options,
      credentialOf: (username) => {
        const password = secrets.device(username);
        return password === undefined ? undefined : { username, password };
      },
      signal: over.signal,
      onProblem: this.#onProblem,
    });
    const people = this.#people(board, operator);
    narrate(board, this.world, clock, (line) => this.#options.say(line));

    const startedAt = clock.now();
    const ending = new AbortController();
    const end = (): void => ending.abort();
    signal.addEventListener('abort', end);
    const cancelEnd = forMs === undefined ? () => {} : clock.setTimer(forMs, end);
    try {
      await stage.fleet.connect(this.world.homes);
      this.#options.say(`${stage.fleet.connections} 个连接就绪`);
      await this.#untilTheEnd(stage, people, ending.signal);
      people.hurry();
      await stage.publisher.settled(SETTLE_WITHIN_MS);
      if (forMs !== undefined && !signal.aborted) await this.#finishing(board);
    } finally {
      cancelEnd();
      signal.removeEventListener('abort', end);
      over.abort();
      await people.stop();
      await stage.publisher.settled(LAST_WORDS_MS);
      await stage.fleet.close();
      stream.stop();
    }
    return this.#sumUp(startedAt, stage.tally, board);
  }

  async #untilTheEnd(stage: Stage, people: People, signal: AbortSignal): Promise<void> {
    const { seed, scenario, ratePerS = this.world.homes.length / SECONDS_PER_HOME } = this.#options;
    const living = { world: this.world, stage, seed, signal, onProblem: this.#onProblem };
    await Promise.all([
      ordinaryLife({ ...living, ratePerS }),
      fate({
        ...living,
        script: SCENARIOS[scenario](this.world, randomOf(`${seed}/fate`), this.#times),
        lastHappeningMs: this.#times.lastHappeningMs,
        onHappening: (happening) => people.expect(happening),
      }),
    ]);
  }

  /** Caregivers and an operator, who leaves one silent fall unanswered so that the escalation is seen. */
  #people(board: Board, operator: ApiClient): People {
    const { clock, forMs } = this.#options;
    const times = this.#times;
    const random = randomOf(`${this.#options.seed}/people`);
    let pace = times.pace;
    let unansweredHomeId: string | undefined;
    const common = { board, clock, pace: () => pace, onProblem: this.#onProblem };
    const caregivers = caregiversAtWork({
      ...common,
      sessions: this.#sessions,
      world: this.world,
      random: random.fork('caregivers'),
      ...(forMs === undefined && {
        reserved: { caregiverId: this.#reservedCaregiver(), delayMs: times.reservedMs },
      }),
    });
    const desk = operatorAtWork({
      ...common,
      api: operator,
      random: random.fork('operator'),
      patienceMs: (alert, step) => times.patienceMs(alert, step, alert.homeId === unansweredHomeId),
    });
    return {
      expect: (happening) => {
        if (happening.what === 'fall' && happening.answer === 'silent')
          unansweredHomeId ??= happening.home.home.id;
      },
      hurry: () => (pace = times.pace / 3),
      stop: async () => void (await Promise.all([caregivers.stop(), desk.stop()])),
    };
  }

  /** Gives people time to bring what is under way to its end. */
  async #finishing(board: Board): Promise<void> {
    const { clock, signal } = this.#options;
    const over = (): boolean =>
      [...board.alerts.values()].every((alert) => alert.state === 'resolved') &&
      [...board.orders.values()].every((order) => ['completed', 'cancelled'].includes(order.state));
    await waitUntil(clock, over, FINISH_WITHIN_MS, signal);
  }

  async #sumUp(startedAt: number, tally: Tally, board: Board): Promise<Summary> {
    const { clock, seed, homes, faults } = this.#options;
    const wrongClocks = (faults.clock ?? 0) > 0;
    const published = tally.all();
    const verified = await verifyFromOutside(this.#admin, {
      published,
      startedAt,
      from: wrongClocks ? 0 : startedAt - 12 * HOUR_MS,
      to: clock.now() + (wrongClocks ? 80 : 1) * HOUR_MS,
    });
    return summarise({
      seed,
      homes,
      startedAt,
      endedAt: clock.now(),
      published,
      ...verified,
      seenAt: (messageId) => board.seenAt(messageId),
      problems: [...this.#problems, ...board.oddities],
    });
  }

  #reservedCaregiver(): string {
    return this.world.caregivers[0]?.caregiver.id ?? '';
  }

  readonly #onProblem = (text: string): void => void this.#problems.push(text);
}
