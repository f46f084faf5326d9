import { Client, escapeIdentifier } from 'pg';
import type { Clock } from './clock.ts';
import { connectionSettings } from './connection.ts';
import { isRetryable } from './database-errors.ts';
import type { Log } from './log.ts';

export interface ListenOptions {
  readonly url: string;
  readonly channels: readonly string[];
  readonly onNotify: (channel: string, payload: string) => void;
  /**
   * Listening again after a loss: notifications sent meanwhile are gone for good, so caches must be dropped and queues
   * looked into. Not called for the first connection.
   */
  readonly onReconnect: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 2_000;
/** A peer that vanished without a word is found by a question that stays unanswered. */
const ASK_EVERY_MS = 10_000;
const ANSWER_WITHIN_MS = 5_000;

/** LISTEN on a connection of its own, kept up until `close`. Rejects if the first connection can never succeed (e.g. a wrong password). */
export async function listen(options: ListenOptions): Promise<Listener> {
  const listener = new Listener(options);
  await listener.open();
  return listener;
}

export class Listener {
  readonly #options: ListenOptions;
  #client: Client | undefined;
  #closed = false;
  #cancelTimer: () => void = noop;
  #wake: () => void = noop;

  constructor(options: ListenOptions) {
    this.#options = options;
  }

  /** False between a loss and the reconnection: what rests on notifications may be stale. */
  get connected(): boolean {
    return this.#client !== undefined;
  }

  async open(): Promise<void> {
    await this.#persist((error) => !isRetryable(error));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    this.#wake();
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  async #persist(givesUpOn: (error: unknown) => boolean): Promise<void> {
    let delayMs = FIRST_DELAY_MS;
    while (!this.#closed && !this.#client) {
      try {
        await this.#connect();
      } catch (error) {
        if (givesUpOn(error)) throw error;
        this.#options.log.debug({ err: error }, 'cannot listen yet');
        await this.#pause(delayMs);
        delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
      }
    }
  }

  async #connect(): Promise<void> {
    const { url, channels, onNotify } = this.#options;
    const client = new Client({
      ...connectionSettings(url, 'yinling listen'),
      query_timeout: ANSWER_WITHIN_MS,
    });
    let lost: Error | undefined;
    const onLost = (error = new Error('Connection terminated')) => {
      lost ??= error;
      if (this.#client === client) this.#lose(error);
    };
    client.on('error', onLost);
    client.on('end', () => onLost());
    client.on('notification', ({ channel, payload }) => onNotify(channel, payload ?? ''));
    try {
      await client.connect();
      for (const channel of channels) await client.query(`listen ${escapeIdentifier(channel)}`);
      if (lost) throw lost;
    } catch (error) {
      client.end().catch(noop);
      throw error;
    }
    if (this.#closed) {
      await client.end();
      return;
    }
    this.#client = client;
    this.#askLater(client);
  }

  #askLater(client: Client): void {
    this.#cancelTimer = this.#options.clock.setTimer(ASK_EVERY_MS, () => {
      client.query('select 1').then(
        () => {
          if (this.#client === client) this.#askLater(client);
        },
        (error: Error) => {
          if (this.#client === client) this.#lose(error);
          client.end().catch(noop);
        },
      );
    });
  }

  #lose(err: Error): void {
    const { log, channels } = this.#options;
    this.#client = undefined;
    this.#cancelTimer();
    log.warn({ err, channels }, 'listening connection lost');
    void this.#recover();
  }

  async #recover(): Promise<void> {
    const { log, channels, onReconnect } = this.#options;
    await this.#persist(() => false);
    if (this.#closed) return;
    log.info({ channels }, 'listening again');
    try {
      onReconnect();
    } catch (error) {
      log.error({ err: error, channels }, 'what follows a reconnection failed');
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#cancelTimer = this.#options.clock.setTimer(ms, resolve);
    });
  }
}

const noop = (): void => undefined;
