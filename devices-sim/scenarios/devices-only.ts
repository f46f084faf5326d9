import type { Clock } from '../../platform/clock.ts';
import type { FaultRates } from '../fleet/faults.ts';
import type { Tally } from '../fleet/tally.ts';
import { Histogram, type HistogramSummary } from '../measure/histogram.ts';
import { randomOf } from '../random.ts';
import { populate } from '../world/population.ts';
import { fate, ordinaryLife } from './living.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';
import { setStage } from './set-stage.ts';
import { timetable } from './timetable.ts';

export interface DevicesOnlyOptions {
  brokerUrl: string;
  /** The same for every device; undefined: none. */
  login: { username: string; password: string } | undefined;
  scenario: ScenarioName;
  seed: number;
  homes: number;
  forMs: number | undefined;
  ratePerS: number;
  faults: FaultRates;
  clock: Clock;
  signal: AbortSignal;
}

export interface DevicesOnlySummary {
  homes: number;
  connections: number;
  published: number;
  repeats: number;
  acknowledged: number;
  unacknowledged: number;
  presses: number;
  ackMs: HistogramSummary;
  problems: string[];
}

const SETTLE_WITHIN_MS = 10_000;

/** The neighbourhood's devices on any MQTT broker: nobody registers them, nobody answers, only acknowledgements are seen. */
export async function devicesOnly(options: DevicesOnlyOptions): Promise<DevicesOnlySummary> {
  const { clock, seed, forMs } = options;
  const problems: string[] = [];
  const onProblem = (text: string): void => void problems.push(text);
  const world = populate(seed, options.homes, new Date(clock.now()).toISOString().slice(0, 10));
  const ending = new AbortController();
  const end = (): void => ending.abort();
  options.signal.addEventListener('abort', end);
  const cancelEnd = forMs === undefined ? () => {} : clock.setTimer(forMs, end);
  const stage = setStage({
    ...options,
    credentialOf: () => options.login,
    signal: ending.signal,
    onProblem,
  });
  const living = { world, stage, seed, signal: ending.signal, onProblem };
  const times = timetable(forMs);
  let connections = 0;
  try {
    await stage.fleet.connect(world.homes);
    connections = stage.fleet.connections;
    await Promise.all([
      ordinaryLife({ ...living, ratePerS: options.ratePerS }),
      fate({
        ...living,
        script: SCENARIOS[options.scenario](world, randomOf(`${seed}/fate`), times),
        lastHappeningMs: forMs ?? Infinity,
        onHappening: () => {},
      }),
    ]);
    await stage.publisher.settled(SETTLE_WITHIN_MS);
  } finally {
    cancelEnd();
    options.signal.removeEventListener('abort', end);
    await stage.fleet.close();
  }
  return { homes: options.homes, connections, ...booksOf(stage.tally), problems };
}

function booksOf(tally: Tally): Omit<DevicesOnlySummary, 'homes' | 'connections' | 'problems'> {
  const all = tally.all();
  const ackMs = new Histogram();
  for (const message of all)
    if (message.acknowledgedAt !== null) ackMs.record(message.acknowledgedAt - message.publishedAt);
  return {
    published: all.length + tally.unchecked,
    repeats: all.reduce((sum, message) => sum + message.copies - 1, 0),
    acknowledged: ackMs.count + tally.unchecked,
    unacknowledged: tally.waiting,
    presses: all.filter((message) => message.press).length,
    ackMs: ackMs.summary(),
  };
}
