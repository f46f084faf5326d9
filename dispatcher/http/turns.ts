interface Line {
  active: number;
  waiting: (() => void)[];
}

/** Work of one key runs a few at a time, the rest waits in line; beyond a length nobody is let into the line. */
export class Turns {
  readonly #atOnce: number;
  readonly #longest: number;
  readonly #lines = new Map<string, Line>();

  constructor(options: { atOnce: number; longest: number }) {
    this.#atOnce = options.atOnce;
    this.#longest = options.longest;
  }

  /** undefined: the line is full, and `work` has not run. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
    const line = this.#lines.get(key) ?? { active: 0, waiting: [] };
    if (line.waiting.length >= this.#longest) return undefined;
    this.#lines.set(key, line);
    if (line.active < this.#atOnce) line.active += 1;
    // Whoever is done hands its place on, so `active` stays as it is.
    else await new Promise<void>((resolve) => void line.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = line.waiting.shift();
      if (next) next();
      else {
        line.active -= 1;
        if (line.active === 0) this.#lines.delete(key);
      }
    }
  }
}
