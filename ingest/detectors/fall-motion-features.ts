/**
 * What a fall looks like in an accelerometer, in numbers with physical names.
 *
 * Everything is invariant under rotation: the reference is gravity as it lay before the impact, never an axis of the
 * case, so one model serves a belt, a pendant and a wrist, worn either way round. Samples are in g at `MOTION_HZ`.
 * Does not decide; see `fall-motion-model.ts` (coefficients) and `fall-motion.ts` (the detector).
 */
export const MOTION_HZ = 50;
/** What is looked at before and after an impact. After it: long enough to see a body come to rest, short enough to ask within A2's 2 s and a bit. */
export const BEFORE_S = 3;
export const AFTER_S = 2.5;
/** Smallest magnitude that may be an impact, g; the softest of 1,350 recorded falls reached 1.6. */
export const IMPACT_G = 1.5;
/** An impact is the greatest magnitude within this time before and after it. */
export const APART_S = 1;

export interface Motion {
  x: Float64Array;
  y: Float64Array;
  z: Float64Array;
  /** Length of (x, y, z). */
  magnitude: Float64Array;
}

export const motionOf = (x: Float64Array, y: Float64Array, z: Float64Array): Motion => ({
  x,
  y,
  z,
  magnitude: x.map((xi, i) => Math.hypot(xi, y[i] ?? 0, z[i] ?? 0)),
});

/** Indices in [from, to) that are impacts: over the threshold, and the greatest (the first of equals) of their second. */
export function impactsOf(magnitude: Float64Array, from: number, to: number): number[] {
  const apart = APART_S * MOTION_HZ;
  const found: number[] = [];
  for (let i = Math.max(0, from); i < Math.min(to, magnitude.length); i++) {
    const m = magnitude[i] ?? 0;
    if (m >= IMPACT_G && isGreatest(magnitude, i, m, apart)) found.push(i);
  }
  return found;
}

function isGreatest(magnitude: Float64Array, i: number, m: number, apart: number): boolean {
  const last = Math.min(magnitude.length - 1, i + apart);
  for (let j = Math.max(0, i - apart); j <= last; j++) {
    const other = magnitude[j] ?? 0;
    if (other > m || (other === m && j < i)) return false;
  }
  return true;
}

export const FALL_FEATURES = [
  'peakG',
  'peakOverEarlier',
  'secondPeakG',
  'earlierPeakG',
  'jerkG',
  'impactSpreadG',
  'impactMagnitudeStdG',
  'over1500MgS',
  'over2GS',
  'over3GS',
  'impulseMps',
  'activity0To500Ms',
  'activity500To1000Ms',
  'activityBefore1S',
  'activityBefore2S',
  'smoothPeakRatio',
  'smoothPush200MsG',
  'smoothPush440MsG',
  'lowestBeforeG',
  'lowestAfterG',
  'under800MgS',
  'freeFallMps',
  'downwardMps',
  'verticalMps',
  'turnedDeg',
  'turnedFromJustBeforeDeg',
  'turnedToLastDeg',
  'turnedBeforeImpactDeg',
  'turnedAroundImpactDeg',
  'turnedImpactToAfterDeg',
  'fastestTurnDeg',
  'turnPathDeg',
  'pushPathG',
  'beforeSpreadG',
  'beforeMaxG',
  'justBeforeSpreadG',
  'justBeforeStdG',
  'soonAfterSpreadG',
  'afterSpreadG',
  'lastSpreadG',
  'afterStdG',
  'afterMaxG',
  'afterMeanG',
  'quietShare',
  'quietRunS',
  'quietAfterS',
  'quietBeforeS',
  'peaksAfter',
  'peaksBefore',
  'rhythmBefore',
] as const;
export type FallFeature = (typeof FALL_FEATURES)[number];

const G_MPS2 = 9.81;
const QUIET_G = 0.15;
const STILL_SPREAD_G = 0.12;
type Vector = readonly [number, number, number];

