import { Redis } from 'ioredis';
import type { Log } from './log.ts';

/**
 * For what may do without Redis for a while: comes back by itself, says once that it is gone, and fails what it is asked
 * meanwhile at once, for the caller to keep.
 */
export function redisConnection(url: string, log: Pick<Log, 'info' | 'warn'>, name: string): Redis {
  const redis = new Redis(url, {
    connectionName: `yinling ${name}`,
    maxRetriesPerRequest: null,
    enableOfflineQueue: false,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(times * 50, 500),
  });
  let lost = false;
  redis.on('error', (err: unknown) => {
    if (!lost) log.warn({ err }, `redis (${name}) is away`);
    lost = true;
  });
  redis.on('ready', () => {
    if (lost) log.info(`redis (${name}) is back`);
    lost = false;
  });
  return redis;
}
