import { readFileSync } from 'node:fs';

/** Resident memory of one process over the run, in MB; anew after each start, so the last may be less than the first. */
export interface MemorySeen {
  firstMb: number;
  mostMb: number;
  lastMb: number;
}

export interface MemoryReport {
  /** By process. */
  readonly processes: Record<string, MemorySeen>;
  /** Of all together, evenly over the run, at most `MOST_POINTS`. */
  readonly togetherMb: number[];
}

interface Watched {
  readonly name: string;
  /** undefined: dead just now. */
  readonly pid: number | undefined;
}

const EVERY_MS = 1_000;
const MOST_POINTS = 60;

/** Looks each second how much memory the processes hold. */
export class MemoryWatch {
  readonly #processes: () => readonly Watched[];
  readonly #seen = new Map<string, MemorySeen>();
  readonly #together: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(processes: () => readonly Watched[]) {
    this.#processes = processes;
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  stop(): MemoryReport {
    clearInterval(this.#timer);
    return { processes: Object.fromEntries(this.#seen), togetherMb: thinned(this.#together, MOST_POINTS) };
  }

  #look(): void {
    let sumMb = 0;
    for (const { name, pid } of this.#processes()) {
      const mb = pid === undefined ? undefined : residentMb(pid);
      if (mb === undefined) continue;
      sumMb += mb;
      const known = this.#seen.get(name) ?? { firstMb: mb, mostMb: mb, lastMb: mb };
      this.#seen.set(name, { ...known, mostMb: Math.max(known.mostMb, mb), lastMb: mb });
    }
    if (sumMb > 0) this.#together.push(sumMb);
  }
}

/** undefined: gone, or a system without /proc. */
export function residentMb(pid: number): number | undefined {
  try {
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Math.round(Number(kb) / 1_024);
  } catch {
    return undefined;
  }
}

/** The first and the last stay. */
export function thinned(values: readonly number[], most: number): number[] {
  if (values.length <= most) return [...values];
  const step = (values.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => values[Math.round(i * step)] ?? 0);
}