/** Features of the impact at sample `i`, in the order of `FALL_FEATURES`; what lies outside the recording is left out of the means. */
export function fallFeatures(motion: Motion, i: number): number[] {
  const of = new Window(motion, i);
  const begin = of.at(-BEFORE_S);
  const end = of.at(AFTER_S);
  const beforeEnd = Math.max(of.at(-1), Math.min(of.size, begin + 10));
  const afterBegin = Math.min(of.at(1), Math.max(i, end - 25));
  const lastBegin = Math.max(afterBegin, end - 25);
  const gravityBefore = of.mean(begin, beforeEnd);
  const gravityAfter = of.mean(afterBegin, end);
  const gravityLast = of.mean(lastBegin, end);
  const justBefore = of.mean(of.at(-1), of.at(-0.4));
  const atImpact = of.mean(of.at(-0.1), of.at(0.1));
  const peak = of.magnitude(i);
  const falling = of.at(-1.2);
  const push200 = of.smooth(0.2, gravityBefore);
  const push440 = of.smooth(0.44, gravityBefore);
  const turn = of.turning();
  const vertical = of.verticalVelocity(gravityBefore);
  const quiet = of.quiet(afterBegin, end, gravityLast);
  const feature: Record<FallFeature, number> = {
    peakG: peak,
    peakOverEarlier: peak / Math.max(0.5, of.max(begin, of.at(-0.5))),
    secondPeakG: of.max(of.at(0.3), of.at(1.2)),
    earlierPeakG: of.max(of.at(-1.2), of.at(-0.3)),
    jerkG: of.jerk(of.at(-0.3), of.at(0.3)),
    impactSpreadG: of.spread(of.at(-0.1), of.at(0.5)),
    impactMagnitudeStdG: of.std(i, of.at(1)),
    over1500MgS: of.secondsOver(1.5),
    over2GS: of.secondsOver(2),
    over3GS: of.secondsOver(3),
    impulseMps: of.impulse(of.at(-0.2), of.at(0.6)),
    activity0To500Ms: of.activity(i, of.at(0.5)),
    activity500To1000Ms: of.activity(of.at(0.5), of.at(1)),
    activityBefore1S: of.activity(of.at(-1), i),
    activityBefore2S: of.activity(of.at(-2), of.at(-1)),
    smoothPeakRatio: push200.greatest / peak,
    smoothPush200MsG: push200.fromGravity,
    smoothPush440MsG: push440.fromGravity,
    lowestBeforeG: of.min(falling, i),
    lowestAfterG: of.min(i, of.at(1)),
    under800MgS: of.secondsUnder(0.8, falling, i),
    freeFallMps: of.lack(falling, i),
    downwardMps: vertical.lowest,
    verticalMps: vertical.last,
    turnedDeg: angleDeg(gravityBefore, gravityAfter),
    turnedFromJustBeforeDeg: angleDeg(justBefore, gravityAfter),
    turnedToLastDeg: angleDeg(gravityBefore, gravityLast),
    turnedBeforeImpactDeg: angleDeg(gravityBefore, justBefore),
    turnedAroundImpactDeg: angleDeg(of.mean(of.at(-0.9), of.at(-0.4)), of.mean(of.at(0.4), of.at(0.9))),
    turnedImpactToAfterDeg: angleDeg(atImpact, gravityAfter),
    fastestTurnDeg: turn.fastest,
    turnPathDeg: turn.path,
    pushPathG: of.pushPath(),
    beforeSpreadG: of.spread(begin, beforeEnd),
    beforeMaxG: of.max(begin, beforeEnd),
    justBeforeSpreadG: of.spread(of.at(-0.8), of.at(-0.1)),
    justBeforeStdG: of.std(of.at(-1), i),
    soonAfterSpreadG: of.spread(of.at(0.5), of.at(1)),
    afterSpreadG: of.spread(afterBegin, end),
    lastSpreadG: of.spread(lastBegin, end),
    afterStdG: of.std(afterBegin, end),
    afterMaxG: of.max(afterBegin, end),
    afterMeanG: of.meanMagnitude(afterBegin, end),
    quietShare: quiet.share,
    quietRunS: quiet.longestS,
    quietAfterS: of.firstStill(0.1, AFTER_S, 0.1),
    quietBeforeS: -of.firstStill(-0.7, -BEFORE_S, -0.1),
    peaksAfter: of.peaks(of.at(0.2), of.at(1.2)),
    peaksBefore: of.peaks(begin, of.at(-0.3)),
    rhythmBefore: of.rhythm(begin, of.at(-0.3)),
  };
  return FALL_FEATURES.map((name) => feature[name]);
}

