import { Histogram, type HistogramData } from '../measure/histogram.ts';

/** One step of a run's course: what was due, what was acknowledged, and how long what was due then took. */
export interface Step {
  due: number;
  presses: number;
  acknowledged: number;
  latency: HistogramData;
}

/** Plain data: it travels between processes. */
export interface SeriesData {
  stepMs: number;
  steps: Step[];
}

const MOST_STEPS = 240;
const LEAST_STEP_MS = 500;

/** The course of a run in at most 240 steps, so that its memory does not grow with its length. */
export class Series {
  readonly #stepMs: number;
  readonly #due: number[];
  readonly #presses: number[];
  readonly #acknowledged: number[];
  readonly #latency: Histogram[];

  constructor(durationMs: number) {
    this.#stepMs = Math.max(LEAST_STEP_MS, Math.ceil(durationMs / MOST_STEPS));
    const zeros = Array.from({ length: Math.max(1, Math.ceil(durationMs / this.#stepMs)) }, () => 0);
    this.#due = zeros;
    this.#presses = [...zeros];
    this.#acknowledged = [...zeros];
    this.#latency = zeros.map(() => new Histogram());
  }

  /** Times in ms after measuring began; what lies outside of it is not counted. */
  due(atMs: number, press: boolean): void {
    add(press ? this.#presses : this.#due, this.#step(atMs));
  }

  acknowledged(dueMs: number, ackMs: number): void {
    add(this.#acknowledged, this.#step(ackMs));
    this.#latency[this.#step(dueMs)]?.record(ackMs - dueMs);
  }

  data(): SeriesData {
    const steps = this.#latency.map((latency, i) => ({
      due: this.#due[i] ?? 0,
      presses: this.#presses[i] ?? 0,
      acknowledged: this.#acknowledged[i] ?? 0,
      latency: latency.data(),
    }));
    return { stepMs: this.#stepMs, steps };
  }

  #step = (atMs: number): number => Math.floor(atMs / this.#stepMs);
}

function add(list: number[], index: number): void {
  const before = list[index];
  if (before !== undefined) list[index] = before + 1;
}

/** Of two processes of one run, which have the same steps. */
export function addSeries(left: SeriesData, right: SeriesData): SeriesData {
  const steps = left.steps.map((step, i) => {
    const other = right.steps[i];
    if (other === undefined) return step;
    const latency = new Histogram();
    latency.add(step.latency);
    latency.add(other.latency);
    return {
      due: step.due + other.due,
      presses: step.presses + other.presses,
      acknowledged: step.acknowledged + other.acknowledged,
      latency: latency.data(),
    };
  });
  return { stepMs: left.stepMs, steps };
}
