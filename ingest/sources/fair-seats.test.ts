import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seatMoves } from './fair-seats.ts';

/** Everybody looks and moves in turn, until nobody moves any more. */
function settle(seats: number, owners: (number | undefined)[], consumers: readonly number[]): number[] {
  const owned = (who: number) => owners.flatMap((owner, no) => (owner === who ? [no] : []));
  for (let turn = 0; turn < 3; turn += 1)
    for (const me of consumers) {
      const others = owners.flatMap((owner, no) => (owner !== undefined && owner !== me ? [no] : []));
      const { take, give } = seatMoves({ seats, mine: owned(me), others, consumers: consumers.length });
      for (const no of give) owners[no] = undefined;
      for (const no of take) owners[no] = me;
    }
  return consumers.map((who) => owned(who).length);
}

describe('sessions at an external broker', () => {
  it('are all attended, by nobody more than its share, whoever had them before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }), {
          minLength: 16,
          maxLength: 16,
        }),
        (count, before) => {
          const consumers = Array.from({ length: count }, (_, i) => i + 1);
          // Those of the dead are free
          const owners = before.map((owner) => (owner !== undefined && owner > count ? undefined : owner));
          const shares = settle(16, owners, consumers);
          expect(shares.reduce((sum, n) => sum + n, 0)).toBe(16);
          expect(Math.max(...shares)).toBeLessThanOrEqual(Math.ceil(16 / count));
        },
      ),
    );
  });

  it('a single one has one consumer; another waits for it to go', () => {
    expect(seatMoves({ seats: 1, mine: [], others: [0], consumers: 2 })).toEqual({ take: [], give: [] });
    expect(seatMoves({ seats: 1, mine: [], others: [], consumers: 1 })).toEqual({ take: [0], give: [] });
    expect(seatMoves({ seats: 1, mine: [0], others: [], consumers: 2 })).toEqual({ take: [], give: [] });
  });
});
