import { expect, it } from 'vitest';
import { MessageRate } from './message-rate.ts';

it('two seconds of messages may come at once, then as many as the rate', () => {
  const rate = new MessageRate(10, 0);
  expect(Array.from({ length: 20 }, () => rate.take(0)).every((ms) => ms === 0)).toBe(true);
  expect(rate.take(0)).toBe(200);
  expect(rate.take(200)).toBe(0);
});

it('what has not been used for a day is no more than two seconds', () => {
  const rate = new MessageRate(10, 0);
  expect(Array.from({ length: 21 }, () => rate.take(86_400_000)).at(-1)).toBeGreaterThan(0);
});

it('a clock set back gives nothing, and does not stop the connection for longer', () => {
  const rate = new MessageRate(1_000, 1_000_000);
  expect(rate.take(0)).toBe(0);
  for (let i = 0; i < 1_999; i++) rate.take(0);
  expect(rate.take(0)).toBeLessThan(10);
});
