import type { Clock } from '../../platform/clock.ts';
import { ApiError, type ApiClient } from '../api/api-client.ts';
import type { Random } from '../random.ts';
import type { World } from '../world/population.ts';
import type { Board, SeenOrder } from './board.ts';
import { type CaregiverStep, caregiverSteps } from './habits.ts';
import type { Sessions } from './sessions.ts';
import { TaskTimer } from './task-timer.ts';

export interface CaregiversOptions {
  board: Board;
  sessions: Sessions;
  world: World;
  clock: Clock;
  random: Random;
  /** Multiplies every human delay; 1: a visit takes some ten seconds from offer to end. */
  pace(): number;
  /** Somebody watching may be logged in as this caregiver: left so much time before each step. */
  reserved?: { caregiverId: string; delayMs: number };
  onProblem(text: string): void;
}

/** Least and greatest delay before each step, ms. */
const DELAYS_MS = {
  answer: [500, 2_000],
  depart: [400, 1_500],
  arrive: [1_800, 4_000],
  complete: [1_500, 4_000],
} as const satisfies Record<CaregiverStep['do'], readonly [number, number]>;

const DECLINES = 0.08;
const REASONS = ['正在照护另一位老人', '路上堵车，赶不到', '身体不适'] as const;

/** Caregivers with their phones: they hear of offers, answer, go, arrive and finish, each with its own log-in. */
export function caregiversAtWork(options: CaregiversOptions): { stop(): Promise<void> } {
  const { board, clock, random } = options;
  const timer = new TaskTimer(clock, (key, error) => {
    // Expired, withdrawn, or done by an operator meanwhile.
    if (error instanceof ApiError && error.status === 409) return;
    options.onProblem(`${key}: ${error instanceof Error ? error.message : String(error)}`);
  });
  const begun = new Set<string>();

  board.onOrder((order) => {
    for (const step of caregiverSteps(order)) {
      const key = `order ${order.id} ${step.do} ${step.do === 'answer' ? step.offerId : step.caregiverId}`;
      if (begun.has(key) || !isSimulated(step.caregiverId)) continue;
      begun.add(key);
      const [least, most] = DELAYS_MS[step.do];
      const own = random.fork(key);
      const delayMs =
        options.reserved?.caregiverId === step.caregiverId
          ? options.reserved.delayMs
          : own.between(least, most) * options.pace();
      timer.after(key, step.do, delayMs, async () =>
        act(await options.sessions.caregiver(step.caregiverId), order, step, own, options.world),
      );
    }
  });
  return { stop: () => timer.stop() };
}

/** Ids that some simulated world made, of this seed or another in the same database. */
const isSimulated = (caregiverId: string): boolean => /^cg\d+-\d{3}$/.test(caregiverId);

async function act(
  api: ApiClient,
  order: SeenOrder,
  step: CaregiverStep,
  random: Random,
  world: World,
): Promise<void> {
  const path = `/orders/${order.id}`;
  switch (step.do) {
    case 'answer':
      if (random.chance(DECLINES))
        await api.call('POST', `${path}/decline`, { reason: random.pick(REASONS) });
      else await api.call('POST', `${path}/accept`, {});
      return;
    case 'depart':
      await api.call('POST', `${path}/depart`, {});
      return;
    case 'arrive':
      await api.call('POST', `${path}/arrive`, placeOf(world, order.homeId, random));
      return;
    case 'complete':
      await api.call('POST', `${path}/complete`, { notes: '已上门，老人情况稳定' });
  }
}

/** What the phone reads at the door: the home's place, some metres off. */
function placeOf(world: World, homeId: string, random: Random): Record<string, number> {
  const home = world.homes.find((candidate) => candidate.home.id === homeId)?.home;
  if (home?.lat === undefined || home.lon === undefined) return {};
  return {
    lat: home.lat + random.between(-0.0002, 0.0002),
    lon: home.lon + random.between(-0.0002, 0.0002),
    accuracyM: random.int(5, 30),
  };
}
