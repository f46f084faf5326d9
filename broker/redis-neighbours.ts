import { randomUUID } from 'node:crypto';
import type { ChainableCommander, Redis } from 'ioredis';
import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { redisConnection } from '../platform/redis.ts';
import { Paced } from './paced.ts';
import { readNotices, writeNotices, writeQuestion } from './session-notices.ts';
import type {
  GatewayPacket,
  HeldSubscription,
  NeighbourEvents,
  Neighbours,
  SessionNotice,
} from './neighbours.ts';

const SESSIONS = 'yinling:broker:sessions';
const GATEWAYS = 'yinling:broker:gateways';
const heldKey = (clientId: string): string => `yinling:broker:held:${clientId}`;

/** A session that nobody has come back to for so long is over. */
const HELD_FOR_S = 7 * 86_400;
/** A device that waits for its CONNACK is not kept longer by a Redis that does not answer. */
const ASK_WITHIN_MS = 1_000;

/** Devices are not kept out for longer by a Redis that is away when the broker starts. */
const REACHED_WITHIN_MS = 3_000;

/** What a CONNACK waits for goes together with what else is asked in this time. */
const ASKED_TOGETHER_MS = 50;
/** So does what sessions that begin leave to say, which every other broker reads, and for which nobody waits. */
const TOLD_TOGETHER_MS = 200;
/** When Redis comes back each broker asks all others: they say it once, not to each. */
const SAY_AGAIN_EVERY_MS = 250;
/** Of one message: its hearer has other things to do besides. */
const NOTICES_TOGETHER = 500;

const PACKET = z.object({
  from: z.string(),
  topic: z.string(),
  payload: z.base64(),
  qos: z.union([z.literal(0), z.literal(1)]),
  retain: z.boolean(),
});
const QOS = z.union([z.literal('0'), z.literal('1'), z.literal('2')]);

/** Several brokers over one Redis: notices and gateways' packets by publish/subscribe, sessions in one hash each. */
export class RedisNeighbours implements Neighbours {
  readonly #clock: Clock;
  readonly #log: Pick<Log, 'info' | 'warn'>;
  readonly #asking: Redis;
  readonly #hearing: Redis;
  readonly #me = randomUUID();
  readonly #asked: Paced;
  readonly #told: Paced;
  readonly #sayAgain: Paced;
  #notices: SessionNotice[] = [];
  /** In their order: what is asked about a session comes after what was said of it. */
  #commands: ((pipeline: ChainableCommander) => void)[] = [];
  /** Keys to delete that came one after the other, at the end of `#commands`. */
  #deleted: string[] = [];
  #events: NeighbourEvents | undefined;

  constructor(deps: { url: string; clock: Clock; log: Pick<Log, 'info' | 'warn'> }) {
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#asking = redisConnection(deps.url, deps.log, 'sessions');
    this.#hearing = redisConnection(deps.url, deps.log, 'neighbours');
    this.#asked = new Paced(ASKED_TOGETHER_MS, deps.clock, () => this.#send());
    this.#told = new Paced(TOLD_TOGETHER_MS, deps.clock, () => this.#send());
    this.#sayAgain = new Paced(SAY_AGAIN_EVERY_MS, deps.clock, () => this.#events?.reached());
  }

  start(events: NeighbourEvents): Promise<void> {
    this.#events = events;
    this.#hearing.on('message', (channel: string, text: string) => this.#heard(channel, text));
    // Whoever comes last asks the others to say it again: what they said before, nobody heard here
    const reached = (): void => {
      this.#sayAgain.ask();
      void this.#quiet(this.#asking.publish(SESSIONS, writeQuestion(this.#me)));
    };
    this.#asking.on('ready', reached);
    const subscribe = (): void => {
      this.#hearing.subscribe(SESSIONS, GATEWAYS).then(
        reached,
        () => undefined, // gone again: the next `ready` will
      );
    };
    this.#hearing.on('ready', subscribe);
    if (this.#hearing.status === 'ready') subscribe();
    return this.#askable();
  }

