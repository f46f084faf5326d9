/** Thrown while looking: it will never come true, so nothing more is waited for. */
export class NeverComes extends Error {}

/** Waits for a condition, looking every few milliseconds; throws with what it last saw after `timeoutMs`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 15_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
      last = seen;
    } catch (error) {
      if (error instanceof NeverComes) throw error;
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for ${what}; last seen: ${String(last)}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}
