import { Redis } from 'ioredis';
import { fail, type Finding, ok, warn } from './finding.ts';

export interface RedisFacts {
  readonly version: string;
  /** undefined: it does not say (a service that hides CONFIG). */
  readonly maxmemoryPolicy: string | undefined;
  readonly appendOnly: string | undefined;
}

export async function askRedis(url: string): Promise<RedisFacts> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 3_000,
    commandTimeout: 3_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined); // the command at hand fails and tells
  try {
    await redis.connect();
    const info = await redis.info();
    const said = (key: string): string | undefined => new RegExp(`^${key}:(.*?)\\r?$`, 'm').exec(info)?.[1];
    return {
      version: said('redis_version') ?? '',
      maxmemoryPolicy: said('maxmemory_policy'),
      appendOnly: said('aof_enabled'),
    };
  } finally {
    redis.disconnect();
  }
}

export function judgeRedis({ version, maxmemoryPolicy }: RedisFacts): Finding[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const old = major < 6 || (major === 6 && minor < 2);
  return [
    old
      ? warn('redis', `Redis ${version}`, 'run Redis 6.2 or later: BullMQ is made for it')
      : ok('redis', `Redis ${version}`),
    maxmemoryPolicy === 'noeviction'
      ? ok('redis memory', 'noeviction')
      : fail(
          'redis memory',
          `maxmemory-policy ${maxmemoryPolicy ?? 'unknown'}: wake-ups may be thrown away`,
          'CONFIG SET maxmemory-policy noeviction, and the same in redis.conf',
        ),
  ];
}
