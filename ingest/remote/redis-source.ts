import type { Redis } from 'ioredis';
import type { Clock } from '../../platform/clock.ts';
import { wait } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { redisConnection } from '../../platform/redis.ts';
import { type Intake, IntakeClosed, type Outcome } from '../../schemas/inbound.ts';
import { type Answer, answersToText, BULK_STREAM, fromFields, outcomesOf, URGENT_STREAM } from './wire.ts';

export interface RedisSourceOptions {
  readonly url: string;
  readonly intake: Intake;
  /** Only who owns the database reads; another who waits for it must not take messages away. */
  readonly owns: () => boolean;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

const COUNT = 500;
const BLOCK_MS = 1_000;
const PAUSE_MS = 20;
const RETRY_MS = 200;
const STOP_WITHIN_MS = 4_000;
/** Answers remembered of each receiver: twice what one may have waiting. */
const REMEMBERED = 40_000;
/** A receiver that has not been heard of for so long has gone. */
const FORGOTTEN_AFTER_MS = 600_000;
/** Batches, of one answer at least each: more than a receiver may wait for. */
const MOST_ANSWERS = 40_000;
const ANSWERS_LIVE_S = 3_600;

/** What one receiver has sent: numbers under way, and what became of the last ones. */
interface Receiver {
  readonly underWay: Map<number, Entry[]>;
  readonly done: Map<number, Outcome>;
  heardAt: number;
}
interface Entry {
  readonly stream: string;
  readonly id: string;
}

/**
 * Messages of processes that run the broker apart from us. An entry leaves its stream after the commit, together with
 * the answer to its receiver: what we had read and not committed when we died is read again by whoever owns the
 * database next, from the beginning of the stream.
 */
export class RedisSource {
  readonly #options: RedisSourceOptions;
  readonly #writing: Redis;
  readonly #readers: readonly { stream: string; redis: Redis }[];
  readonly #receivers = new Map<string, Receiver>();
  #answers = new Map<string, Answer[]>();
  #finished = new Map<string, string[]>();
  #underWay = 0;
  #flushing = false;
  #closed = false;
  #abandoned = false;
  #running: Promise<unknown> | undefined;

