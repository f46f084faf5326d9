/**
 * Persistent sessions without a connection, by credential. A client that takes a random id at every start and asks for
 * a session that outlives it leaves one behind each time: of each credential only the last few are kept.
 */
export class SleepingSessions {
  readonly #mostPerCredential: number;
  readonly #byUsername = new Map<string, Set<string>>();

  constructor(mostPerCredential: number) {
    this.#mostPerCredential = mostPerCredential;
  }

  /** Gives the client id whose session is to be forgotten, if there are too many. */
  sleep(username: string, clientId: string): string | undefined {
    const sleeping = this.#byUsername.get(username) ?? new Set<string>();
    this.#byUsername.set(username, sleeping);
    sleeping.delete(clientId);
    sleeping.add(clientId);
    if (sleeping.size <= this.#mostPerCredential) return undefined;
    const [oldest] = sleeping;
    if (oldest !== undefined) sleeping.delete(oldest);
    return oldest;
  }

  wake(username: string, clientId: string): void {
    const sleeping = this.#byUsername.get(username);
    sleeping?.delete(clientId);
    if (sleeping?.size === 0) this.#byUsername.delete(username);
  }
}
