import { expect, it } from 'vitest';
import { latestVitals } from './latest-vitals.ts';

const at = (minute: number): string => `2026-01-12T08:${String(minute).padStart(2, '0')}:00.000Z`;

it('each measure is told with its latest good value and that value’s own time', () => {
  expect(
    latestVitals([
      { at: at(9), body: { spo2Pct: 61, quality: 0.2 } },
      { at: at(8), body: { heartRateBpm: 104, onOxygen: false } },
      { at: at(5), body: { spo2Pct: 93, heartRateBpm: 99, quality: 0.9 } },
      { at: at(1), body: { consciousness: 'V', spo2Pct: 97 } },
    ]),
  ).toEqual([
    { measure: 'consciousness', value: 'V', at: at(1) },
    { measure: 'spo2Pct', value: 93, at: at(5) },
    { measure: 'onOxygen', value: false, at: at(8) },
    { measure: 'heartRateBpm', value: 104, at: at(8) },
  ]);
});

it('what is no measure, or no reading at all, says nothing', () => {
  expect(latestVitals([])).toEqual([]);
  expect(
    latestVitals([
      { at: at(1), body: null },
      { at: at(1), body: { battery: 3, spo2Pct: {} } },
    ]),
  ).toEqual([]);
});
