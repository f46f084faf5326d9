/**
 * Latencies as a histogram of logarithmic size classes, each cut into equal parts (the layout of HdrHistogram): constant memory,
 * every value kept to within 1/512 of itself (exact below 1.024 ms), exact count, least, greatest and mean. Histograms of
 * several processes add up.
 */
const PARTS_BITS = 10;
const PARTS = 2 ** PARTS_BITS;
const HALF = PARTS / 2;
/** Largest value told apart, in µs (about 4.9 hours); greater ones count as this, while `maxMs` stays true. */
const CLASSES = 25;
const LARGEST_US = 2 ** (PARTS_BITS + CLASSES - 1) - 1;

export interface HistogramSummary {
  count: number;
  minMs: number;
  meanMs: number;
  p50Ms: number;
  p90Ms: number;
  p99Ms: number;
  p999Ms: number;
  maxMs: number;
}

/** As it travels between processes: `[bucket, count]` pairs. */
export interface HistogramData {
  buckets: [number, number][];
  sumMs: number;
  minMs: number;
  maxMs: number;
}

export class Histogram {
  readonly #counts = new Float64Array(PARTS + (CLASSES - 1) * HALF);
  #count = 0;
  #sumMs = 0;
  #minMs = Infinity;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  /** Negative values (a clock that stepped) count as 0. */
  record(valueMs: number): void {
    const value = valueMs > 0 ? valueMs : 0;
    this.#count += 1;
    this.#sumMs += value;
    if (value < this.#minMs) this.#minMs = value;
    if (value > this.#maxMs) this.#maxMs = value;
    const bucket = bucketOf(Math.round(value * 1000));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  /**
   * The least recorded value (as its bucket shows it) that at least `quantile` of all values do not exceed, in ms;
   * 0 of an empty histogram. `quantile` within (0, 1].
   */
  quantileMs(quantile: number): number {
    const wanted = Math.max(1, Math.ceil(quantile * this.#count - 1e-9));
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= wanted) return Math.min(this.#maxMs, Math.max(this.#minMs, topOf(bucket) / 1000));
    }
    return 0;
  }

  summary(): HistogramSummary {
    const round = (ms: number): number => Number(ms.toFixed(3));
    return {
      count: this.#count,
      minMs: round(this.#count === 0 ? 0 : this.#minMs),
      meanMs: round(this.#count === 0 ? 0 : this.#sumMs / this.#count),
      p50Ms: round(this.quantileMs(0.5)),
      p90Ms: round(this.quantileMs(0.9)),
      p99Ms: round(this.quantileMs(0.99)),
      p999Ms: round(this.quantileMs(0.999)),
      maxMs: round(this.#maxMs),
    };
  }

  data(): HistogramData {
    const buckets: [number, number][] = [];
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) buckets.push([bucket, count]);
    return { buckets, sumMs: this.#sumMs, minMs: this.#count === 0 ? 0 : this.#minMs, maxMs: this.#maxMs };
  }

  add(other: HistogramData): void {
    for (const [bucket, count] of other.buckets) {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
      this.#count += count;
    }
    if (other.buckets.length === 0) return;
    this.#sumMs += other.sumMs;
    this.#minMs = Math.min(this.#minMs, other.minMs);
    this.#maxMs = Math.max(this.#maxMs, other.maxMs);
  }
}

function bucketOf(valueUs: number): number {
  const value = Math.min(valueUs, LARGEST_US);
  if (value < PARTS) return value;
  // Class 1 holds [PARTS, 2·PARTS) in steps of 2, class 2 [2·PARTS, 4·PARTS) in steps of 4, …
  const sizeClass = Math.floor(Math.log2(value)) - PARTS_BITS + 1;
  return PARTS + (sizeClass - 1) * HALF + (Math.floor(value / 2 ** sizeClass) - HALF);
}

/** Greatest whole number of µs that falls into the bucket. */
function topOf(bucket: number): number {
  if (bucket < PARTS) return bucket;
  const sizeClass = Math.floor((bucket - PARTS) / HALF) + 1;
  const part = ((bucket - PARTS) % HALF) + HALF;
  return (part + 1) * 2 ** sizeClass - 1;
}
