import type { Queue, Worker, Job } from 'bullmq';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { jobId, type WakeUps } from './wake-ups.ts';

/** A job holds the key and nothing else: whoever wakes reads the rest. */
export interface WakeUpJob {
  key: string;
}
type Process = (job: Pick<Job<WakeUpJob>, 'data'>) => Promise<void>;

/** What the two backends differ in. */
export interface Backend {
  queue: Pick<Queue<WakeUpJob>, 'add' | 'close'>;
  /** False while asking would only wait. */
  ready(): boolean;
  /** Begins to take jobs when made. */
  makeWorker(process: Process): Pick<Worker<WakeUpJob>, 'close'>;
  /** Connections, once queue and worker are closed. */
  release(): Promise<void>;
}

/** A stalled job is nothing to wait for: the sweeper has long done its work. Nothing is kept of what is done. */
export const WORKER_OPTIONS = {
  concurrency: 2,
  lockDuration: 10_000,
  stalledInterval: 10_000,
  maxStalledCount: 3,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 100 },
} as const;

const ADD_WITHIN_MS = 2_000;
const CLOSE_WITHIN_MS = 3_000;

export function bullmqWakeUps(deps: { backend: Backend; clock: Clock; log: Log }): WakeUps {
  const { backend, clock, log } = deps;
  let worker: Pick<Worker<WakeUpJob>, 'close'> | undefined;

  const within = <T>(ms: number, work: Promise<T>, what: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const cancel = clock.setTimer(ms, () => reject(new Error(`${what}: not done within ${ms} ms`)));
      work.then(resolve, reject).finally(cancel);
    });
  const close = async (what: string, work: Promise<void> | undefined): Promise<void> => {
    try {
      if (work !== undefined) await within(CLOSE_WITHIN_MS, work, what);
    } catch (error) {
      log.warn({ err: error, what }, 'queue not closed in order');
    }
  };

  return {
    async at(key, atMs) {
      const id = jobId(key, atMs);
      if (!backend.ready()) throw new Error('the queue is away');
      const delay = Math.max(0, Math.ceil(atMs - clock.now()));
      const options = { jobId: id, delay, removeOnComplete: true, removeOnFail: { count: 100 } };
      await within(ADD_WITHIN_MS, backend.queue.add('wake', { key }, options), 'wake-up');
    },
    start(handler) {
      worker ??= backend.makeWorker(async ({ data }) => {
        try {
          await handler(data.key);
        } catch (error) {
          log.error({ err: error, key: data.key }, 'what a wake-up called for failed');
        }
      });
      return Promise.resolve();
    },
    async stop() {
      await close('worker', worker?.close());
      worker = undefined;
      await close('queue', backend.queue.close());
      await close('connections', backend.release());
    },
  };
}
