/**
 * Time as a port: everything that asks for the time or waits gets a `Clock`, so that tests move time instead of
 * sleeping. Only a process's root hands out `systemClock`.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `fn` once, `delayMs` from now or later, never before. Returns a cancel that may be called any number of times. */
  setTimer(delayMs: number, fn: () => void): () => void;
}

/** Node's timers wrap around beyond this and would fire at once; a longer wait is made of several. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, fn) {
    let left = Math.max(0, delayMs);
    let handle: NodeJS.Timeout | undefined;
    const arm = () => {
      const part = Math.min(left, LONGEST_TIMEOUT_MS);
      left -= part;
      handle = setTimeout(() => (left > 0 ? arm() : fn()), part);
    };
    arm();
    return () => clearTimeout(handle);
  },
};

/** Resolves after `delayMs` on that clock. */
export const wait = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => void clock.setTimer(delayMs, resolve));
