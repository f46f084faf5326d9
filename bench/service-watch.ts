import { round } from './machine.ts';
import type { Product } from './child.ts';

export interface MemorySample {
  /** Since the watch began. */
  atS: number;
  mb: number;
}

/** Resident memory of the service's process, once a second. */
export function watchMemory(product: Product): {
  nowMb(): number;
  /** Of a span of time, by this process's monotonic clock. */
  between(fromMs: number, toMs: number): MemorySample[];
  stop(): void;
} {
  const samples: { atMs: number; mb: number }[] = [];
  const startedAt = performance.now();
  const nowMb = (): number => Math.round((product.rssBytes() ?? NaN) / 2 ** 20);
  const timer = setInterval(() => samples.push({ atMs: performance.now(), mb: nowMb() }), 1_000);
  return {
    nowMb,
    between: (fromMs, toMs) =>
      samples
        .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
        .map(({ atMs, mb }) => ({ atS: round((atMs - startedAt) / 1_000, 0), mb })),
    stop: () => clearInterval(timer),
  };
}

/** By how much the last third of the samples lies above the first third, MB: what grows without end shows here. */
export function growthMb(samples: readonly MemorySample[]): number {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const middle = (part: readonly MemorySample[]): number =>
    part.map(({ mb }) => mb).toSorted((a, b) => a - b)[Math.floor(part.length / 2)] ?? NaN;
  return middle(samples.slice(-third)) - middle(samples.slice(0, third));
}

/** Counters of the service by one label, zeros left out. */
export async function countersOf(
  { apiUrl }: Product,
  name: string,
  label: string,
): Promise<Record<string, number>> {
  const text = await (await fetch(`${apiUrl}/metrics`)).text();
  const line = new RegExp(`^${name}\\{[^}]*${label}="([\\w-]+)"[^}]*\\} (\\S+)$`, 'gm');
  return Object.fromEntries(
    [...text.matchAll(line)].flatMap(([, value = '', count]) =>
      Number(count) > 0 ? [[value, Number(count)]] : [],
    ),
  );
}
