import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { redisConnection } from '../platform/redis.ts';
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

const NOTICE = z.object({
  from: z.string(),
  clientId: z.string(),
  username: z.string(),
  epoch: z.number(),
  willTopic: z.string().optional(),
});
const ASKS = z.object({ from: z.string(), asks: z.literal(true) });
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
  #events: NeighbourEvents | undefined;

  constructor(deps: { url: string; clock: Clock; log: Pick<Log, 'info' | 'warn'> }) {
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#asking = redisConnection(deps.url, deps.log, 'sessions');
    this.#hearing = redisConnection(deps.url, deps.log, 'neighbours');
  }

  start(events: NeighbourEvents): Promise<void> {
    this.#events = events;
    this.#hearing.on('message', (channel: string, text: string) => this.#heard(channel, text));
    // Whoever comes last asks the others to say it again: what they said before, nobody heard here
    const reached = (): void => {
      events.reached();
      this.#tell(SESSIONS, { from: this.#me, asks: true });
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
    this.#events = undefined;
    this.#hearing.disconnect();
    this.#asking.disconnect();
    return Promise.resolve();
  }

  announce(notice: SessionNotice): void {
    this.#tell(SESSIONS, { from: this.#me, ...notice });
  }

  relay({ payload, ...packet }: GatewayPacket): void {
    this.#tell(GATEWAYS, { from: this.#me, ...packet, payload: payload.toString('base64') });
  }

  async held(clientId: string): Promise<readonly HeldSubscription[] | undefined> {
    const answer = await this.#within(this.#asking.hgetall(heldKey(clientId)));
    if (answer === undefined) return undefined;
    void this.#quiet(this.#asking.expire(heldKey(clientId), HELD_FOR_S));
    return Object.entries(answer).flatMap(([topic, text]) => {
      const qos = QOS.safeParse(text);
      return qos.success ? [{ topic, qos: Number(qos.data) as 0 | 1 | 2 }] : [];
    });
  }

  hold(clientId: string, subscriptions: readonly HeldSubscription[]): void {
    if (subscriptions.length === 0) return;
    const key = heldKey(clientId);
    const fields = Object.fromEntries(subscriptions.map(({ topic, qos }) => [topic, String(qos)]));
    void this.#quiet(this.#asking.multi().hset(key, fields).expire(key, HELD_FOR_S).exec());
  }

  letGo(clientId: string, topics?: readonly string[]): void {
    const key = heldKey(clientId);
    if (topics === undefined) void this.#quiet(this.#asking.del(key));
    else if (topics.length > 0) void this.#quiet(this.#asking.hdel(key, ...topics));
  }

  #tell(channel: string, body: object): void {
    void this.#quiet(this.#asking.publish(channel, JSON.stringify(body)));
  }

  #heard(channel: string, text: string): void {
    try {
      const body: unknown = JSON.parse(text);
      if (channel === SESSIONS) {
        const asked = ASKS.safeParse(body);
        if (asked.success) {
          if (asked.data.from !== this.#me) this.#events?.reached();
          return;
        }
        const { from, willTopic, ...notice } = NOTICE.parse(body);
        if (from !== this.#me) this.#events?.began({ ...notice, willTopic });
      } else if (channel === GATEWAYS) {
        const { from, payload, ...packet } = PACKET.parse(body);
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
