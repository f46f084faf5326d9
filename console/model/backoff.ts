/**
 * Waits between attempts: at once, then 1, 2, 4 … 30 s, each spread by half so that a floor of consoles does not
 * return in one breath. `random` in [0, 1).
 */
export function backoffMs(attempt: number, random: number): number {
  if (attempt <= 0) return 200 + Math.round(300 * random);
  const base = Math.min(30_000, 1000 * 2 ** (attempt - 1));
  return Math.round(base * (0.75 + random / 2));
}

/** The service sends a comment every 15 s; two missed and a little grace mean that the line is dead. */
export const SILENCE_MS = 38_000;
