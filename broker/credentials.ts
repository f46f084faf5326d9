import { hash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import { ID_PATTERN } from '../schemas/ids.ts';
import type { Principal } from '../schemas/inbound.ts';
import type { CredentialLookup, StoredCredential } from './credential-store.ts';
import { type BatchLimits, LookupBatch } from './lookup-batch.ts';

export type Checked =
  | {
      readonly result: 'known';
      readonly principal: Principal;
      readonly proof: Buffer;
      /** When it ceases to be good; undefined: when the registry says so. */
      readonly untilMs?: number;
    }
  | { readonly result: 'unknown' | 'wrong_secret' }
  /** The database cannot be asked, and we do not know this one from before. */
  | { readonly result: 'unavailable' };

export interface CredentialLimits extends BatchLimits {
  readonly entries: number;
  readonly unknownEntries: number;
  /** After this an entry is looked up again before it is used; with the database away it is used as it is. */
  readonly freshMs: number;
  /** An entry that does not fit is looked up again, at most once in this time: a secret may be new. */
  readonly unknownMs: number;
}

export const DEFAULT_CREDENTIAL_LIMITS: CredentialLimits = {
  queries: 2,
  namesPerQuery: 1_000,
  apartMs: 50,
  waiting: 20_000,
  entries: 200_000,
  unknownEntries: 10_000,
  freshMs: 60_000,
  unknownMs: 1_000,
};

export interface CredentialsOptions {
  readonly lookup: CredentialLookup;
  readonly clock: Clock;
  readonly limits?: Partial<CredentialLimits>;
}

interface Entry {
  readonly found: readonly StoredCredential[];
  readonly atMs: number;
}

/** What a certificate is remembered by: no secret has it. */
const CERTIFIED = Buffer.alloc(0);

/** Longer secrets than ours are not looked at. */
const MOST_SECRET_BYTES = 1_024;
const NO_SECRET = Buffer.alloc(32);

/**
 * Who may come in. Secrets are random 256-bit values, so one SHA-256 of them is a safe thing to keep; it is compared in
 * constant time. Entries are cached, also those of unknown names (briefly), and outlive an outage of the database:
 * who was known before keeps connecting.
 */
export class Credentials {
  readonly #batch: LookupBatch;
  readonly #clock: Clock;
  readonly #limits: CredentialLimits;
  /** In order of use: the first was used longest ago. */
  readonly #entries = new Map<string, Entry>();
  /** Names without a credential, and when that was found; apart, lest guessed names crowd out known ones. */
  readonly #unknown = new Map<string, number>();
  #changes = 0;

  constructor({ lookup, clock, limits }: CredentialsOptions) {
    this.#limits = { ...DEFAULT_CREDENTIAL_LIMITS, ...limits };
    this.#batch = new LookupBatch(lookup, clock, this.#limits);
    this.#clock = clock;
  }

  check(username: string, secret: Buffer): Promise<Checked> {
    if (secret.length > MOST_SECRET_BYTES) return Promise.resolve({ result: 'wrong_secret' });
    return this.#check(username, hash('sha256', secret, 'buffer'));
  }

  /** Of one whose certificate an authority of ours has signed for this name: no secret is asked for. */
  checkCertified(username: string): Promise<Checked> {
    return this.#check(username, CERTIFIED);
  }

  async #check(username: string, proof: Buffer): Promise<Checked> {
    if (!ID_PATTERN.test(username)) return { result: 'unknown' };
    const { freshMs, unknownMs } = this.#limits;
    if (this.#ageMs(this.#unknown.get(username)) < unknownMs) return compare([], proof, this.#clock.now());
    const known = this.#entries.get(username);
    const ageMs = this.#ageMs(known?.atMs);
    if (known !== undefined && ageMs < freshMs) {
      const checked = compare(known.found, proof, this.#clock.now());
      if (checked.result === 'known' || ageMs < unknownMs) {
        this.#entries.delete(username);
        this.#entries.set(username, known);
        return checked;
      }
    }
    try {
      return compare(await this.#load(username), proof, this.#clock.now());
    } catch {
      return known === undefined ? { result: 'unavailable' } : compare(known.found, proof, this.#clock.now());
    }
  }

  /**
   * Until when a session that was let in with this proof may go on: `untilMs` if it has an end, false if it would no
   * longer be let in; undefined if the database cannot be asked.
   */
  async stillHolds(
    username: string,
    proof: Buffer,
    principal: Principal,
  ): Promise<{ untilMs: number | undefined } | false | undefined> {
    try {
      const checked = compare(await this.#load(username), proof, this.#clock.now());
      const holds = checked.result === 'known' && samePrincipal(checked.principal, principal);
      return holds && { untilMs: checked.untilMs };
    } catch {
      return undefined;
    }
  }

  /** The registry has changed this one: its entry is looked up anew, but kept for an outage. */
  invalidate(username: string): void {
    this.#changes += 1;
    this.#unknown.delete(username);
    const known = this.#entries.get(username);
    if (known !== undefined) this.#entries.set(username, { found: known.found, atMs: -Infinity });
  }

  /** Notifications may have been missed. */
  invalidateAll(): void {
    this.#changes += 1;
    this.#unknown.clear();
    for (const username of this.#entries.keys()) this.invalidate(username);
  }

  /** Infinite for what was never looked up, or in a future that a set clock has taken back. */
  #ageMs(atMs: number | undefined): number {
    const ageMs = atMs === undefined ? Infinity : this.#clock.now() - atMs;
    return ageMs < 0 ? Infinity : ageMs;
  }

  async #load(username: string): Promise<readonly StoredCredential[]> {
    const nowMs = this.#clock.now();
    const changes = this.#changes;
    const found = await this.#batch.find(username);
    // A change that was told while the look-up was out may not be in its answer.
    const atMs = changes === this.#changes ? nowMs : -Infinity;
    this.#entries.delete(username);
    if (found.length > 0) keep(this.#entries, username, { found, atMs }, this.#limits.entries);
    else keep(this.#unknown, username, atMs, this.#limits.unknownEntries);
    return found;
  }
}

function keep<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

function compare(found: readonly StoredCredential[], proof: Buffer, nowMs: number): Checked {
  if (proof === CERTIFIED) {
    const [first] = found;
    return first === undefined
      ? { result: 'unknown' }
      : { result: 'known', principal: first.principal, proof };
  }
  // An unknown name costs what a known one does.
  if (found.length === 0) timingSafeEqual(NO_SECRET, proof);
  for (const { principal, secretHash, untilMs } of found)
    if (
      secretHash.length === proof.length &&
      timingSafeEqual(secretHash, proof) &&
      (untilMs === undefined || nowMs < untilMs)
    )
      return { result: 'known', principal, proof, ...(untilMs !== undefined && { untilMs }) };
  return { result: found.length === 0 ? 'unknown' : 'wrong_secret' };
}

const samePrincipal = (a: Principal, b: Principal): boolean =>
  a.type === b.type &&
  a.id === b.id &&
  a.homeId === b.homeId &&
  a.codec === b.codec &&
  (a.homes?.length ?? 0) === (b.homes?.length ?? 0) &&
  (a.homes ?? []).every((home, i) => home === b.homes?.[i]);
