/** The NEWS2 table of budgets.md as bands to shade behind a chart. Bounds are the table's, both inclusive. */
export type VitalField =
  'heartRateBpm' | 'spo2Pct' | 'systolicMmHg' | 'respirationPerMin' | 'temperatureC' | 'glucoseMmolL';

export interface Band {
  from: number;
  to: number;
  score: 0 | 1 | 2 | 3;
}
interface Scale {
  /** What the axis shows at least. */
  axis: readonly [number, number];
  /** Step between two neighbouring values of the table. */
  step: number;
  bands: readonly Band[];
}

const b = (from: number, to: number, score: 0 | 1 | 2 | 3): Band => ({ from, to, score });
const LOW = -1e6;
const HIGH = 1e6;

const SCALES: Record<VitalField, Scale> = {
  respirationPerMin: {
    axis: [6, 28],
    step: 1,
    bands: [b(LOW, 8, 3), b(9, 11, 1), b(12, 20, 0), b(21, 24, 2), b(25, HIGH, 3)],
  },
  spo2Pct: { axis: [86, 100], step: 1, bands: [b(LOW, 91, 3), b(92, 93, 2), b(94, 95, 1), b(96, HIGH, 0)] },
  systolicMmHg: {
    axis: [80, 230],
    step: 1,
    bands: [b(LOW, 90, 3), b(91, 100, 2), b(101, 110, 1), b(111, 219, 0), b(220, HIGH, 3)],
  },
  heartRateBpm: {
    axis: [36, 136],
    step: 1,
    bands: [b(LOW, 40, 3), b(41, 50, 1), b(51, 90, 0), b(91, 110, 1), b(111, 130, 2), b(131, HIGH, 3)],
  },
  temperatureC: {
    axis: [34.5, 39.5],
    step: 0.1,
    bands: [b(LOW, 35, 3), b(35.1, 36, 1), b(36.1, 38, 0), b(38.1, 39, 1), b(39.1, HIGH, 2)],
  },
  /** Not part of NEWS2: shaded only where B1 says critical (below 3.0). */
  glucoseMmolL: { axis: [2, 16], step: 0.1, bands: [b(LOW, 2.9, 3), b(3, HIGH, 0)] },
};
/** Scale 2 on air, as for a resident with COPD: 88 and above scores nothing (budgets.md). */
const SPO2_SCALE_2: Scale = {
  axis: [80, 100],
  step: 1,
  bands: [b(LOW, 83, 3), b(84, 85, 2), b(86, 87, 1), b(88, HIGH, 0)],
};

export const VITAL_FIELDS: readonly VitalField[] = [
  'spo2Pct',
  'heartRateBpm',
  'respirationPerMin',
  'systolicMmHg',
  'temperatureC',
  'glucoseMmolL',
];

export const scaleOf = (field: VitalField, spo2Scale: number | null | undefined): Scale =>
  field === 'spo2Pct' && spo2Scale === 2 ? SPO2_SCALE_2 : SCALES[field];

export function scoreOf(field: VitalField, value: number, spo2Scale?: number | null): number {
  const { bands, step } = scaleOf(field, spo2Scale);
  const rounded = Math.round(value / step) * step;
  const found = bands.find((band) => rounded >= band.from - step / 4 && rounded <= band.to + step / 4);
  return found?.score ?? 0;
}

/** Bands cut to an axis and joined without the gaps between table rows, for painting. */
export function paintedBands(scale: Scale, low: number, high: number): Band[] {
  const half = scale.step / 2;
  return scale.bands
    .map((band) => ({
      score: band.score,
      from: Math.max(low, band.from - half),
      to: Math.min(high, band.to + half),
    }))
    .filter((band) => band.to > band.from);
}
