import { ApiClient, ApiError } from '../api/api-client.ts';
import type { SecretStore } from '../api/secrets.ts';
import { ensureUser, type UserWish } from '../world/seed-world.ts';

/** Logged-in users of the simulation, each made and logged in when first needed. */
export class Sessions {
  readonly #admin: ApiClient;
  readonly #secrets: SecretStore;
  readonly #open = new Map<string, Promise<ApiClient>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(admin: ApiClient, secrets: SecretStore) {
    this.#admin = admin;
    this.#secrets = secrets;
  }

  of(wish: UserWish): Promise<ApiClient> {
    let session = this.#open.get(wish.username);
    if (session === undefined) {
      // One after the other: making a user and logging in cost the service a fifth of a second of hashing each.
      session = this.#last.then(() => this.#logIn(wish));
      this.#last = session.catch(() => undefined);
      // A failed log-in is tried again the next time.
      session.catch(() => this.#open.delete(wish.username));
      this.#open.set(wish.username, session);
    }
    return session;
  }

  caregiver(caregiverId: string): Promise<ApiClient> {
    return this.of({ username: caregiverId, role: 'caregiver', caregiverId });
  }

  async #logIn(wish: UserWish): Promise<ApiClient> {
    const password = await ensureUser(this.#admin, wish, this.#secrets);
    try {
      return await ApiClient.logIn(this.#admin.baseUrl, wish.username, password);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      // Somebody has changed it since our file was written: this is our user, so ours counts.
      await this.#admin.call('PATCH', `/users/${wish.username}`, { password });
      return ApiClient.logIn(this.#admin.baseUrl, wish.username, password);
    }
  }
}
