import type { Clock } from '../platform/clock.ts';
import { Paced } from './paced.ts';
import type { CredentialLookup, StoredCredential } from './credential-store.ts';

interface Waiting {
  readonly promise: Promise<readonly StoredCredential[]>;
  readonly resolve: (found: readonly StoredCredential[]) => void;
  readonly reject: (error: unknown) => void;
}

export class TooManyLookups extends Error {
  readonly code = 'TOO_MANY_LOOKUPS';
  constructor() {
    super('too many credentials are being looked up');
  }
}

export interface BatchLimits {
  /** Queries at a time. */
  readonly queries: number;
  readonly namesPerQuery: number;
  /** Between the beginnings of two queries, unless the names waiting are enough for one. */
  readonly apartMs: number;
  /** Names waiting for a query; more are turned away at once. */
  readonly waiting: number;
}

/**
 * Ten thousand devices that reconnect in one second are a handful of queries: names asked for while the queries under
 * way are out go together with the next, and a name asked for twice is looked up once. So are hundreds a second, which the
 * database would else answer one by one: a query for one name costs it as much as a query for ten.
 */
export class LookupBatch {
  readonly #lookup: CredentialLookup;
  readonly #limits: BatchLimits;
  #waiting = new Map<string, Waiting>();
  readonly #paced: Paced;
  #running = 0;

  constructor(lookup: CredentialLookup, clock: Clock, limits: BatchLimits) {
    this.#lookup = lookup;
    this.#limits = limits;
    this.#paced = new Paced(limits.apartMs, clock, () => this.#start());
  }

  /** A look-up that starts after this call: what was committed before it is seen. */
  find(username: string): Promise<readonly StoredCredential[]> {
    const known = this.#waiting.get(username);
    if (known !== undefined) return known.promise;
    if (this.#waiting.size >= this.#limits.waiting) return Promise.reject(new TooManyLookups());
    const waiting = Promise.withResolvers<readonly StoredCredential[]>();
    this.#waiting.set(username, waiting);
    this.#paced.ask();
    return waiting.promise;
  }

  #start(): void {
    while (this.#waiting.size > 0 && this.#running < this.#limits.queries) {
      const batch = new Map<string, Waiting>();
      for (const [username, waiting] of this.#waiting) {
        if (batch.size >= this.#limits.namesPerQuery) break;
        batch.set(username, waiting);
        this.#waiting.delete(username);
      }
      this.#running += 1;
      void this.#run(batch);
    }
  }

  async #run(batch: ReadonlyMap<string, Waiting>): Promise<void> {
    try {
      const found = await this.#lookup([...batch.keys()]);
      for (const [username, { resolve }] of batch) resolve(found.get(username) ?? []);
    } catch (error) {
      for (const { reject } of batch.values()) reject(error);
    } finally {
      this.#running -= 1;
      if (this.#waiting.size >= this.#limits.namesPerQuery) this.#start();
      else if (this.#waiting.size > 0) this.#paced.ask();
    }
  }
}
