import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Clock } from '../../platform/clock.ts';
import { wait } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { redisConnection } from '../../platform/redis.ts';
import { type InboundMessage, type Intake, IntakeClosed, type Outcome } from '../../schemas/inbound.ts';
import { isExpress } from '../decode/address.ts';
import { partitionOfMessage } from '../sharing/partitions.ts';
import { answersFromText, MARKER_KEY, outcomesOf, streamOf, toFields } from './wire.ts';

export interface RedisIntakeOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Messages, and bytes of them, without an answer, beyond which no more is to be read from sockets. */
  readonly mostWaiting?: number;
  readonly mostWaitingBytes?: number;
}

interface Waiting {
  readonly message: InboundMessage;
  readonly bytes: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
  /** `taken`: Redis has said that it has it. */
  state: 'new' | 'sending' | 'taken';
}

const MOST_WAITING = 20_000;
const MOST_WAITING_BYTES = 64 * 1024 * 1024;
const BLOCK_MS = 2_000;
const RETRY_MS = 200;
const LOOK_EVERY_MS = 2_000;
const START = '0-0';

/**
 * The intake of a process without ingest: messages go to it over Redis, and are accepted when it says that they have
 * been committed (I1). Redis is never the only copy: until the answer is here the device has no acknowledgement, we
 * keep the message, and give it to a Redis that has come back empty once more (I10).
 */
export class RedisIntake implements Intake {
  readonly #options: RedisIntakeOptions;
  readonly #receiver = randomUUID();
  readonly #sending: Redis;
  readonly #answers: Redis;
  readonly #waiting = new Map<number, Waiting>();
  #waitingBytes = 0;
  #number = 0;
  #marker: string | undefined;
  #lastAnswer = START;
  #closed = false;
  #reading: Promise<void> | undefined;
  #cancelLook: () => void = () => undefined;

  constructor(options: RedisIntakeOptions) {
    this.#options = options;
    this.#sending = redisConnection(options.url, options.log, 'intake');
    this.#answers = redisConnection(options.url, options.log, 'outcomes');
    this.#sending.on('ready', () => void this.#look());
  }

  get saturated(): boolean {
    const { mostWaiting = MOST_WAITING, mostWaitingBytes = MOST_WAITING_BYTES } = this.#options;
    return this.#waiting.size >= mostWaiting || this.#waitingBytes >= mostWaitingBytes;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Of those, what Redis has not said to have. */
  get untaken(): number {
    return [...this.#waiting.values()].filter(({ state }) => state !== 'taken').length;
  }

  /** A Redis that is away is waited for: until then nothing is acknowledged. */
  start(): void {
    this.#reading = this.#read();
    this.#armLook();
  }

  /** What has no answer by now is given up: without an acknowledgement its senders send it again. */
  async stop(): Promise<void> {
    this.#closed = true;
    this.#cancelLook();
    for (const { reject } of this.#waiting.values()) reject(new IntakeClosed());
    this.#waiting.clear();
    if (this.#answers.status === 'ready')
      await this.#sending.del(outcomesOf(this.#receiver)).catch(() => undefined);
    this.#answers.disconnect();
    this.#sending.disconnect();
    await this.#reading;
  }

  accept(message: InboundMessage): Promise<Outcome> {
    if (this.#closed) return Promise.reject(new IntakeClosed());
    return new Promise((resolve, reject) => {
      const number = (this.#number += 1);
      const bytes = message.payload?.length ?? 0;
      const waiting: Waiting = { message, bytes, resolve, reject, state: 'new' };
      this.#waiting.set(number, waiting);
      this.#waitingBytes += bytes;
      // Not before it is known which Redis has it
      if (this.#marker !== undefined && this.#sending.status === 'ready') this.#send(number, waiting);
    });
  }

  #send(number: number, waiting: Waiting): void {
    const { message } = waiting;
    waiting.state = 'sending';
    const stream = streamOf(isExpress(message) ? 'urgent' : 'bulk', partitionOfMessage(message));
    this.#sending.xadd(stream, '*', ...toFields({ receiver: this.#receiver, number, message })).then(
      () => (waiting.state = 'taken'),
      // Whether it is there is not known: sent again once Redis is back, and known there by its number
      () => (waiting.state = 'new'),
    );
  }

  #armLook(): void {
    this.#cancelLook = this.#options.clock.setTimer(LOOK_EVERY_MS, () => {
      void this.#look().finally(() => {
        if (!this.#closed) this.#armLook();
      });
    });
  }

  /** Sends what Redis has not taken; everything, if it is not the Redis any more that we had given it to. */
  async #look(): Promise<void> {
    if (this.#closed || this.#sending.status !== 'ready') return;
    try {
      await this.#sending.set(MARKER_KEY, randomUUID(), 'NX');
      const marker = (await this.#sending.get(MARKER_KEY)) ?? undefined;
      const emptied = this.#marker !== undefined && marker !== this.#marker;
      this.#marker = marker;
      if (emptied) this.#options.log.warn('redis has lost its memory; what is open is sent again');
      for (const [number, waiting] of this.#waiting) {
        if (waiting.state === 'new' || (waiting.state === 'taken' && emptied)) this.#send(number, waiting);
      }
      if (this.#lastAnswer !== START)
        await this.#sending.xtrim(outcomesOf(this.#receiver), 'MINID', this.#lastAnswer);
    } catch {
      // Gone again; `ready` will look.
    }
  }

  async #read(): Promise<void> {
    const stream = outcomesOf(this.#receiver);
    while (!this.#closed) {
      try {
        const from = this.#lastAnswer;
        const reply = await this.#answers.xread('COUNT', 1_000, 'BLOCK', BLOCK_MS, 'STREAMS', stream, from);
        for (const [, entries] of reply ?? [])
          for (const [id, [, text]] of entries) {
            this.#lastAnswer = id;
            this.#settle(text ?? '[]');
          }
      } catch (error) {
        if (this.#closed) return;
        if (this.#answers.status === 'ready')
          this.#options.log.warn({ err: error }, 'outcomes cannot be read');
        await wait(this.#options.clock, RETRY_MS);
        // A Redis that was emptied numbers from its own clock again, which may stand earlier.
        this.#lastAnswer = START;
      }
    }
  }

  #settle(text: string): void {
    for (const [number, outcome] of answersFromText(text)) {
      const waiting = this.#waiting.get(number);
      if (waiting === undefined) continue;
      this.#waiting.delete(number);
      this.#waitingBytes -= waiting.bytes;
      waiting.resolve(outcome);
    }
  }
}
