import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Timers, type Wakeable } from './timers.ts';

class Token implements Wakeable {
  wakeAt = Infinity;
  wakePlace = -1;
}

describe('timers', () => {
  it('wake in order of time, whatever was set, moved and taken out', () => {
    const change = fc.tuple(fc.nat(15), fc.oneof(fc.nat(1000), fc.constant(Infinity)));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const tokens = Array.from({ length: 16 }, () => new Token());
        const timers = new Timers<Token>();
        for (const [i, at] of changes) timers.set(tokens[i]!, at);
        const waiting = tokens.map(({ wakeAt }) => wakeAt).filter((at) => at !== Infinity);
        expect(timers.size).toBe(waiting.length);
        expect(timers.nextAt).toBe(Math.min(Infinity, ...waiting));
        const woken: number[] = [];
        for (;;) {
          const at = timers.nextAt;
          const token = timers.due(1000);
          if (!token) break;
          woken.push(at);
          expect([token.wakeAt, token.wakePlace]).toEqual([Infinity, -1]);
        }
        expect(woken).toEqual(waiting.toSorted((a, b) => a - b));
      }),
    );
  });

  it('nothing wakes before its time', () => {
    const timers = new Timers<Token>();
    const token = new Token();
    timers.set(token, 1000);
    expect(timers.due(999)).toBe(undefined);
    expect(timers.due(1000)).toBe(token);
  });

  it('a million wake-ups are set, moved and taken without a scan', () => {
    const timers = new Timers<Token>();
    const tokens = Array.from({ length: 1_000_000 }, () => new Token());
    const from = performance.now();
    tokens.forEach((token, i) => timers.set(token, (i * 7919) % 1_000_003));
    for (let i = 0; i < 100_000; i++) timers.set(tokens[i * 10]!, 2_000_000 + i);
    let last = -1;
    let ordered = true;
    for (let i = 0; i < 100_000; i++) {
      const at = timers.nextAt;
      timers.due(Infinity);
      ordered &&= at >= last;
      last = at;
    }
    expect(ordered).toBe(true);
    expect(timers.size).toBe(900_000);
    // A scan for each would be 10^11 steps; this bound is far above what any machine needs
    expect(performance.now() - from).toBeLessThan(8_000);
  });
});
