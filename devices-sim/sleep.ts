import type { Clock } from '../platform/clock.ts';

/** Resolves after `delayMs`, or at once when the signal aborts; leaves no timer behind. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const over = (): void => {
      cancel();
      signal?.removeEventListener('abort', over);
      resolve();
    };
    const cancel = clock.setTimer(delayMs, over);
    signal?.addEventListener('abort', over);
  });
}
