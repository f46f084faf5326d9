import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bd09ToGcj02,
  gcj02ToBd09,
  gcj02ToWgs84,
  toWgs84,
  wgs84ToGcj02,
  type Position,
} from '../../schemas/datum.ts';
import { distanceM, movedM } from './distance.ts';

/** A handful of the exact vectors of eviltransform (BSD-2-Clause) and coordtransform. */
const VECTORS: readonly {
  convert: (p: Position) => Position;
  name: string;
  in: Position;
  out: Position;
  digits: number;
}[] = [
  {
    name: 'WGS-84 → GCJ-02, Shanghai',
    convert: wgs84ToGcj02,
    in: { lat: 31.1774276, lon: 121.5272106 },
    out: { lat: 31.17530398364597, lon: 121.531541859215 },
    digits: 9,
  },
  {
    name: 'WGS-84 → GCJ-02, Shenzhen',
    convert: wgs84ToGcj02,
    in: { lat: 22.543847, lon: 113.912316 },
    out: { lat: 22.540796131694766, lon: 113.9171764808363 },
    digits: 9,
  },
  {
    name: 'WGS-84 → GCJ-02, Beijing',
    convert: wgs84ToGcj02,
    in: { lat: 39.911954, lon: 116.377817 },
    out: { lat: 39.91334545536069, lon: 116.38404722455657 },
    digits: 9,
  },
  {
    name: 'WGS-84 → GCJ-02, Denver: no shift',
    convert: wgs84ToGcj02,
    in: { lat: 39.7392, lon: -104.9903 },
    out: { lat: 39.7392, lon: -104.9903 },
    digits: 12,
  },
  {
    name: 'BD-09 → GCJ-02',
    convert: bd09ToGcj02,
    in: { lat: 39.915, lon: 116.404 },
    out: { lat: 39.90865673957631, lon: 116.39762729119315 },
    digits: 9,
  },
  {
    name: 'GCJ-02 → BD-09',
    convert: gcj02ToBd09,
    in: { lat: 39.915, lon: 116.404 },
    out: { lat: 39.92133699351021, lon: 116.41036949371029 },
    digits: 9,
  },
];

describe('datums', () => {
  it.each(VECTORS)('$name is exact', ({ convert, in: from, out, digits }) => {
    const there = convert(from);
    expect(there.lat).toBeCloseTo(out.lat, digits);
    expect(there.lon).toBeCloseTo(out.lon, digits);
  });

  const inFutian = fc.record({
    lat: fc.double({ min: 22.4, max: 22.7, noNaN: true }),
    lon: fc.double({ min: 113.9, max: 114.2, noNaN: true }),
  });
  it('back from GCJ-02 and BD-09 a position is where it was, to a millimetre', () => {
    fc.assert(
      fc.property(inFutian, (position) => {
        const gcj = wgs84ToGcj02(position);
        expect(distanceM(gcj02ToWgs84(gcj), position)).toBeLessThan(0.001);
        expect(distanceM(toWgs84(gcj02ToBd09(gcj), 'bd09'), position)).toBeLessThan(0.5);
      }),
    );
  });
  it('the one-step inverse of other libraries lies within 5 m of ours', () => {
    const ours = gcj02ToWgs84({ lat: 39.915, lon: 116.404 });
    expect(distanceM(ours, { lat: 39.91359571849836, lon: 116.39775550083061 })).toBeLessThan(5);
  });
});

describe('distance', () => {
  it('is a degree of latitude in 111.2 km', () => {
    expect(distanceM({ lat: 22, lon: 114 }, { lat: 23, lon: 114 })).toBeCloseTo(111_195, -1);
  });
  it('a place moved by so many metres is that far away', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -3000, max: 3000 }),
        fc.integer({ min: -3000, max: 3000 }),
        (north, east) => {
          const home = { lat: 22.54, lon: 114.06 };
          expect(distanceM(home, movedM(home, north, east))).toBeCloseTo(Math.hypot(north, east), 0);
        },
      ),
    );
  });
});
