import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { movesOf } from './fair-share.ts';
import { DUTY, EVERY_PARTITION, partitionOf, PARTITIONS } from './partitions.ts';

/** Everybody takes and gives in turn until nobody wants to any more. */
function settle(owners: Map<number, number | null>, workers: readonly number[]): number {
  for (let turns = 1; turns < 100; turns++) {
    let moved = false;
    for (const me of workers) {
      const { take, give } = movesOf({ me, workers, owners });
      for (const no of give) owners.set(no, null);
      for (const no of take) owners.set(no, me);
      moved ||= take.length + give.length > 0;
    }
    if (!moved) return turns;
  }
  throw new Error('it never settles');
}
const counts = (owners: ReadonlyMap<number, number | null>, workers: readonly number[]): number[] =>
  workers.map((me) => EVERY_PARTITION.filter((no) => owners.get(no) === me).length);

describe('shares of partitions', () => {
  it('one worker has them all, and the duty', () => {
    const owners = new Map<number, number | null>();
    settle(owners, [7]);
    expect(counts(owners, [7])).toEqual([PARTITIONS]);
    expect(owners.get(DUTY)).toBe(7);
  });

  it('whoever joins gets its share, and the others give no more than that', () => {
    const owners = new Map<number, number | null>();
    settle(owners, [7]);
    settle(owners, [7, 9]);
    expect(counts(owners, [7, 9])).toEqual([8, 8]);
    const before = new Map(owners);
    settle(owners, [7, 9, 12]);
    expect(counts(owners, [7, 9, 12])).toEqual([6, 5, 5]);
    expect(EVERY_PARTITION.filter((no) => before.get(no) !== owners.get(no))).toHaveLength(5);
  });

  it('what one that died had goes to those that live, and so does the duty', () => {
    const owners = new Map<number, number | null>();
    settle(owners, [7, 9, 12]);
    settle(owners, [9, 12]);
    expect(counts(owners, [9, 12])).toEqual([8, 8]);
    expect([9, 12]).toContain(owners.get(DUTY));
  });

  it('from any beginning everything is owned by one that lives, evenly, within three turns', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 }),
        fc.array(fc.option(fc.integer({ min: 1, max: 50 })), { minLength: 17, maxLength: 17 }),
        (workers, begin) => {
          const owners = new Map(begin.map((owner, no) => [no, owner]));
          expect(settle(owners, workers)).toBeLessThanOrEqual(3);
          const shares = counts(owners, workers);
          expect(shares.reduce((sum, n) => sum + n, 0)).toBe(PARTITIONS);
          expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
          expect(workers).toContain(owners.get(DUTY));
        },
      ),
    );
  });

  it('homes spread over all partitions', () => {
    const used = new Set(Array.from({ length: 400 }, (_, i) => partitionOf(`home-${i}`)));
    expect(used.size).toBe(PARTITIONS);
  });
});
