import { expect, it } from 'vitest';
import { SentBefore } from './sent-before.ts';

it('what a persistent session did not acknowledge is known once it is back, of the latest sessions only', () => {
  const sent = new SentBefore(2);
  sent.end('a', false, new Set([1]));
  sent.end('b', false, new Set([2]));
  sent.end('c', false, new Set([3]));
  sent.end('d', true, new Set([4]));
  sent.end('e', false, new Set());
  expect(['a', 'b', 'c', 'd', 'e'].map((id) => [...sent.begin(id, false)])).toEqual([[], [2], [3], [], []]);
  expect([...sent.begin('b', false)]).toEqual([]);
});

it('a clean session knows of nothing', () => {
  const sent = new SentBefore(2);
  sent.end('a', false, new Set([1]));
  expect([...sent.begin('a', true)]).toEqual([]);
  expect([...sent.begin('a', false)]).toEqual([]);
});
