import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderedAcks, pubacks } from './ordered-acks.ts';

describe('acknowledgements to an external broker', () => {
  it('go out in the order of arrival, whatever the order of commits, none before its own (I1)', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5, 6], { minLength: 6 }), (order) => {
        const written: number[] = [];
        const acks = new OrderedAcks((ids) => written.push(...ids));
        const accept = new Map([1, 2, 3, 4, 5, 6].map((id) => [id, acks.arrived(id)]));
        const committed = new Set<number>();
        for (const id of order) {
          committed.add(id);
          accept.get(id)?.();
          expect(written.every((one) => committed.has(one))).toBe(true);
          expect(acks.size).toBe(6 - written.length);
        }
        expect(written).toEqual([1, 2, 3, 4, 5, 6]);
      }),
    );
  });

  it('that become possible together are written together', () => {
    const written: (readonly number[])[] = [];
    const acks = new OrderedAcks((ids) => written.push(ids));
    const [first, second] = [acks.arrived(7), acks.arrived(0x1234)];
    second();
    expect(written).toEqual([]);
    first();
    expect(written).toEqual([[7, 0x1234]]);
    expect(pubacks([7, 0x1234])).toEqual(Buffer.from([0x40, 2, 0, 7, 0x40, 2, 0x12, 0x34]));
  });
});
