import type { Redis } from 'ioredis';
import type { Clock } from '../../platform/clock.ts';
import { wait } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { redisConnection } from '../../platform/redis.ts';
import { type Intake, IntakeClosed, type Outcome } from '../../schemas/inbound.ts';
import { type Answer, answersToText, fromFields, outcomesOf, type StreamKind, streamOf } from './wire.ts';

export interface RedisSourceOptions {
  readonly url: string;
  readonly intake: Intake;
  /**
   * Partitions that are ours; what stands beside each changes whenever it comes to us anew. Nobody else's are read: who
   * waits for them must not take messages away.
   */
  readonly held: () => ReadonlyMap<number, number>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

/** Entries of one read, over all streams; of one of them never fewer than the second. */
const COUNT = 500;
const LEAST_COUNT = 50;
/** What has come to us meanwhile is read after so long at the latest. */
const BLOCK_MS = 250;
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

/** Up to where a stream has been read, since its partition came to us. */
interface Place {
  readonly since: number;
  last: string;
}

/** Another may have read what has just come to us: from the beginning. */
function placesOf(
  kind: StreamKind,
  held: ReadonlyMap<number, number>,
  before: ReadonlyMap<string, Place>,
): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const [partition, since] of held) {
    const stream = streamOf(kind, partition);
    const known = before.get(stream);
    places.set(stream, known?.since === since ? known : { since, last: '0-0' });
  }
  return places;
}

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
 * the answer to its receiver: what we had read and not committed when we died is read again by whoever owns its
 * partition next, from the beginning of the stream.
 */
export class RedisSource {
  readonly #options: RedisSourceOptions;
  readonly #writing: Redis;
  readonly #readers: readonly { kind: StreamKind; redis: Redis }[];
  readonly #receivers = new Map<string, Receiver>();
  #answers = new Map<string, Answer[]>();
  #finished = new Map<string, string[]>();
  /** By stream, entries that are read and not answered in Redis yet. */
  readonly #owed = new Map<string, number>();
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
    this.#readers = (['urgent', 'bulk'] as const).map((kind) => ({
      kind,
      redis: redisConnection(url, log, kind),
    }));
  }

  start(): void {
    this.#running = Promise.all(this.#readers.map(({ kind, redis }) => this.#read(kind, redis)));
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

  /**
   * Whether Redis has the answers to all that has been read of this partition's. Until then its entries are there, and
   * another who came to own it would take them for new.
   */
  answered(partition: number): boolean {
    return (['urgent', 'bulk'] as const).every((kind) => !this.#owed.get(streamOf(kind, partition)));
  }

  async #read(kind: StreamKind, redis: Redis): Promise<void> {
    const { clock, held, intake, log } = this.#options;
    let places = new Map<string, Place>();
    while (!this.#closed) {
      places = placesOf(kind, held(), places);
      if (places.size === 0 || (kind === 'bulk' && intake.saturated) || redis.status !== 'ready') {
        // Redis may be another one when it is back: from the beginning, what is known is known.
        if (redis.status !== 'ready') places = new Map();
        await wait(clock, PAUSE_MS);
        continue;
      }
      try {
        const count = Math.max(LEAST_COUNT, Math.ceil(COUNT / places.size));
        const lasts = [...places.values()].map(({ last }) => last);
        const args = [...places.keys(), ...lasts];
        const reply = await redis.xreadBuffer('COUNT', count, 'BLOCK', BLOCK_MS, 'STREAMS', ...args);
        for (const [name, entries] of reply ?? []) {
          const stream = name.toString();
          const place = places.get(stream);
          for (const [id, fields] of entries) {
            const entry = { stream, id: id.toString() };
            if (place) place.last = entry.id;
            this.#take(entry, fields);
          }
        }
      } catch (error) {
        places = new Map();
        if (this.#closed) return;
        if (redis.status === 'ready') log.warn({ err: error, kind }, 'streams cannot be read');
        await wait(clock, RETRY_MS);
      }
    }
  }

  #take(entry: Entry, fields: readonly Buffer[]): void {
    this.#owe(entry, 1);
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
      if (again.some(({ id, stream }) => id === entry.id && stream === entry.stream)) this.#owe(entry, -1);
      else again.push(entry);
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
          for (const left of entries) this.#owe(left, -1);
          if (!(error instanceof IntakeClosed)) this.#options.log.error({ err: error }, 'not accepted');
        },
      )
      .finally(() => {
        this.#underWay -= 1;
        receiver.underWay.delete(number);
      });
  }

  #owe({ stream }: Pick<Entry, 'stream'>, more: number): void {
    this.#owed.set(stream, (this.#owed.get(stream) ?? 0) + more);
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
      for (const [stream, ids] of finished) this.#owe({ stream }, -ids.length);
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
