import { UsageError } from '../../devices-sim/options.ts';

/** `--seeds A..B`, or the one seed. */
export function seedsOf(seeds: string | undefined, seed: number): number[] {
  if (seeds === undefined) return [seed];
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(seeds) ?? [];
  if (first === undefined || last === undefined || Number(first) > Number(last))
    throw new UsageError(`--seeds must be A..B, not "${seeds}"`);
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i);
}