const length = (v: Vector): number => Math.hypot(v[0], v[1], v[2]);
const distance = (a: Vector, b: Vector): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
function angleDeg(a: Vector, b: Vector): number {
  const lengths = length(a) * length(b);
  if (lengths === 0) return 0;
  const cosine = (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / lengths;
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
}

/** The samples around one impact. Bounds are sample indices, [from, to); an empty stretch counts as rest at 1 g. */
class Window {
  readonly size: number;
  private readonly motion: Motion;
  private readonly impact: number;
  constructor(motion: Motion, impact: number) {
    this.motion = motion;
    this.impact = impact;
    this.size = motion.magnitude.length;
  }
  /** Index `seconds` from the impact, held inside the recording. */
  at(seconds: number): number {
    return Math.max(0, Math.min(this.size, this.impact + Math.round(seconds * MOTION_HZ)));
  }
  magnitude(i: number): number {
    return this.motion.magnitude[i] ?? 1;
  }
  vector(i: number): Vector {
    return [this.motion.x[i] ?? 0, this.motion.y[i] ?? 0, this.motion.z[i] ?? 0];
  }
  mean(from: number, to: number): Vector {
    let x = 0;
    let y = 0;
    let z = 0;
    for (let i = from; i < to; i++) {
      const v = this.vector(i);
      x += v[0];
      y += v[1];
      z += v[2];
    }
    const n = Math.max(1, to - from);
    return [x / n, y / n, z / n];
  }
  max(from: number, to: number): number {
    let most = -Infinity;
    for (let i = from; i < to; i++) most = Math.max(most, this.magnitude(i));
    return most === -Infinity ? 1 : most;
  }
  min(from: number, to: number): number {
    let least = Infinity;
    for (let i = from; i < to; i++) least = Math.min(least, this.magnitude(i));
    return least === Infinity ? 1 : least;
  }
  private total(from: number, to: number, of: (magnitude: number) => number): number {
    let sum = 0;
    for (let i = from; i < to; i++) sum += of(this.magnitude(i));
    return sum;
  }
  meanMagnitude(from: number, to: number): number {
    return to > from ? this.total(from, to, (m) => m) / (to - from) : 1;
  }
  std(from: number, to: number): number {
    if (to - from < 2) return 0;
    const mean = this.meanMagnitude(from, to);
    return Math.sqrt(this.total(from, to, (m) => (m - mean) ** 2) / (to - from));
  }
  /** Root of the summed variances of the three axes: how much the vector moves about, whichever way. */
  spread(from: number, to: number): number {
    if (to - from < 2) return 0;
    const mean = this.mean(from, to);
    let sum = 0;
    for (let i = from; i < to; i++) sum += distance(this.vector(i), mean) ** 2;
    return Math.sqrt(sum / (to - from));
  }
  secondsOver(limitG: number): number {
    return this.total(this.at(-1), this.at(1), (m) => (m > limitG ? 1 : 0)) / MOTION_HZ;
  }
  secondsUnder(limitG: number, from: number, to: number): number {
    return this.total(from, to, (m) => (m < limitG ? 1 : 0)) / MOTION_HZ;
  }
  /** Speed gained while less than 1 g was felt, m/s: the longer and deeper the free fall, the more. */
  lack(from: number, to: number): number {
    return (this.total(from, to, (m) => Math.max(0, 1 - m)) / MOTION_HZ) * G_MPS2;
  }
  /** Speed taken away by more than 1 g, m/s. */
  impulse(from: number, to: number): number {
    return (this.total(from, to, (m) => Math.max(0, m - 1)) / MOTION_HZ) * G_MPS2;
  }
  activity(from: number, to: number): number {
    return this.total(from, to, (m) => Math.abs(m - 1)) / MOTION_HZ;
  }
  /** Largest change of the vector from one sample to the next, g. */
  jerk(from: number, to: number): number {
    let most = 0;
    for (let i = Math.max(1, from); i < to; i++)
      most = Math.max(most, distance(this.vector(i), this.vector(i - 1)));
    return most;
  }
  /** Greatest mean over `seconds` near the impact: a knock of the hand is high and short, a body's fall pushes for long. */
  smooth(seconds: number, gravity: Vector): { greatest: number; fromGravity: number } {
    const half = Math.round((seconds * MOTION_HZ) / 2);
    let greatest = 0;
    let fromGravity = 0;
    for (let i = this.at(-0.7) + half; i < this.at(0.7) - half; i++) {
      const mean = this.mean(i - half, i + half + 1);
      greatest = Math.max(greatest, length(mean));
      fromGravity = Math.max(fromGravity, distance(mean, gravity));
    }
    return { greatest, fromGravity };
  }
  /** How far, and how fast at most, the direction of the (half-second) mean vector turns around the impact. */
  turning(): { path: number; fastest: number } {
    let path = 0;
    let fastest = 0;
    let earlier: Vector | undefined;
    for (let t = -1.5; t < 1.5; t += 0.25) {
      const from = this.at(t);
      const to = this.at(t + 0.5);
      if (to - from < 5) continue;
      const mean = this.mean(from, to);
      if (earlier) {
        const turned = angleDeg(earlier, mean);
        path += turned;
        fastest = Math.max(fastest, turned);
      }
      earlier = mean;
    }
    return { path, fastest };
  }
  /** Sum of the changes of the 0.2 s mean vector around the impact, g. */
  pushPath(): number {
    let path = 0;
    let earlier: Vector | undefined;
    for (let step = -8; step < 8; step++) {
      const from = this.at(step / 10);
      const to = this.at(step / 10 + 0.2);
      if (to - from < 4) continue;
      const mean = this.mean(from, to);
      if (earlier) path += distance(earlier, mean);
      earlier = mean;
    }
    return path;
  }
  /** Velocity along gravity as it lay before, m/s, integrated from 1.5 s before the impact to 0.5 s after. */
  verticalVelocity(gravity: Vector): { lowest: number; last: number } {
    const g = length(gravity) || 1;
    let last = 0;
    let lowest = 0;
    for (let i = this.at(-1.5); i < this.at(0.5); i++) {
      const v = this.vector(i);
      const along = (v[0] * gravity[0] + v[1] * gravity[1] + v[2] * gravity[2]) / g;
      last += ((along - g) / MOTION_HZ) * G_MPS2;
      lowest = Math.min(lowest, last);
    }
    return { lowest, last };
  }
  quiet(from: number, to: number, around: Vector): { share: number; longestS: number } {
    let quiet = 0;
    let run = 0;
    let longest = 0;
    for (let i = from; i < to; i++) {
      run = distance(this.vector(i), around) < QUIET_G ? run + 1 : 0;
      if (run > 0) quiet++;
      longest = Math.max(longest, run);
    }
    return { share: quiet / Math.max(1, to - from), longestS: longest / MOTION_HZ };
  }
  /** Seconds from the impact to the first 0.4 s of stillness, going from `begin` to `end` by `by`; `end` if there is none. */
  firstStill(begin: number, end: number, by: number): number {
    const steps = Math.round((end - begin) / by);
    for (let step = 0; step <= steps; step++) {
      const t = begin + step * by;
      const from = this.at(t);
      const to = this.at(t + 0.4);
      if (to - from < 15) break;
      if (this.spread(from, to) < STILL_SPREAD_G) return t;
    }
    return end;
  }
  peaks(from: number, to: number): number {
    let n = 0;
    for (let i = Math.max(1, from); i < Math.min(this.size - 1, to); i++) {
      const m = this.magnitude(i);
      if (m > 1.4 && m >= this.magnitude(i - 1) && m > this.magnitude(i + 1)) n++;
    }
    return n;
  }
  /** Greatest autocorrelation at lags of 0.24–1.2 s: steps, claps and knocks come in rhythm, falls do not. */
  rhythm(from: number, to: number): number {
    const n = to - from;
    if (n < 40) return 0;
    const mean = this.meanMagnitude(from, to);
    const power = this.total(from, to, (m) => (m - mean) ** 2);
    if (power < 1e-6) return 0;
    let best = 0;
    for (let lag = 12; lag <= Math.min(60, n - 20); lag++) {
      let sum = 0;
      for (let i = from; i < to - lag; i++)
        sum += (this.magnitude(i) - mean) * (this.magnitude(i + lag) - mean);
      best = Math.max(best, ((sum / power) * n) / (n - lag));
    }
    return best;
  }
}
