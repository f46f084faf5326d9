import { expect, it } from 'vitest';
import { randomOf } from '../../devices-sim/random.ts';
import { FAULTS, planFaults } from './plan.ts';

const options = { durationMs: 120_000, faults: FAULTS, longestMs: 4_000 };

it('a seed always plans the same faults, another seed others', () => {
  const plan = planFaults(randomOf(7), options);
  expect(planFaults(randomOf(7), options)).toEqual(plan);
  expect(planFaults(randomOf(8), options)).not.toEqual(plan);
});

it('every kind of fault comes before any comes again, and all are over at the end', () => {
  const plan = planFaults(randomOf(1), options);
  expect(new Set(plan.slice(0, FAULTS.length).map(({ fault }) => fault))).toEqual(new Set(FAULTS));
  expect(plan.every(({ atMs, forMs }) => atMs + forMs <= options.durationMs)).toBe(true);
});
