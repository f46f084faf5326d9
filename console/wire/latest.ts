/**
 * Questions of which only the latest may be answered: an answer that comes after a newer question was asked, or after
 * the place it was for is gone, is dropped. For everything that is fetched and then shown in the same place.
 */
export interface Latest {
  /** `take` gets the answer only if no newer question was asked since; true: it was taken. */
  ask: <T>(question: (signal: AbortSignal) => Promise<T>, take: (answer: T) => void) => Promise<boolean>;
  /** Nothing that is still out is wanted any more. */
  drop: () => void;
}

export function createLatest(): Latest {
  let newest: AbortController | undefined;
  return {
    async ask(question, take) {
      newest?.abort();
      const mine = (newest = new AbortController());
      const answer = await question(mine.signal);
      if (mine.signal.aborted) return false;
      take(answer);
      return true;
    },
    drop() {
      newest?.abort();
      newest = undefined;
    },
  };
}

/** What is changed by its version stays at the newest one, whichever way each came. */
export const newerOf = <T extends { version?: number }>(known: T | undefined, arrived: T): T =>
  known?.version !== undefined && arrived.version !== undefined && known.version > arrived.version
    ? known
    : arrived;
