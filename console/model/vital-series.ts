import type { Reading } from './api-types.ts';
import { scaleOf, VITAL_FIELDS } from './news2-bands.ts';
import type { VitalField } from './news2-bands.ts';

export interface Point {
  atMs: number;
  value: number;
  /** Of a bucket; equal to `value` for a single reading. */
  min: number;
  max: number;
}
export interface Series {
  field: VitalField;
  points: Point[];
  low: number;
  high: number;
}

/** A bucketed reading's field is `{min, avg, max}`; a raw one's a number. Anything else is no point. */
function pointOf(atMs: number, value: unknown): Point | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return { atMs, value, min: value, max: value };
  if (typeof value !== 'object' || value === null) return undefined;
  const { min, avg, max } = value as Record<string, unknown>;
  if (typeof avg !== 'number') return undefined;
  return {
    atMs,
    value: avg,
    min: typeof min === 'number' ? min : avg,
    max: typeof max === 'number' ? max : avg,
  };
}

/** One series per measured quantity, in the order in which a nurse reads them; those never measured are left out. */
export function vitalSeries(readings: readonly Reading[], spo2Scale?: number | null): Series[] {
  return VITAL_FIELDS.map((field) => {
    const points: Point[] = [];
    for (const r of readings) {
      if (r.channel !== 'vitals') continue;
      const point = pointOf(Date.parse(r.occurredAt), r.payload[field]);
      if (point) points.push(point);
    }
    const [axisLow, axisHigh] = scaleOf(field, spo2Scale).axis;
    return {
      field,
      points,
      low: points.reduce((low, p) => Math.min(low, p.min), axisLow),
      high: points.reduce((high, p) => Math.max(high, p.max), axisHigh),
    };
  }).filter((s) => s.points.length > 0);
}

/** SVG path through the points, broken where nothing was measured for longer than `gapMs`. */
export function linePath(
  points: readonly Point[],
  x: (atMs: number) => number,
  y: (value: number) => number,
  gapMs: number,
): string {
  let path = '';
  let before: Point | undefined;
  for (const p of points) {
    const move = before === undefined || p.atMs - before.atMs > gapMs;
    path += `${move ? 'M' : 'L'}${x(p.atMs).toFixed(1)} ${y(p.value).toFixed(1)}`;
    before = p;
  }
  return path;
}
