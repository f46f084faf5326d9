const EVERY_MS = 20;
const TOLERATED_MS = 5;

/**
 * How long this machine has kept us waiting for our turn, all together: a bound on time may be exceeded by that. Nothing on
 * one that has nothing else to do.
 */
export function watchStalls(): { ms(): number; stop(): void } {
  let stalledMs = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    stalledMs += Math.max(0, now - last - EVERY_MS - TOLERATED_MS);
    last = now;
  }, EVERY_MS);
  return { ms: () => stalledMs, stop: () => clearInterval(timer) };
}
