import { expect, it } from 'vitest';
import { piecesOf } from './reading-buckets.ts';

const at = (text: string): number => Date.parse(`2026-01-${text}Z`);
const shown = (from: string, to: string, seconds: number) =>
  piecesOf(at(from), at(to), seconds).map(
    ({ of, from: begin, to: end }) =>
      `${of} ${new Date(begin).toISOString().slice(8, 19)} ${new Date(end).toISOString().slice(8, 19)}`,
  );

it('buckets of hours are added up of hours, but for what the range cuts off', () => {
  expect(shown('11T00:10:00', '11T05:00:01', 3_600)).toEqual([
    'readings 11T00:10:00 11T01:00:00',
    'hours 11T01:00:00 11T05:00:00',
    'readings 11T05:00:00 11T05:00:01',
  ]);
  expect(shown('11T00:00:00', '12T00:00:00', 7_200)).toEqual(['hours 11T00:00:00 12T00:00:00']);
});

it('buckets of days are added up of days, then hours, then readings', () => {
  expect(shown('10T22:30:00', '13T01:00:00', 86_400)).toEqual([
    'readings 10T22:30:00 10T23:00:00',
    'hours 10T23:00:00 11T00:00:00',
    'days 11T00:00:00 13T00:00:00',
    'hours 13T00:00:00 13T01:00:00',
  ]);
});

it('narrower buckets, and ranges that hold no whole hour, are of readings', () => {
  expect(shown('11T00:00:00', '14T00:00:00', 300)).toEqual(['readings 11T00:00:00 14T00:00:00']);
  expect(shown('11T00:10:00', '11T01:50:00', 3_600)).toEqual(['readings 11T00:10:00 11T01:50:00']);
  expect(piecesOf(5, 5, 3_600)).toEqual([]);
});
