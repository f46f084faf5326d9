import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('turns', () => {
  it('run a few of one key at a time, in order, and turn away whom the line cannot hold', async () => {
    const turns = new Turns({ atOnce: 2, longest: 3 });
    let active = 0;
    let most = 0;
    const started: number[] = [];
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        turns.take('key', async () => {
          started.push(i);
          most = Math.max(most, ++active);
          await new Promise((resolve) => setImmediate(resolve));
          active -= 1;
          return i;
        }),
      ),
    );
    expect(results).toEqual([0, 1, 2, 3, 4, undefined, undefined, undefined]);
    expect([started, most]).toEqual([[0, 1, 2, 3, 4], 2]);
  });

  it('of different keys do not wait for each other, and a failure hands its turn on', async () => {
    const turns = new Turns({ atOnce: 1, longest: 9 });
    const failed = turns.take('a', () => Promise.reject(new Error('no')));
    const after = turns.take('a', () => Promise.resolve('a'));
    const other = turns.take('b', () => Promise.resolve('b'));
    await expect(failed).rejects.toThrow('no');
    expect([await after, await other]).toEqual(['a', 'b']);
  });
});
