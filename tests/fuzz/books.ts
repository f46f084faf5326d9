/** What became of the inputs of a run, and what should not have. */
export class Books {
  readonly findings: string[] = [];
  /** By kind of input: how many ended how. */
  readonly ends: Record<string, Record<string, number>> = {};
  /** Routes that have answered to an input of theirs, and those that there are. */
  readonly asked = new Set<string>();
  routes: readonly string[] = [];
  /** Acknowledgements that we hold: each is a message that the service has kept. */
  acknowledged = 0;
  connections = 0;

  end(kind: string, how: string): void {
    const ends = (this.ends[kind] ??= {});
    ends[how] = (ends[how] ?? 0) + 1;
  }

  /** The first of them are told; a fault that shows ten thousand times is one fault. */
  finding(text: string): void {
    if (this.findings.length < MOST_FINDINGS) this.findings.push(text);
  }
}

const MOST_FINDINGS = 50;

/** Runs inputs `from` (inclusive) to `to` (exclusive), so many at a time. */
export async function inLanes(
  from: number,
  to: number,
  lanes: number,
  one: (no: number, lane: number) => Promise<void>,
): Promise<void> {
  let next = from;
  await Promise.all(
    Array.from({ length: Math.min(lanes, to - from) }, async (_, lane) => {
      while (next < to) await one(next++, lane);
    }),
  );
}

/** Rejects with `what` unless the work is done within that time. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(what)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
