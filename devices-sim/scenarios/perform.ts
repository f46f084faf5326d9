import type { Clock } from '../../platform/clock.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Publisher } from '../fleet/publisher.ts';
import type { Random } from '../random.ts';
import { sleep } from '../sleep.ts';
import type { SimHome } from '../world/population.ts';
import { heartbeat } from './home-life.ts';
import type { FallAnswer, Happening } from './script.ts';

export interface Stage {
  fleet: Fleet;
  publisher: Publisher;
  clock: Clock;
  random: Random;
  signal: AbortSignal;
  /** How the resident of a home will answer the next prompt. */
  answers: Map<string, FallAnswer>;
}

const BETWEEN_PRESSES_MS = 700;
const CANCEL_AFTER_MS = 1_500;

/** Lets one happening happen to its devices. Returns when it is over, which for a device gone is when it is back. */
export async function perform(stage: Stage, happening: Happening): Promise<void> {
  const { home, deviceId } = happening;
  const { publisher, random, clock, signal } = stage;
  switch (happening.what) {
    case 'press':
      for (let i = 0; i < happening.presses; i++) {
        if (i > 0) await sleep(clock, BETWEEN_PRESSES_MS, signal);
        // Who presses again in fear often has a button that also repeats itself.
        publisher.send(home, deviceId, 'sos', { action: 'press' }, i === 1 ? { copies: 2 } : {});
      }
      if (!happening.cancelled) return;
      await sleep(clock, CANCEL_AFTER_MS, signal);
      publisher.send(home, deviceId, 'sos', { action: 'cancel' });
      return;
    case 'fall':
      stage.answers.set(home.home.id, happening.answer);
      publisher.send(home, deviceId, 'fall', {
        source: sourceOf(home, deviceId),
        state: 'suspected',
        confidence: Number(random.between(0.6, 0.95).toFixed(2)),
      });
      return;
    case 'vitals':
      publisher.send(home, deviceId, 'vitals', illness(random, happening.grade));
      return;
    case 'service':
      publisher.send(home, deviceId, 'sos', { action: 'service', service: happening.service });
      return;
    case 'battery':
      publisher.send(home, deviceId, 'status', { online: true, battery: happening.pct });
      return;
    case 'offline':
      await goAndComeBack(stage, home, deviceId, happening.forMs);
      return;
    case 'late':
      publisher.send(home, deviceId, 'presence', presenceOf(home, deviceId), { agedMs: happening.agedMs });
      return;
    case 'broken':
      publisher.send(home, deviceId, 'presence', {}, { raw: `{"sensor":"pir","zone":${random.int(0, 9)}` });
  }
}

/** The resident hears a prompt and answers, or does not. Nobody who has not fallen keeps silent. */
export async function answerPrompt(
  stage: Stage,
  home: SimHome,
  deviceId: string,
  payload: Buffer,
): Promise<void> {
  const command: unknown = JSON.parse(payload.toString());
  if (typeof command !== 'object' || command === null || !('promptId' in command)) return;
  if (!('cmd' in command) || command.cmd !== 'prompt') return;
  const answer = stage.answers.get(home.home.id) ?? 'ok';
  stage.answers.delete(home.home.id);
  if (answer === 'silent') return;
  await sleep(stage.clock, stage.random.int(1_200, 3_000), stage.signal);
  stage.publisher.send(home, deviceId, 'reply', { promptId: command.promptId, answer });
}

async function goAndComeBack(stage: Stage, home: SimHome, deviceId: string, forMs: number): Promise<void> {
  stage.fleet.die(deviceId);
  await sleep(stage.clock, forMs, stage.signal);
  if (stage.signal.aborted) return;
  await stage.fleet.open(home, deviceId);
  const told = heartbeat(stage.random, deviceId);
  stage.publisher.send(home, deviceId, told.channel, told.body);
}

const deviceOf = (home: SimHome, deviceId: string) => home.devices.find((device) => device.id === deviceId);

const sourceOf = (home: SimHome, deviceId: string): 'mmwave' | 'wearable' =>
  deviceOf(home, deviceId)?.kind === 'mmwave' ? 'mmwave' : 'wearable';

function presenceOf(home: SimHome, deviceId: string): Record<string, unknown> {
  const device = deviceOf(home, deviceId);
  return { sensor: device?.kind ?? 'pir', zone: device?.zone ?? 'living_room', occupied: false };
}

/** Critical: blood pressure beyond 180/110; urgent: one value in NEWS2's red column. */
const illness = (random: Random, grade: 'critical' | 'urgent'): Record<string, unknown> =>
  grade === 'critical'
    ? {
        systolicMmHg: random.int(184, 205),
        diastolicMmHg: random.int(111, 122),
        heartRateBpm: random.int(112, 128),
        quality: 0.95,
      }
    : { heartRateBpm: random.int(132, 140), respirationPerMin: random.int(25, 27), quality: 0.9 };
