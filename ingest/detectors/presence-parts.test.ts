import { describe, expect, it } from 'vitest';
import { aContext, aHome, T0 } from '../../tests/support/detector-world.ts';
import { learntLimit, longestFrom, usualLongest, withTime } from './longest.ts';
import { countedUntil, isWithin, nextMinute } from './waking-time.ts';
import { zoneOf } from './zones.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

it.each([
  ['Bathroom', 'bathroom'],
  ['卫生间', 'bathroom'],
  ['master bedroom', 'bedroom'],
  ['主卧', 'bedroom'],
  ['厨房', 'kitchen'],
  ['OutsideDoor', 'entrance'],
  ['玄关', 'entrance'],
  ['LivingRoom', 'living'],
  ['WorkArea', 'workarea'],
  ['closet', 'closet'],
])('%s is the %s', (name, zone) => expect(zoneOf(name)).toBe(zone));

describe('hours that cross midnight (智慧养老)', () => {
  it.each([
    [23 * 60, true],
    [0, true],
    [5 * 60 + 59, true],
    [6 * 60, false],
    [12 * 60, false],
    [21 * 60 + 59, false],
    [22 * 60, true],
  ])('minute %i of the day lies in 22:00–06:00: %s', (minute, is) =>
    expect(isWithin(minute, 22 * 60, 6 * 60)).toBe(is),
  );
  it('equal ends are the whole day', () => expect(isWithin(77, 360, 360)).toBe(true));
});

describe('time that counts', () => {
  const context = aContext(aHome());
  it('is all time without nights, exact to the millisecond', () => {
    expect(countedUntil(T0 + 7, 4 * HOUR, false, context)).toBe(T0 + 7 + 4 * HOUR);
  });
  it('leaves nights out', () => {
    // 21:30 and 123 ms; awake until 22:00 and from 06:00.
    const at = T0 + 11.5 * HOUR + 123;
    expect(countedUntil(at, 2 * HOUR, true, context)).toBe(T0 + 20 * HOUR + 1.5 * HOUR + 123);
  });
  it('begins with the day if asked for in the night', () => {
    expect(countedUntil(T0 + 16 * HOUR, HOUR, true, context)).toBe(T0 + 21 * HOUR);
  });
  it('I13: leaves our outages out, whatever they overlap', () => {
    const out = {
      ...context,
      outages: [
        [T0 - HOUR, T0 + HOUR],
        [T0 + 2 * HOUR, T0 + 3 * HOUR],
        [T0 + 9 * HOUR, T0 + 10 * HOUR],
      ] as const,
    };
    expect(countedUntil(T0, 4 * HOUR, false, out)).toBe(T0 + 6 * HOUR);
    expect(countedUntil(T0 + 2.5 * HOUR, HOUR, false, out)).toBe(T0 + 4 * HOUR);
  });
  it('the next 07:30 is today’s or tomorrow’s, never now', () => {
    expect(nextMinute(T0, 600, context)).toBe(T0 + 24 * HOUR);
    expect(nextMinute(T0 - 1, 600, context)).toBe(T0);
    expect(nextMinute(T0 + 5, 601, context)).toBe(T0 + MINUTE);
  });
});

describe('the longest of one’s own times', () => {
  it('one odd day teaches nothing', () => {
    let longest = longestFrom(0);
    for (const [day, minutes] of [
      [0, 20],
      [1, 25],
      [2, 300],
      [3, 22],
    ] as const)
      longest = withTime(longest, minutes, day);
    expect(usualLongest(longest)).toBe(25);
  });
  it('what has not come again for a month is forgotten', () => {
    let longest = longestFrom(0);
    for (let day = 0; day < 10; day++) longest = withTime(longest, 90, day);
    for (let day = 10; day < 27; day++) longest = withTime(longest, 20, day);
    expect(usualLongest(longest)).toBe(90);
    for (let day = 27; day < 60; day++) longest = withTime(longest, 20, day);
    expect(usualLongest(longest)).toBe(20);
  });
  it('moves a limit within bounds', () => {
    expect(learntLimit(60, 5)).toBe(45);
    expect(learntLimit(60, 25)).toBe(50);
    expect(learntLimit(60, 500)).toBeCloseTo(69);
  });
});
