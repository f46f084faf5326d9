import type { Random } from '../../devices-sim/random.ts';

interface Step {
  readonly dueAt: number;
  /** Drawn: among what is due in the same millisecond chance decides, and the seed decides chance. */
  readonly draw: number;
  readonly label: string;
  fn: (() => void) | undefined;
}

/** So many of the last steps are told when something has gone wrong. */
const TRACED = 40;

/**
 * Time of a whole world: nothing happens but what was put here, one step after another, in the order of its time. What
 * a step sets going by promises has come to rest before the next one begins, so that the same seed is the same run.
 */
export class VirtualTime {
  now: number;
  steps = 0;
  readonly #random: Random;
  readonly #heap: Step[] = [];
  readonly #trace: string[] = [];

  constructor(startAt: number, random: Random) {
    this.now = startAt;
    this.#random = random;
  }

  /** Runs `fn` then, or now if that is past. Returns a cancel. */
  at(dueAt: number, label: string, fn: () => void): () => void {
    const step: Step = { dueAt: Math.max(dueAt, this.now), draw: this.#random.next(), label, fn };
    this.#push(step);
    return () => (step.fn = undefined);
  }

  after(delayMs: number, label: string, fn: () => void): () => void {
    return this.at(this.now + delayMs, label, fn);
  }

  /** Until that time, or until `stop` says so before a step. */
  async run(untilAt: number, stop: () => boolean = () => false): Promise<void> {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.dueAt > untilAt || stop()) break;
      this.#pop();
      if (first.fn === undefined) continue;
      this.now = Math.max(this.now, first.dueAt);
      this.steps += 1;
      this.note(first.label);
      first.fn();
      // Twice: what was put off to the end of a turn may put something off itself.
      await turn();
      await turn();
    }
    if (!stop()) this.now = Math.max(this.now, untilAt);
  }

  note(text: string): void {
    const at = this.#noted % TRACED;
    this.#trace[at] = text;
    this.#tracedAt[at] = this.now;
    this.#noted += 1;
  }
  #noted = 0;
  readonly #tracedAt: number[] = [];

  /** The last steps, the oldest first. */
  get trace(): string[] {
    const lines = this.#trace.map((text, i) => `${new Date(this.#tracedAt[i] ?? 0).toISOString()} ${text}`);
    const from = this.#noted % TRACED;
    return this.#noted < TRACED ? lines : [...lines.slice(from), ...lines.slice(0, from)];
  }

  #push(step: Step): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(step);
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (!before(step, heap[up] as Step)) break;
      heap[i] = heap[up] as Step;
      i = up;
    }
    heap[i] = step;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Step;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Step, heap[child] as Step)) child += 1;
      if (!before(heap[child] as Step, last)) break;
      heap[i] = heap[child] as Step;
      i = child;
    }
    heap[i] = last;
  }
}

const before = (a: Step, b: Step): boolean => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.draw < b.draw);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
