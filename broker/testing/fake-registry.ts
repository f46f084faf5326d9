import { createHash } from 'node:crypto';
import type { Principal } from '../../schemas/inbound.ts';
import type { CredentialLookup, StoredCredential } from '../credential-store.ts';

const hash = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** A registry in memory. */
export class FakeRegistry {
  /** While true every look-up fails, as with the database away. */
  away = false;
  /** Look-ups wait for this. */
  held: Promise<void> = Promise.resolve();
  /** Names of each look-up. */
  readonly lookups: string[][] = [];
  readonly #credentials = new Map<string, StoredCredential[]>();

  readonly lookup: CredentialLookup = async (usernames) => {
    this.lookups.push([...usernames]);
    await this.held;
    if (this.away) throw new Error('the database is away');
    return new Map(
      usernames.flatMap((name) => {
        const found = this.#credentials.get(name);
        return found === undefined ? [] : [[name, found] as const];
      }),
    );
  };

  set(principal: Principal, secret: string): this {
    this.#credentials.set(principal.id, [{ principal, secretHash: hash(secret) }]);
    return this;
  }

  /** A new secret; the old one is good until then. */
  rotate(principal: Principal, secret: string, untilMs: number): void {
    const [old] = this.#credentials.get(principal.id) ?? [];
    this.set(principal, secret);
    if (old !== undefined) this.#credentials.get(principal.id)?.push({ ...old, untilMs });
  }

  retire(id: string): void {
    this.#credentials.delete(id);
  }
}
