import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashBytes, hashText } from './hash.ts';
import { PressIds } from './press-ids.ts';
import { RecentIds } from './recent-ids.ts';

describe('hashes', () => {
  it('are safe integers, alike for the same, and tell neighbours apart', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(255), (bytes, seed) => {
        const hash = hashBytes(bytes, seed);
        expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true);
        expect(hashBytes(Uint8Array.from(bytes), seed)).toBe(hash);
        const other = Uint8Array.from(bytes);
        if (other.length > 0) {
          other[0] = (other[0] ?? 0) ^ 1;
          expect(hashBytes(other, seed)).not.toBe(hash);
        }
        expect(hashBytes(bytes, seed + 1)).not.toBe(hash);
      }),
    );
  });

  it('do not meet in a million ids, in any of the bits that a table looks at', () => {
    const seen = new Set<number>();
    const low = new Set<number>();
    for (let n = 0; n < 200_000; n++) {
      const hash = hashText(`m-${n}`, 7);
      seen.add(hash);
      low.add(hash % 2 ** 32);
    }
    expect(seen.size).toBe(200_000);
    expect(low.size).toBeGreaterThan(199_980);
  });
});

describe('recent ids', () => {
  it('knows what was added within its time, forgets by generations, and says from when on it is complete', () => {
    const ids = new RecentIds(0, 1000);
    const key = (n: number) => [hashText(`i${n}`, 1), hashText(`c${n}`, 2)] as const;
    const wrong: string[] = [];
    const check = (what: string, n: number, known: boolean) => {
      if (ids.has(...key(n)) !== known) wrong.push(`${what} ${n}`);
    };
    for (let n = 0; n < 5_000; n++) {
      check('before', n, false);
      ids.add(...key(n), n);
      for (const earlier of [n, n - 500, n - 999]) if (earlier >= 0) check('after', earlier, true);
      // complete since then: everything added after it is known
      if (ids.since + 1 <= n) check('since', ids.since + 1, true);
    }
    expect(wrong).toEqual([]);
    expect(ids.since).toBeGreaterThan(2_900);
    expect(ids.has(key(1)[0], key(1)[1])).toBe(false);
    expect(ids.has(key(4_999)[0], key(1)[1])).toBe(false);
    ids.forget(6_000);
    expect(ids.has(...key(4_999))).toBe(false);
    expect(ids.since).toBe(6_000);
  });
});

describe('ids of presses', () => {
  it('tells the same press, an id with other content, and a new one, until the day is forgotten', () => {
    const ids = new PressIds();
    expect(ids.look(1, 10)).toBe('new');
    ids.add(1, 10, 100);
    expect([ids.look(1, 10), ids.look(1, 11), ids.look(2, 10)]).toEqual(['same', 'conflict', 'new']);
    ids.add(1, 11, 101);
    expect(ids.look(1, 11)).toBe('same');
    ids.forgetBefore(101);
    expect(ids.look(1, 10)).toBe('same');
    ids.forgetBefore(102);
    expect(ids.look(1, 10)).toBe('new');
  });
});
