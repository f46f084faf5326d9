import { describe, expect, it } from 'vitest';
import type { Reading } from './api-types.ts';
import { iso, T0 } from './example-alert.ts';
import { paintedBands, scaleOf, scoreOf } from './news2-bands.ts';
import { presenceLanes } from './presence-lanes.ts';
import { linePath, vitalSeries } from './vital-series.ts';

const MIN = 60_000;
const reading = (channel: 'presence' | 'vitals', min: number, payload: Record<string, unknown>): Reading => ({
  messageId: null,
  deviceId: 'd',
  channel,
  occurredAt: iso(T0 + min * MIN),
  receivedAt: iso(T0 + min * MIN),
  payload,
});
const at = (min: number, zone: string, occupied: boolean, sensor = 'pir') =>
  reading('presence', min, { sensor, zone, occupied });

describe('presence lanes', () => {
  it('join begin and end to spells, room by room', () => {
    const [bedroom, bathroom] = presenceLanes(
      [at(1, 'bathroom', true), at(4, 'bathroom', false), at(5, 'bedroom', true), at(6, 'bedroom', true)],
      T0,
      T0 + 60 * MIN,
    );
    expect(bathroom).toMatchObject({
      zone: 'bathroom',
      totalMs: 3 * MIN,
      spells: [{ fromMs: T0 + MIN, toMs: T0 + 4 * MIN }],
    });
    expect(bedroom).toMatchObject({
      zone: 'bedroom',
      spells: [{ fromMs: T0 + 5 * MIN, toMs: null }],
      totalMs: 55 * MIN,
    });
  });

  it('take an end without a beginning as a stay since before the day', () => {
    expect(presenceLanes([at(10, 'kitchen', false)], T0, T0 + 60 * MIN)[0]?.spells).toEqual([
      { fromMs: T0, toMs: T0 + 10 * MIN },
    ]);
  });

  it('show doors as moments', () => {
    expect(presenceLanes([at(2, 'entrance', true, 'door')], T0, T0 + 60 * MIN)[0]).toMatchObject({
      ticks: [T0 + 2 * MIN],
      spells: [],
    });
  });
});

describe('NEWS2 bands', () => {
  it('score as the table does, at its bounds and between them', () => {
    expect([91, 92, 93, 94, 95, 96].map((v) => scoreOf('spo2Pct', v))).toEqual([3, 2, 2, 1, 1, 0]);
    expect([83, 84, 86, 88].map((v) => scoreOf('spo2Pct', v, 2))).toEqual([3, 2, 1, 0]);
    expect([35, 35.1, 36.1, 38.04, 38.1, 39.1].map((v) => scoreOf('temperatureC', v))).toEqual([
      3, 1, 0, 0, 1, 2,
    ]);
    expect([40, 41, 51, 91, 111, 131].map((v) => scoreOf('heartRateBpm', v))).toEqual([3, 1, 0, 1, 2, 3]);
  });

  it('cover an axis without a gap', () => {
    const bands = paintedBands(scaleOf('heartRateBpm', 1), 36, 136).toSorted((a, b) => a.from - b.from);
    expect(bands[0]?.from).toBe(36);
    expect(bands.at(-1)?.to).toBe(136);
    for (const [i, band] of bands.entries())
      if (i > 0) expect(band.from).toBeCloseTo(bands[i - 1]?.to ?? NaN);
  });
});

describe('vitals series', () => {
  it('take raw values and buckets, and leave out what was never measured', () => {
    const series = vitalSeries([
      reading('vitals', 1, { spo2Pct: 97 }),
      reading('vitals', 2, { spo2Pct: { min: 84, avg: 90, max: 95 }, heartRateBpm: 'no' }),
    ]);
    expect(series.map((s) => s.field)).toEqual(['spo2Pct']);
    expect(series[0]).toMatchObject({
      low: 84,
      high: 100,
      points: [{ value: 97 }, { value: 90, min: 84, max: 95 }],
    });
  });

  it('break the line where nothing was measured', () => {
    const p = (atMs: number) => ({ atMs, value: 1, min: 1, max: 1 });
    expect(
      linePath(
        [p(0), p(10), p(100)],
        (x) => x,
        (y) => y,
        50,
      ),
    ).toBe('M0.0 1.0L10.0 1.0M100.0 1.0');
  });
});
