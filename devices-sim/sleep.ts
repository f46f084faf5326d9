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

const LOOK_EVERY_MS = 20;

/** Resolves when the condition holds, the time is over or the signal aborts: the caller looks again if it matters which. */
export async function waitUntil(
  clock: Clock,
  holds: () => boolean,
  withinMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const untilAt = clock.now() + withinMs;
  while (!holds() && clock.now() < untilAt) {
    if (signal?.aborted === true) return;
    await sleep(clock, LOOK_EVERY_MS, signal);
  }
}
