import { describe, expect, it } from 'vitest';
import { partialNews2 } from './news2.ts';

const only = (seen: Parameters<typeof partialNews2>[0], scale: 1 | 2 = 1) => partialNews2(seen, scale).total;

describe('every band of the table, at its edges', () => {
  it.each([
    [8, 3],
    [9, 1],
    [11, 1],
    [12, 0],
    [20, 0],
    [21, 2],
    [24, 2],
    [25, 3],
  ])('respiration %d scores %d', (value, points) => expect(only({ respirationPerMin: value })).toBe(points));
  it.each([
    [91, 3],
    [92, 2],
    [93, 2],
    [94, 1],
    [95, 1],
    [96, 0],
    [100, 0],
  ])('SpO2 %d %% scores %d on scale 1', (value, points) => expect(only({ spo2Pct: value })).toBe(points));
  it.each([
    [83, 3],
    [84, 2],
    [85, 2],
    [86, 1],
    [87, 1],
    [88, 0],
    [92, 0],
    [93, 0],
    [99, 0],
  ])('SpO2 %d %% on air scores %d on scale 2', (value, points) =>
    expect(only({ spo2Pct: value, onOxygen: false }, 2)).toBe(points),
  );
  it.each([
    [88, 2],
    [92, 2],
    [93, 3],
    [94, 3],
    [95, 4],
    [96, 4],
    [97, 5],
  ])('SpO2 %d %% on oxygen scores %d with the oxygen on scale 2', (value, points) =>
    expect(only({ spo2Pct: value, onOxygen: true }, 2)).toBe(points),
  );
  it.each([
    [90, 3],
    [91, 2],
    [100, 2],
    [101, 1],
    [110, 1],
    [111, 0],
    [219, 0],
    [220, 3],
  ])('systolic %d scores %d', (value, points) => expect(only({ systolicMmHg: value })).toBe(points));
  it.each([
    [40, 3],
    [41, 1],
    [50, 1],
    [51, 0],
    [90, 0],
    [91, 1],
    [110, 1],
    [111, 2],
    [130, 2],
    [131, 3],
  ])('pulse %d scores %d', (value, points) => expect(only({ heartRateBpm: value })).toBe(points));
  it.each([
    [35.0, 3],
    [35.1, 1],
    [36.0, 1],
    [36.1, 0],
    [38.0, 0],
    [38.1, 1],
    [39.0, 1],
    [39.1, 2],
  ])('%d °C scores %d', (value, points) => expect(only({ temperatureC: value })).toBe(points));
  it.each(['C', 'V', 'P', 'U'] as const)('consciousness %s scores 3', (consciousness) =>
    expect(only({ consciousness })).toBe(3),
  );
});

it('values are rounded to the precision of the table first', () => {
  expect(only({ heartRateBpm: 90.4 })).toBe(0);
  expect(only({ heartRateBpm: 90.5 })).toBe(1);
  expect(only({ temperatureC: 38.04 })).toBe(0);
  expect(only({ temperatureC: 36.05 })).toBe(0);
});

it('a partial score names what is missing, and a single red one is told', () => {
  const score = partialNews2({ spo2Pct: 90, heartRateBpm: 80 }, 1);
  expect(score).toMatchObject({ total: 3, singleRed: true });
  expect(score.missing).toEqual([
    'respirationPerMin',
    'onOxygen',
    'systolicMmHg',
    'consciousness',
    'temperatureC',
  ]);
});
