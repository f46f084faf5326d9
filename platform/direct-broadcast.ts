import type { Broadcast } from './broadcast.ts';
import { newestOnly } from './broadcast.ts';
import type { Clock } from './clock.ts';
import { DIRECT_MOST_BYTES, type DirectAddress } from './direct-hearing.ts';

/** More than a service has processes with consoles; of more, those heard of longest ago are given up. */
const MOST_LISTENERS = 32;
const ANSWER_WITHIN_MS = 1_500;
/** Heard at least so often, a listener knows that it would hear more. */
export const BEAT_EVERY_MS = 2_000;

interface Told {
  address: DirectAddress;
  /** The one that answered last. */
  url: string | undefined;
  say(text: string): void;
}

/**
 * Tells other processes straight, with neither Redis nor the database between: to those last heard of, and every
 * `BEAT_EVERY_MS` `beat`, whether or not there is something to tell. Who is gone for good answers nothing, and is told on.
 */
export class DirectBroadcast implements Broadcast {
  readonly mostBytes = DIRECT_MOST_BYTES;
  readonly #listeners = new Map<string, Told>();
  readonly #clock: Clock;
  readonly #beat: string;
  readonly #bye: string;
  #cancel: () => void = () => undefined;

  constructor(options: { clock: Clock; beat: string; bye: string }) {
    this.#clock = options.clock;
    this.#beat = options.beat;
    this.#bye = options.bye;
    this.#beatLater();
  }

  /** Of a process that listens: where it is now. */
  learn(address: DirectAddress): void {
    const known = this.#listeners.get(address.id);
    this.#listeners.delete(address.id);
    const told: Told = known ?? { address, url: undefined, say: newestOnly((text) => post(told, text)) };
    told.address = address;
    this.#listeners.set(address.id, told);
    if (known === undefined) told.say(this.#beat);
    const [oldest] = this.#listeners.keys();
    if (this.#listeners.size > MOST_LISTENERS && oldest !== undefined) this.#listeners.delete(oldest);
  }

  /** Those that have answered last time. */
  get reached(): number {
    return [...this.#listeners.values()].filter(({ url }) => url !== undefined).length;
  }

  say(text: string): void {
    for (const { say } of this.#listeners.values()) say(text);
    this.#beatLater();
  }

  close(): void {
    this.say(this.#bye);
    this.#cancel();
    this.#listeners.clear();
  }

  #beatLater(): void {
    this.#cancel();
    this.#cancel = this.#clock.setTimer(BEAT_EVERY_MS, () => this.say(this.#beat));
  }
}

async function post(told: Told, text: string): Promise<void> {
  const { address, url } = told;
  for (const one of url === undefined ? address.urls : [url])
    try {
      const response = await fetch(one, {
        method: 'POST',
        headers: { authorization: `Bearer ${address.token}` },
        body: text,
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${response.status}`);
      told.url = one;
      return;
    } catch {
      told.url = undefined; // the next one; all are tried again next time
    }
}
