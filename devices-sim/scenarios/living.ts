import { randomOf } from '../random.ts';
import { sleep } from '../sleep.ts';
import type { World } from '../world/population.ts';
import { homeLife } from './home-life.ts';
import { perform, type Stage } from './perform.ts';
import type { Happening } from './script.ts';

export interface Living {
  world: World;
  stage: Stage;
  seed: number;
  /** Nothing new after it. */
  signal: AbortSignal;
  onProblem(text: string): void;
}

/** The homes' everyday messages at a mean rate, Poisson, until the signal. Late turns are made up for. */
export async function ordinaryLife(living: Living & { ratePerS: number }): Promise<void> {
  const { world, stage, signal, ratePerS } = living;
  const { clock, publisher } = stage;
  const random = randomOf(`${living.seed}/ordinary`);
  const lives = world.homes.map((home) => ({ home, life: homeLife(random.fork(home.home.id), home) }));
  if (ratePerS <= 0) return;
  for (let dueAt = clock.now(); ;) {
    dueAt += random.exponential(1000 / ratePerS);
    const aheadMs = dueAt - clock.now();
    if (aheadMs > 0) await sleep(clock, aheadMs, signal);
    const chosen = lives[random.int(0, lives.length - 1)];
    if (signal.aborted || chosen === undefined) return;
    for (const told of chosen.life.next().value)
      publisher.send(chosen.home, told.deviceId, told.channel, told.body);
  }
}

export interface Fate extends Living {
  script: Iterable<Happening>;
  lastHappeningMs: number;
  onHappening(happening: Happening): void;
}

/** Lets the script happen, each at its time; returns when the signal comes. */
export async function fate(options: Fate): Promise<void> {
  const { stage, signal } = options;
  const { clock } = stage;
  const startedAt = clock.now();
  for (const happening of options.script) {
    if (happening.atMs > options.lastHappeningMs) break;
    await sleep(clock, startedAt + happening.atMs - clock.now(), signal);
    if (signal.aborted) return;
    options.onHappening(happening);
    perform(stage, happening).catch((error: unknown) =>
      options.onProblem(`${happening.what}: ${error instanceof Error ? error.message : String(error)}`),
    );
  }
  await sleep(clock, Infinity, signal);
}