  constructor(options: RedisSourceOptions) {
    const { url, log } = options;
    this.#options = options;
    this.#writing = redisConnection(url, log, 'answers');
    // Calls for help on a connection of their own: a read that waits for telemetry holds nothing of theirs up
    this.#readers = [URGENT_STREAM, BULK_STREAM].map((stream) => ({
      stream,
      redis: redisConnection(url, log, stream),
    }));
  }

  start(): void {
    this.#running = Promise.all(this.#readers.map(({ stream, redis }) => this.#read(stream, redis)));
  }

  async stop(): Promise<void> {
    const { clock } = this.#options;
    this.#closed = true;
    for (const { redis } of this.#readers) redis.disconnect();
    await this.#running;
    const until = clock.now() + STOP_WITHIN_MS;
    while ((this.#underWay > 0 || this.#flushing) && clock.now() < until) await wait(clock, 5);
    this.#abandoned = true;
    this.#writing.disconnect();
  }

  async #read(stream: string, redis: Redis): Promise<void> {
    const { clock, intake, log, owns } = this.#options;
    let last = '0-0';
    let owned = false;
    while (!this.#closed) {
      if (!owns() || (stream === BULK_STREAM && intake.saturated) || redis.status !== 'ready') {
        // Another may have read it meanwhile, or Redis may be another: from the beginning, what is known is known.
        if (!owns() || redis.status !== 'ready') owned = false;
        await wait(clock, PAUSE_MS);
        continue;
      }
      if (!owned) last = '0-0';
      owned = true;
      try {
        const reply = await redis.xreadBuffer('COUNT', COUNT, 'BLOCK', BLOCK_MS, 'STREAMS', stream, last);
        for (const [, entries] of reply ?? [])
          for (const [id, fields] of entries) {
            last = id.toString();
            this.#take({ stream, id: last }, fields);
          }
      } catch (error) {
        owned = false;
        if (this.#closed) return;
        if (redis.status === 'ready') log.warn({ err: error, stream }, 'a stream cannot be read');
        await wait(clock, RETRY_MS);
      }
    }
  }

  #take(entry: Entry, fields: readonly Buffer[]): void {
    let sent;
    try {
      sent = fromFields(fields);
    } catch (error) {
      this.#options.log.error({ err: error, ...entry }, 'an entry that no receiver of ours has written');
      this.#finish(entry);
      return;
    }
    const { number, message } = sent;
    const receiver = this.#receiver(sent.receiver);
    const known = receiver.done.get(number);
    if (known) return this.#answer(sent.receiver, number, known, [entry]);
    const again = receiver.underWay.get(number);
    if (again) {
      if (!again.some(({ id, stream }) => id === entry.id && stream === entry.stream)) again.push(entry);
      return;
    }
    const entries = [entry];
    receiver.underWay.set(number, entries);
    this.#underWay += 1;
    this.#options.intake
      .accept(message)
      .then(
        (outcome) => {
          receiver.done.set(number, outcome);
          if (receiver.done.size > REMEMBERED)
            for (const first of receiver.done.keys()) {
              receiver.done.delete(first);
              break;
            }
          this.#answer(sent.receiver, number, outcome, entries);
        },
        (error: unknown) => {
          // Stays in the stream for whoever comes after us.
          if (!(error instanceof IntakeClosed)) this.#options.log.error({ err: error }, 'not accepted');
        },
      )
      .finally(() => {
        this.#underWay -= 1;
        receiver.underWay.delete(number);
      });
  }

  #receiver(id: string): Receiver {
    const now = this.#options.clock.now();
    let receiver = this.#receivers.get(id);
    if (receiver === undefined) {
      for (const [name, { heardAt, underWay }] of this.#receivers)
        if (underWay.size === 0 && now - heardAt > FORGOTTEN_AFTER_MS) this.#receivers.delete(name);
      this.#receivers.set(id, (receiver = { underWay: new Map(), done: new Map(), heardAt: now }));
    }
    receiver.heardAt = now;
    return receiver;
  }

  #answer(receiver: string, number: number, outcome: Outcome, entries: readonly Entry[]): void {
    const answers = this.#answers.get(receiver);
    if (answers) answers.push([number, outcome]);
    else this.#answers.set(receiver, [[number, outcome]]);
    for (const entry of entries) this.#finish(entry);
  }

  #finish({ stream, id }: Entry): void {
    const ids = this.#finished.get(stream);
    if (ids) ids.push(id);
    else this.#finished.set(stream, [id]);
    if (this.#flushing) return;
    this.#flushing = true;
    // What one commit has settled goes in one round trip
    setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    const { clock, log } = this.#options;
    while (this.#finished.size > 0) {
      const [answers, finished] = [this.#answers, this.#finished];
      this.#answers = new Map();
      this.#finished = new Map();
      for (let told = false; !(await this.#deliver(answers, finished)); told = true) {
        // Left in their streams, for whoever comes next to find their messages known
        if (this.#abandoned) return;
        if (!told) log.warn('answers cannot be given to redis now');
        await wait(clock, RETRY_MS);
      }
    }
    this.#flushing = false;
  }

  /** All or nothing: an entry must not leave its stream without its answer. */
  async #deliver(answers: ReadonlyMap<string, Answer[]>, finished: ReadonlyMap<string, string[]>) {
    const batch = this.#writing.multi();
    for (const [receiver, list] of answers) {
      const stream = outcomesOf(receiver);
      batch.xadd(stream, 'MAXLEN', '~', MOST_ANSWERS, '*', 'answers', answersToText(list));
      batch.expire(stream, ANSWERS_LIVE_S);
    }
    for (const [stream, ids] of finished) batch.xdel(stream, ...ids);
    return batch.exec().then(
      (replies) => replies !== null,
      () => false,
    );
  }
}
