/** When each street's canary was last pressed and seen. Pure: every time is handed in, ms since the epoch. */

/** budgets.md, E: a failure is seen in 30 s. Presses go out every 10 s; two unseen ones and a little are enough. */
export const PRESS_EVERY_MS = 10_000;
export const FAILING_AFTER_MS = 25_000;

export interface StreetHealth {
  readonly street: string;
  readonly failing: boolean;
  /** Since the last press that was seen; before the first one, since the start. */
  readonly unseenForMs: number;
}

export class Sightings {
  readonly #streets: Map<string, { seenAt: number; underWay: Set<number>; failing: boolean }>;

  constructor(streets: readonly string[], startedAt: number) {
    this.#streets = new Map(
      streets.map((street) => [street, { seenAt: startedAt, underWay: new Set<number>(), failing: false }]),
    );
  }

  /** A press with this event time goes out. */
  pressed(street: string, at: number): void {
    const known = this.#streets.get(street);
    if (known === undefined) return;
    known.underWay.add(at);
    // Of presses that never arrive only the last few are remembered: a later one may be seen yet
    for (const old of known.underWay) if (known.underWay.size > 12) known.underWay.delete(old);
  }

  /** An alert with these times of evidence was on the stream. Gives how long each of our presses took, ms. */
  seen(street: string, evidenceAt: readonly number[], now: number): number[] {
    const known = this.#streets.get(street);
    if (known === undefined) return [];
    const ours = evidenceAt.filter((at) => known.underWay.delete(at));
    // How late it comes says whether the path works now
    const newest = Math.max(-Infinity, ...ours);
    if (now - newest < FAILING_AFTER_MS) known.seenAt = now;
    return ours.map((at) => Math.max(0, now - at));
  }

  /** All streets as they are now; `changed` are those that began or ceased to fail since the last call. */
  look(now: number): { all: StreetHealth[]; changed: StreetHealth[] } {
    const all: StreetHealth[] = [];
    const changed: StreetHealth[] = [];
    for (const [street, known] of this.#streets) {
      const unseenForMs = now - known.seenAt;
      const health = { street, failing: unseenForMs >= FAILING_AFTER_MS, unseenForMs };
      all.push(health);
      if (health.failing !== known.failing) changed.push(health);
      known.failing = health.failing;
    }
    return { all, changed };
  }
}
