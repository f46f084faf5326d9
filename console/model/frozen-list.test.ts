import { describe, expect, it } from 'vitest';
import { holdRows, windowOf } from './frozen-list.ts';

describe('the held list', () => {
  it('keeps every row in its place while held: new ones wait, gone ones stay as ghosts', () => {
    const held = holdRows(['a', 'b', 'c'], ['x', 'a', 'c', 'y'], true);
    expect(held).toEqual({ rows: ['a', 'b', 'c'], waiting: ['x', 'y'], gone: new Set(['b']) });
  });

  it('catches up when released', () => {
    expect(holdRows(['a', 'b'], ['x', 'a'], false)).toEqual({
      rows: ['x', 'a'],
      waiting: [],
      gone: new Set(),
    });
  });

  it('does not hold an empty list: the first alarm of the night is shown at once', () => {
    expect(holdRows([], ['x'], true).rows).toEqual(['x']);
  });

  it('paints only what is in sight, with a margin', () => {
    expect(windowOf(500, 88, 8800, 700, 2)).toEqual({
      first: 98,
      last: 110,
      padTopPx: 98 * 88,
      totalPx: 44_000,
    });
    expect(windowOf(3, 88, 0, 700)).toMatchObject({ first: 0, last: 3 });
    expect(windowOf(0, 88, 0, 700)).toMatchObject({ first: 0, last: 0 });
    expect(windowOf(3, 88, 9999, 700).first).toBeLessThanOrEqual(3);
  });
});
