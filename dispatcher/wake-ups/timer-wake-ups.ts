import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { jobId, type WakeUps } from './wake-ups.ts';

/** In this process only, on its clock: for tests that move time, and where there is no queue. */
export function timerWakeUps(deps: { clock: Clock; log: Log }): WakeUps {
  const waiting = new Map<string, { key: string; atMs: number; cancel: () => void }>();
  const running = new Set<Promise<void>>();
  let handler: ((key: string) => Promise<void>) | undefined;

  const call = async (id: string, key: string): Promise<void> => {
    waiting.delete(id);
    try {
      await handler?.(key);
    } catch (error) {
      deps.log.error({ err: error, key }, 'what a wake-up called for failed');
    }
  };
  const arm = (id: string, key: string, atMs: number): void => {
    const cancel = deps.clock.setTimer(Math.max(0, atMs - deps.clock.now()), () => {
      if (handler === undefined) return;
      const run = call(id, key);
      running.add(run);
      void run.finally(() => running.delete(run));
    });
    waiting.set(id, { key, atMs, cancel });
  };
  return {
    at(key, atMs) {
      const id = jobId(key, atMs);
      if (!waiting.has(id)) arm(id, key, atMs);
      return Promise.resolve();
    },
    start(call) {
      handler = call;
      for (const [id, { key, atMs, cancel }] of waiting) {
        cancel();
        arm(id, key, atMs);
      }
      return Promise.resolve();
    },
    async stop() {
      handler = undefined;
      for (const { cancel } of waiting.values()) cancel();
      waiting.clear();
      await Promise.all(running);
    },
  };
}
