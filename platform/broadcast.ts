import type { Pool } from './database.ts';
import type { Log } from './log.ts';
import { redisConnection } from './redis.ts';

/**
 * One way to tell all processes of the service how things stand here: a text at a time, of which only the newest counts.
 * It may be lost, or come late; who says it says it again.
 */
export interface Broadcast {
  /** What one text may hold. */
  readonly mostBytes: number;
  say(text: string): void;
  close(): void;
}

/** Beyond this, a listener's memory is not to be trusted with it. */
const REDIS_MOST_BYTES = 256 * 1024;
/** NOTIFY takes 7,999. */
const NOTIFY_MOST_BYTES = 7_900;

/** One at a time; while it is under way, only the newest of what comes waits. */
export function newestOnly(send: (text: string) => Promise<unknown>): (text: string) => void {
  let waiting: string | undefined;
  let sending = false;
  const next = (): void => {
    const text = waiting;
    waiting = undefined;
    if (text === undefined) return;
    sending = true;
    send(text)
      .catch(() => undefined) // away: it is said again
      .finally(() => {
        sending = false;
        next();
      });
  };
  return (text) => {
    waiting = text;
    if (!sending) next();
  };
}

/** By publish/subscribe: goes on while the database is away. */
export function redisBroadcast(url: string, channel: string, log: Pick<Log, 'info' | 'warn'>): Broadcast {
  const redis = redisConnection(url, log, `${channel} out`);
  return {
    mostBytes: REDIS_MOST_BYTES,
    say: newestOnly((text) => redis.publish(channel, text)),
    close: () => redis.disconnect(),
  };
}

/** By NOTIFY: goes on while Redis is away. Heard with `listen`. */
export function postgresBroadcast(pool: Pick<Pool, 'query'>, channel: string): Broadcast {
  return {
    mostBytes: NOTIFY_MOST_BYTES,
    say: newestOnly((text) => pool.query('select pg_notify($1, $2)', [channel, text])),
    close: () => undefined,
  };
}

/** Hears what `redisBroadcast` says; returns the way to stop. */
export function hearRedis(
  url: string,
  channel: string,
  log: Pick<Log, 'info' | 'warn'>,
  hear: (text: string) => void,
): () => void {
  const redis = redisConnection(url, log, `${channel} in`);
  redis.on('message', (_channel: string, text: string) => hear(text));
  redis.on('ready', () => void redis.subscribe(channel).catch(() => undefined)); // gone again: the next `ready` will
  return () => redis.disconnect();
}
