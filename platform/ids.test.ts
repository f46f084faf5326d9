import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { idSource } from './ids.ts';
import { ManualClock } from './manual-clock.ts';

test('ids are 26 characters of [a-z0-9], with the prefix before them', () => {
  const newId = idSource(new ManualClock());
  expect(newId()).toMatch(/^[0-9a-z]{26}$/);
  expect(newId('al')).toMatch(/^al_[0-9a-z]{26}$/);
});

test('ids sort by time and never repeat, within one ms and when the clock steps back', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5000, max: 5000 }), { maxLength: 200 }), (steps) => {
      const clock = new ManualClock();
      const newId = idSource(clock);
      const ids = steps.map((step) => {
        clock.set(clock.now() + step);
        return newId();
      });
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toEqual([...ids].sort());
    }),
  );
});

test('a random part that has run over moves on to the next ms', () => {
  const newId = idSource(new ManualClock(), (bytes) => new Uint8Array(bytes).fill(255));
  const [first, second] = [newId(), newId()];
  expect(first < second).toBe(true);
});
