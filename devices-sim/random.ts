/**
 * Seeded chance. Every source is named by a path below the seed and draws nothing from its parent, so that one home
 * more, or one draw more in one place, changes nothing elsewhere: same seed, same world.
 */
export interface Random {
  /** [0, 1) */
  next(): number;
  /** Whole number, both bounds inclusive. */
  int(min: number, max: number): number;
  /** [min, max) */
  between(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** Picks by weight; weights need not sum to 1. */
  weighted<T>(items: readonly [readonly [T, number], ...(readonly [T, number])[]]): T;
  /** As many different items as wanted and there, in the order given. */
  some<T>(items: readonly T[], count: number): T[];
  normal(mean: number, deviation: number): number;
  /** Waiting time of a Poisson process. */
  exponential(mean: number): number;
  /** An independent source of that name. */
  fork(name: string): Random;
}

export const randomOf = (seed: number | string): Random => source(String(seed));

function source(path: string): Random {
  const next = sfc32(path);
  const self: Random = {
    next,
    int: (min, max) => min + Math.floor(next() * (max - min + 1)),
    between: (min, max) => min + next() * (max - min),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
    weighted: (items) => {
      let left = next() * items.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [item, weight] of items) {
        left -= weight;
        if (left < 0) return item;
      }
      return items[0][0];
    },
    some: (items, count) => {
      const chosen = new Set<number>();
      while (chosen.size < Math.min(count, items.length)) chosen.add(Math.floor(next() * items.length));
      return items.filter((_, index) => chosen.has(index));
    },
    normal: (mean, deviation) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    exponential: (mean) => -mean * Math.log(1 - next()),
    fork: (name) => source(`${path}/${name}`),
  };
  return self;
}

/** FNV-1a, 32 bits. */
function hash(text: string, basis: number): number {
  let value = basis;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** Small fast counter, 32 bits, by Chris Doty-Humphrey (public domain); the first draws only stir. */
function sfc32(path: string): () => number {
  let a = hash(path, 0x811c9dc5);
  let b = hash(path, 0x9e3779b9);
  let c = hash(path, 0x85ebca6b);
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}