  #askable(): Promise<void> {
    if (this.#asking.status === 'ready') return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.setTimer(REACHED_WITHIN_MS, resolve);
      this.#asking.once('ready', () => {
        cancel();
        resolve();
      });
    });
  }

  stop(): Promise<void> {
    this.#send();
    this.#asked.stop();
    this.#told.stop();
    this.#sayAgain.stop();
    this.#events = undefined;
    this.#hearing.disconnect();
    this.#asking.disconnect();
    return Promise.resolve();
  }

  announce(notice: SessionNotice): void {
    this.#notices.push(notice);
    this.#told.ask();
  }

  relay({ payload, ...packet }: GatewayPacket): void {
    const text = JSON.stringify({ from: this.#me, ...packet, payload: payload.toString('base64') });
    void this.#quiet(this.#asking.publish(GATEWAYS, text));
  }

  async held(clientId: string): Promise<readonly HeldSubscription[] | undefined> {
    const key = heldKey(clientId);
    const answer = await this.#within(
      new Promise<Record<string, string>>((resolve, reject) =>
        this.#gather((pipeline) => {
          pipeline.hgetall(key, (error, found) => (error ? reject(error) : resolve(found ?? {})));
          pipeline.expire(key, HELD_FOR_S);
        }),
      ),
    );
    if (answer === undefined) return undefined;
    return Object.entries(answer).flatMap(([topic, text]) => {
      const qos = QOS.safeParse(text);
      return qos.success ? [{ topic, qos: Number(qos.data) as 0 | 1 | 2 }] : [];
    });
  }

  hold(clientId: string, subscriptions: readonly HeldSubscription[]): void {
    if (subscriptions.length === 0) return;
    const key = heldKey(clientId);
    const fields = Object.fromEntries(subscriptions.map(({ topic, qos }) => [topic, String(qos)]));
    this.#gather((pipeline) => pipeline.hset(key, fields).expire(key, HELD_FOR_S));
    // Its SUBACK is about to go: a broker that dies after it has said so to Redis.
    this.#asked.hurry();
  }

  letGo(clientId: string, topics?: readonly string[]): void {
    const key = heldKey(clientId);
    if (topics === undefined) {
      this.#deleted.push(key);
      this.#told.ask();
    } else if (topics.length > 0) {
      this.#gather((pipeline) => pipeline.hdel(key, ...topics));
      this.#asked.hurry();
    }
  }

  #gather(command: (pipeline: ChainableCommander) => void): void {
    this.#endDeleted();
    this.#commands.push(command);
    this.#asked.ask();
  }

  #endDeleted(): void {
    const keys = this.#deleted;
    if (keys.length === 0) return;
    this.#deleted = [];
    this.#commands.push((pipeline) => pipeline.del(keys));
  }

  /** All of it in one write, which a Redis that is away fails, each command by itself. */
  #send(): void {
    this.#endDeleted();
    if (this.#notices.length + this.#commands.length === 0) return;
    const pipeline = this.#asking.pipeline();
    for (let at = 0; at < this.#notices.length; at += NOTICES_TOGETHER)
      pipeline.publish(SESSIONS, writeNotices(this.#me, this.#notices.slice(at, at + NOTICES_TOGETHER)));
    this.#notices = [];
    for (const command of this.#commands) command(pipeline);
    this.#commands = [];
    void this.#quiet(pipeline.exec());
  }

  #heard(channel: string, text: string): void {
    try {
      if (channel === SESSIONS) {
        const heard = readNotices(text);
        if (heard.from === this.#me) return;
        if ('asks' in heard) this.#sayAgain.ask();
        else this.#events?.began(heard.began);
      } else if (channel === GATEWAYS) {
        const { from, payload, ...packet } = PACKET.parse(JSON.parse(text));
        if (from !== this.#me) this.#events?.relayed({ ...packet, payload: Buffer.from(payload, 'base64') });
      }
    } catch (error) {
      this.#log.warn({ err: error, channel }, 'a neighbour says what is not understood');
    }
  }

  #within<T>(answer: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#clock.setTimer(ASK_WITHIN_MS, () => resolve(undefined));
      answer
        .then(resolve, () => resolve(undefined))
        .finally(cancel)
        .catch(() => undefined);
    });
  }

  /** Redis is away: whatever this was for does without, and `reached` makes up for it. */
  async #quiet(work: Promise<unknown>): Promise<void> {
    await work.catch(() => undefined);
  }
}
