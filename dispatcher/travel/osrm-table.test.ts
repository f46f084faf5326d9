import { expect, it } from 'vitest';
import { coordinate, durationsOf, tableUrl } from './osrm-table.ts';

it('asks as OSRM documents: longitude first, sources by index, one destination, durations only', () => {
  const from = [
    { lat: 22.54, lon: 114.05 },
    { lat: 22.55001, lon: 114.06004 },
  ].map(coordinate);
  expect(tableUrl('http://osrm:5000/', 'bike', from, coordinate({ lat: 22.5571, lon: 114.0592 }))).toBe(
    'http://osrm:5000/table/v1/bike/114.0500,22.5400;114.0600,22.5500;114.0592,22.5571?sources=0;1&destinations=2&annotations=duration',
  );
  expect(tableUrl('http://osrm-{profile}:5000', 'foot', ['1.0000,2.0000'], '1.0000,2.1000')).toMatch(
    /^http:\/\/osrm-foot:5000\/table\/v1\/foot\//,
  );
});

it('reads a row for each source, with null where there is no way', () => {
  expect(durationsOf({ code: 'Ok', durations: [[312.4], [null]], sources: [], destinations: [] }, 2)).toEqual(
    [312.4, null],
  );
});

it.each([
  [{ code: 'NoTable', message: 'No route found' }],
  [{ code: 'Ok', durations: [[1]] }],
  [
    {
      code: 'Ok',
      durations: [
        [1, 2],
        [3, 4],
      ],
    },
  ],
  [{ code: 'Ok', durations: [[-1], [2]] }],
  [{ code: 'Ok', durations: [['1'], [2]] }],
  [null],
  ['<html>'],
])('takes nothing from an answer that is none: %j', (body) => {
  expect(durationsOf(body, 2)).toBeUndefined();
});
