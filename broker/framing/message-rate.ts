/**
 * How many messages a connection may send: `perSecond` in the long run, two seconds' worth at once. What is beyond
 * waits with the sender, unread. Pure: told the time.
 */
export class MessageRate {
  readonly #perMs: number;
  readonly #most: number;
  #have: number;
  #atMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.#perMs = perSecond / 1_000;
    this.#most = Math.max(1, perSecond * 2);
    this.#have = this.#most;
    this.#atMs = nowMs;
  }

  /** Takes a message that has come; gives for how many ms nothing more should be read, 0: read on. */
  take(nowMs: number): number {
    // A clock that was set back gives nothing and takes nothing.
    this.#have = Math.min(this.#most, this.#have + Math.max(0, nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
    this.#have -= 1;
    return this.#have >= 0 ? 0 : Math.ceil((1 - this.#have) / this.#perMs);
  }
}
