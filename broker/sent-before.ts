const NONE: ReadonlySet<number> = new Set();

/**
 * What persistent sessions were sent over a former connection and did not acknowledge: whoever comes back gets it again,
 * and is told that it is again [MQTT-3.3.1-1]. Beyond `mostSessions` those gone longest are forgotten; they then take a
 * repetition for something new, as they must be able to.
 */
export class SentBefore {
  readonly #mostSessions: number;
  readonly #byClientId = new Map<string, ReadonlySet<number>>();

  constructor(mostSessions: number) {
    this.#mostSessions = mostSessions;
  }

  begin(clientId: string, clean: boolean): ReadonlySet<number> {
    const known = this.#byClientId.get(clientId);
    this.#byClientId.delete(clientId);
    return clean || known === undefined ? NONE : known;
  }

  end(clientId: string, clean: boolean, unacknowledged: ReadonlySet<number>): void {
    if (clean || unacknowledged.size === 0) return;
    this.#byClientId.delete(clientId);
    this.#byClientId.set(clientId, unacknowledged);
    const [oldest] = this.#byClientId.keys();
    if (this.#byClientId.size > this.#mostSessions && oldest !== undefined) this.#byClientId.delete(oldest);
  }
}
