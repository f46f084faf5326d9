import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Role } from '../../platform/roles.ts';
import { freePort } from '../support/free-port.ts';
import type { ChaosDatabase } from './database.ts';
import { Link } from './link.ts';
import type { ChaosRedis } from './redis.ts';
import { Supervised } from './supervised.ts';

/** One process of the service, with a network of its own to what it stands on. */
export interface Running {
  readonly roles: readonly Role[];
  readonly service: Supervised;
  readonly database: Link;
  readonly redis: Link | undefined;
  /** 0: it has no broker. */
  readonly mqttPort: number;
  readonly httpPort: number;
  /** The host's clock, as this process sees it, is off by so much. */
  setWallClock(offMs: number): void;
  close(): Promise<void>;
}

const WALL_CLOCK = pathToFileURL(resolve(import.meta.dirname, 'wall-clock.ts')).href;

export async function runProcess(options: {
  name: string;
  roles: readonly Role[];
  env: Readonly<Record<string, string>>;
  database: ChaosDatabase;
  redis: ChaosRedis | undefined;
  folder: string;
  pidFolder: string;
}): Promise<Running> {
  const { name, roles, folder, pidFolder } = options;
  const local = (port: number) => () => ({ host: '127.0.0.1', port });
  const database = new Link(local(options.database.port));
  const databaseUrl = new URL(options.database.url);
  databaseUrl.port = String(await database.listen());
  const redis = options.redis && new Link(local(options.redis.port));
  const redisPort = await redis?.listen();
  const httpPort = await freePort();
  const mqttPort = roles.includes('broker') ? await freePort() : 0;
  const clock = join(folder, `clock-of-${name}`);
  const setWallClock = (offMs: number): void => writeFileSync(clock, String(offMs));
  setWallClock(0);
  const env = {
    ...options.env,
    ROLES: roles.join(','),
    DATABASE_URL: databaseUrl.href,
    ...(redisPort !== undefined && { REDIS_URL: `redis://127.0.0.1:${redisPort}` }),
    ...(mqttPort !== 0 && { MQTT_PORT: String(mqttPort) }),
    HTTP_PORT: String(httpPort),
    CHAOS_CLOCK: clock,
    NODE_OPTIONS: `--import ${WALL_CLOCK}`,
  };
  const service = new Supervised(name, env, `http://127.0.0.1:${httpPort}`, pidFolder);
  service.start();
  return {
    roles,
    service,
    database,
    redis,
    mqttPort,
    httpPort,
    setWallClock,
    async close() {
      await service.stop();
      await database.close();
      await redis?.close();
    },
  };
}
