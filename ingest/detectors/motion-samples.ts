import { MOTION_HZ, motionOf, type Motion } from './fall-motion-features.ts';

/**
 * Samples as the detector keeps them: 50 Hz, ±16 g in steps of 1/128 g, six characters each in the state's JSON. What
 * has passed through here is judged alike whether it was kept in a snapshot or not.
 */
export interface Samples {
  x: Float64Array;
  y: Float64Array;
  z: Float64Array;
}

const STEPS_PER_G = 128;
const HALF = 2048;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VALUE = new Map([...ALPHABET].map((letter, i) => [letter, i]));

export const noSamples = (): Samples => ({
  x: new Float64Array(),
  y: new Float64Array(),
  z: new Float64Array(),
});

/**
 * Slower than this nothing of an impact is left, and a window of two samples may claim to last for years: filled up to
 * `MOTION_HZ` it would take all the memory there is.
 */
export const SLOWEST_HZ = 5;

/** A window as it came, at `SLOWEST_HZ` or faster, brought to `MOTION_HZ` and to the steps of the state. */
export function samplesOf(
  hz: number,
  x: readonly number[],
  y: readonly number[],
  z: readonly number[],
): Samples {
  return { x: kept(x, hz), y: kept(y, hz), z: kept(z, hz) };
}

const kept = (values: readonly number[], hz: number): Float64Array =>
  Float64Array.from(atMotionHz(values, hz), (g) => steps(g) / STEPS_PER_G);
const steps = (g: number): number => Math.max(-HALF, Math.min(HALF - 1, Math.round(g * STEPS_PER_G))) + 0;

/**
 * Faster: means of the samples that fall into each 20 ms, which is what a 50 Hz device would have sent. Slower:
 * straight lines between samples. Within a tenth of 50 Hz: as it is, for no wearable's crystal is better than its label.
 */
function atMotionHz(values: readonly number[], hz: number): readonly number[] {
  const ratio = hz / MOTION_HZ;
  if (ratio > 0.9 && ratio < 1.1) return values;
  const n = Math.max(1, Math.round(values.length / ratio));
  return Array.from({ length: n }, (_, i) => {
    if (ratio > 1) {
      const from = Math.min(values.length - 1, Math.round(i * ratio));
      const to = Math.max(from + 1, Math.min(values.length, Math.round((i + 1) * ratio)));
      let sum = 0;
      for (let j = from; j < to; j++) sum += values[j] ?? 0;
      return sum / (to - from);
    }
    const at = Math.min(values.length - 1, i * ratio);
    const below = values[Math.floor(at)] ?? 0;
    const above = values[Math.ceil(at)] ?? below;
    return below + (above - below) * (at - Math.floor(at));
  });
}

export const joined = (a: Samples, b: Samples): Samples => ({
  x: Float64Array.of(...a.x, ...b.x),
  y: Float64Array.of(...a.y, ...b.y),
  z: Float64Array.of(...a.z, ...b.z),
});

/** From index `from`; negative: that many at the end. */
export const tail = (s: Samples, from: number): Samples => ({
  x: s.x.slice(from),
  y: s.y.slice(from),
  z: s.z.slice(from),
});

export const toMotion = (s: Samples): Motion => motionOf(s.x, s.y, s.z);

export function packed({ x, y, z }: Samples): string {
  let text = '';
  for (let i = 0; i < x.length; i++)
    for (const axis of [x, y, z]) {
      const code = steps(axis[i] ?? 0) + HALF;
      text += (ALPHABET[code >> 6] ?? 'A') + (ALPHABET[code & 63] ?? 'A');
    }
  return text;
}

export function unpacked(text: string): Samples {
  const n = Math.floor(text.length / 6);
  const samples: Samples = { x: new Float64Array(n), y: new Float64Array(n), z: new Float64Array(n) };
  const at = (k: number): number =>
    ((VALUE.get(text[k] ?? 'A') ?? 0) * 64 + (VALUE.get(text[k + 1] ?? 'A') ?? 0) - HALF) / STEPS_PER_G;
  for (let i = 0; i < n; i++) {
    samples.x[i] = at(6 * i);
    samples.y[i] = at(6 * i + 2);
    samples.z[i] = at(6 * i + 4);
  }
  return samples;
}
