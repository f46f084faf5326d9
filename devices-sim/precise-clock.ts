import { type Clock, systemClock } from '../platform/clock.ts';

/** The system's clock in fractions of a millisecond, and steady within one process: for latencies. */
export const preciseClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimer: (delayMs, fn) => systemClock.setTimer(delayMs, fn),
};
