import { wait } from '../clock.ts';
import { ensureServer, type ServerOptions } from './ensure-server.ts';
import type { Claim } from './owner.ts';

const RETRY_EVERY_MS = 250;

export interface KeeperOptions extends ServerOptions {
  readonly port: number;
  readonly claim: () => Promise<Claim>;
}

/** Holds the claim. When it is lost, the server is brought up again where it was, and claimed anew. */
export class Keeper {
  readonly #options: KeeperOptions;
  #claim: Claim | undefined;
  #stopped = false;
  #keeping: Promise<void>;

  constructor(first: Claim, options: KeeperOptions) {
    this.#options = options;
    this.#claim = first;
    this.#keeping = this.#keep(first);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#claim?.release();
    await this.#keeping;
  }

  async #keep(first: Claim): Promise<void> {
    for (let held: Claim | undefined = first; held && !this.#stopped; held = await this.#regain()) {
      await held.lost;
      this.#claim = undefined;
      if (!this.#stopped) this.#options.log.error('the embedded database is lost');
    }
  }

  async #regain(): Promise<Claim | undefined> {
    const { port, clock, log } = this.#options;
    while (!this.#stopped) {
      try {
        await ensureServer(this.#options, port, () => this.#stopped);
        const held = await this.#options.claim();
        this.#claim = held;
        if (this.#stopped) await held.release();
        log.info('the embedded database is back');
        return held;
      } catch (error) {
        if (!this.#stopped) log.error({ err: error }, 'the embedded database does not come back');
        await wait(clock, RETRY_EVERY_MS);
      }
    }
    return undefined;
  }
}
