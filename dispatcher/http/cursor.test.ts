import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from './cursor.ts';

describe('cursor', () => {
  it('comes back as it was', () => {
    expect(decodeCursor(encodeCursor(['a/b?', 7]), 'sn')).toEqual(['a/b?', 7]);
  });

  it.each(['', 'x', '!!', encodeCursor(['a']), encodeCursor([1, 'a']), encodeCursor(['a', 1.5]), 'bnVsbA'])(
    'refuses %j',
    (cursor) => {
      expect(() => decodeCursor(cursor, 'sn')).toThrow('cursor');
    },
  );
});
