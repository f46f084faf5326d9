import type { Clock } from '../../platform/clock.ts';
import type { FaultRates } from '../fleet/faults.ts';
import { Fleet } from '../fleet/fleet.ts';
import { Publisher } from '../fleet/publisher.ts';
import { Tally } from '../fleet/tally.ts';
import { randomOf } from '../random.ts';
import { heartbeat } from './home-life.ts';
import { answerPrompt, type Stage } from './perform.ts';

export interface StageOptions {
  brokerUrl: string;
  credentialOf(deviceId: string): { username: string; password: string } | undefined;
  seed: number;
  faults: FaultRates;
  clock: Clock;
  /** Residents stop answering, and devices that are gone stay away, when it aborts. */
  signal: AbortSignal;
  onProblem(text: string): void;
}

/** Everything that devices need to speak and to be spoken to; nothing is connected yet. */
export function setStage(options: StageOptions): Stage & { tally: Tally } {
  const { seed, clock, signal } = options;
  const random = randomOf(`${seed}/life`);
  const tally = new Tally();
  const told =
    (where: string) =>
    (error: unknown): void =>
      options.onProblem(`${where}: ${error instanceof Error ? error.message : String(error)}`);
  const fleet = new Fleet({
    brokerUrl: options.brokerUrl,
    credentialOf: (deviceId) => options.credentialOf(deviceId),
    onCommand: (home, deviceId, payload) => {
      answerPrompt(stage, home, deviceId, payload).catch(told('prompt'));
    },
    // The broker has spoken its will meanwhile.
    onReconnect: (home, deviceId) => {
      const { channel, body } = heartbeat(stage.random, deviceId);
      publisher.send(home, deviceId, channel, body);
    },
    onError: told('mqtt'),
  });
  const publisher = new Publisher({
    fleet,
    tally,
    clock,
    random: random.fork('faults'),
    faults: options.faults,
    runId: `s${seed}-${Math.round(clock.now()).toString(36)}`,
  });
  const stage = { fleet, publisher, tally, clock, random: random.fork('stage'), signal, answers: new Map() };
  return stage;
}
