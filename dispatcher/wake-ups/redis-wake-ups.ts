import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { bullmqWakeUps, type WakeUpJob, WORKER_OPTIONS } from './bullmq-wake-ups.ts';
import type { WakeUps } from './wake-ups.ts';

const READY_WITHIN_MS = 2_000;

/**
 * BullMQ on Redis. Connects when it can and again after every loss (I10: losing Redis delays nothing but this): asking
 * for a wake-up fails at once while Redis is away, and the sweeper does without.
 */
export async function redisWakeUps(deps: {
  url: string;
  clock: Clock;
  log: Log;
  queueName?: string;
}): Promise<WakeUps> {
  const { url, clock, log, queueName = 'wake-ups' } = deps;
  const retryStrategy = (times: number): number => Math.min(times * 100, 1_000);
  // BullMQ gives up for good if its first question is refused: let it wait, and look ourselves whether to ask.
  const options = { maxRetriesPerRequest: null, retryStrategy, connectTimeout: 2_000 };
  const asking = new Redis(url, options);
  const taking = new Redis(url, options);
  // A lost connection emits at every attempt to get it back: one line at each loss is enough.
  let lost = false;
  const onError = (err: unknown): void => {
    if (!lost) log.warn({ err }, 'queue error');
    lost = true;
  };
  taking.on('ready', () => {
    if (lost) log.info('queue is back');
    lost = false;
  });
  asking.on('error', onError);
  taking.on('error', onError);
  const queue = new Queue<WakeUpJob>(queueName, { connection: asking, skipWaitingForReady: true });
  queue.on('error', onError);
  await untilReady(asking, clock);
  return bullmqWakeUps({
    clock,
    log,
    backend: {
      ready: () => asking.status === 'ready',
      queue,
      makeWorker(process) {
        const worker = new Worker<WakeUpJob>(queueName, process, {
          connection: taking,
          skipWaitingForReady: true,
          ...WORKER_OPTIONS,
        });
        worker.on('error', onError);
        return worker;
      },
      release() {
        asking.disconnect();
        taking.disconnect();
        return Promise.resolve();
      },
    },
  });
}

/** Or not: a Redis that is away does not keep the dispatcher from starting. */
function untilReady(redis: Redis, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    if (redis.status === 'ready') return resolve();
    const cancel = clock.setTimer(READY_WITHIN_MS, resolve);
    redis.once('ready', () => {
      cancel();
      resolve();
    });
  });
}
