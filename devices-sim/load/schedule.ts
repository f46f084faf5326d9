import type { Random } from '../random.ts';
import type { Burst } from './bursts.ts';

/**
 * When what is due in an open-loop load: a rate that changes with the hour of a district's day and with bursts, and
 * Poisson arrivals at that rate. Pure: the same seed gives the same arrivals, whatever the server does.
 */
export interface Shape {
  profile: 'flat' | 'day';
  /** A whole day passes in so long; it begins at midnight. */
  dayMs: number;
  bursts: readonly Burst[];
}

export const FLAT: Shape = { profile: 'flat', dayMs: 86_400_000, bursts: [] };

/**
 * Share of a day's mean by hour: an assumption. Peaks in the morning, at noon and in the evening are those of recorded
 * homes (CASAS), flattened, for statuses and vitals come by the clock.
 */
const BY_HOUR = [
  0.5, 0.45, 0.45, 0.45, 0.5, 0.65, 0.95, 1.35, 1.55, 1.35, 1.15, 1.2, 1.5, 1.2, 1.0, 1.0, 1.1, 1.3, 1.55,
  1.35, 1.15, 1.0, 0.8, 0.5,
] as const;
const MEAN = BY_HOUR.reduce((sum, share) => sum + share, 0) / BY_HOUR.length;
/** A heat wave has the sensors say a little more, too. */
const HEAT_TELEMETRY = 1.3;

/** Times the mean rate, `atMs` after measuring began (negative: warm-up). Between hours it changes evenly. */
export function dayFactor({ profile, dayMs }: Shape, atMs: number): number {
  if (profile === 'flat') return 1;
  const hour = ((((atMs % dayMs) + dayMs) % dayMs) / dayMs) * BY_HOUR.length;
  const [from, part] = [Math.floor(hour), hour % 1];
  const before = BY_HOUR[from % BY_HOUR.length] ?? 1;
  const after = BY_HOUR[(from + 1) % BY_HOUR.length] ?? 1;
  return (before + (after - before) * part) / MEAN;
}

/** Times the mean rate of telemetry or of calls for help, day and bursts together. */
export function rateFactor(shape: Shape, what: 'telemetry' | 'presses', atMs: number): number {
  const heat = shape.bursts
    .filter(({ kind, atMs: from, forMs }) => kind === 'heat-wave' && atMs >= from && atMs < from + forMs)
    .reduce((factor, { amount }) => factor * (what === 'presses' ? amount : HEAT_TELEMETRY), 1);
  return dayFactor(shape, atMs) * heat;
}

/** No factor is greater, at any time. */
export function peakFactor(shape: Shape, what: 'telemetry' | 'presses'): number {
  const heat = shape.bursts
    .filter(({ kind }) => kind === 'heat-wave')
    .reduce((factor, { amount }) => factor * Math.max(1, what === 'presses' ? amount : HEAT_TELEMETRY), 1);
  return (shape.profile === 'flat' ? 1 : Math.max(...BY_HOUR) / MEAN) * heat;
}

/**
 * Arrival times within [fromMs, toMs), in order, ms after measuring began: a Poisson process whose rate follows the shape,
 * by thinning one at the peak rate.
 */
export function* arrivals(
  random: Random,
  shape: Shape,
  what: 'telemetry' | 'presses',
  perS: number,
  [fromMs, toMs]: readonly [number, number],
): Generator<number, void, undefined> {
  const peak = peakFactor(shape, what);
  if (!(perS > 0 && peak > 0)) return;
  const even = shape.profile === 'flat' && shape.bursts.length === 0;
  const meanMs = 1000 / (perS * peak);
  for (let atMs = fromMs + random.exponential(meanMs); atMs < toMs; atMs += random.exponential(meanMs))
    if (even || random.chance(rateFactor(shape, what, atMs) / peak)) yield atMs;
}
