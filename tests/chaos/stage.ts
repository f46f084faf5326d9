import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { migrate } from '../../platform/migrate.ts';
import { freePort } from '../support/free-port.ts';
import { ADMIN_PASSWORD } from '../support/service-process.ts';
import { until } from '../support/until.ts';
import { type ChaosDatabase, startChaosDatabase } from './database.ts';
import { Link } from './link.ts';
import { type ChaosRedis, startChaosRedis } from './redis.ts';
import { Supervised } from './supervised.ts';

/** `apart`: broker and ingest in one process, the dispatcher in another; `one`: all in one. */
export type Layout = 'one' | 'apart';

export interface Links {
  readonly devices: Link;
  readonly people: Link;
  readonly databaseOfIngest: Link;
  readonly databaseOfDispatcher: Link;
  readonly redis: Link | undefined;
}

/** Everything that runs: database, Redis, the service's processes, and a link before each. */
export interface Stage {
  readonly layout: Layout;
  readonly database: ChaosDatabase;
  readonly redis: ChaosRedis | undefined;
  readonly links: Links;
  /** Has broker and ingest. */
  readonly ingest: Supervised;
  /** The same process as `ingest` where all is one. */
  readonly dispatcher: Supervised;
  /** The host's clock, as the process sees it that has this role, is off by so much. */
  setWallClock(whose: 'ingest' | 'dispatcher', offMs: number): void;
  readonly mqttPort: number;
  readonly peopleUrl: string;
  /** Past the links, for what no fault may disturb. */
  readonly metricsUrls: readonly string[];
  close(): Promise<void>;
}

export async function setStage(options: { layout: Layout; redis: boolean; log: Log }): Promise<Stage> {
  const { layout, log } = options;
  const folder = mkdtempSync(join(tmpdir(), 'yinling-chaos-'));
  const pidFolder = join(folder, 'pids');
  mkdirSync(pidFolder);
  // Should this run itself be killed, nothing of it stays behind.
  const heir = spawn('sh', ['-c', CLEAN_UP, 'heir', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  heir.unref();
  const cleaned = once(heir, 'exit');
  const database = await startChaosDatabase(folder, log);
  await migrate({ url: database.url, clock: systemClock, log });
  const redis = options.redis ? await startChaosRedis(folder, pidFolder, await freePort()) : undefined;

  const [mqtt, http, ingestHttp] = [await freePort(), await freePort(), await freePort()];
  const local = (port: number) => () => ({ host: '127.0.0.1', port });
  const links: Links = {
    devices: new Link(local(mqtt)),
    people: new Link(local(http)),
    databaseOfIngest: new Link(local(database.port)),
    databaseOfDispatcher: new Link(local(database.port)),
    redis: redis && new Link(local(redis.port)),
  };
  const mqttPort = await links.devices.listen();
  const peoplePort = await links.people.listen();
  const by = (port: number): string => {
    const url = new URL(database.url);
    url.port = String(port);
    return url.href;
  };
  const ingestUrl = by(await links.databaseOfIngest.listen());
  const dispatcherUrl = by(await links.databaseOfDispatcher.listen());
  const redisPort = await links.redis?.listen();
  const shared = {
    DATA_DIR: join(folder, 'data'),
    ADMIN_PASSWORD,
    ...(redisPort !== undefined && { REDIS_URL: `redis://127.0.0.1:${redisPort}` }),
  };
  const clockOf = (whose: 'ingest' | 'dispatcher') => join(folder, `clock-of-${whose}`);
  const setWallClock: Stage['setWallClock'] = (whose, offMs) => writeFileSync(clockOf(whose), String(offMs));
  const seeing = (whose: 'ingest' | 'dispatcher') => {
    setWallClock(whose, 0);
    return { CHAOS_CLOCK: clockOf(whose), NODE_OPTIONS: `--import ${WALL_CLOCK}` };
  };
  const httpUrl = `http://127.0.0.1:${http}`;
  const ingestHttpUrl = `http://127.0.0.1:${ingestHttp}`;
  const ingest =
    layout === 'one'
      ? new Supervised(
          'service',
          {
            ...shared,
            ...seeing('ingest'),
            DATABASE_URL: ingestUrl,
            MQTT_PORT: String(mqtt),
            HTTP_PORT: String(http),
          },
          httpUrl,
          pidFolder,
        )
      : new Supervised(
          'broker,ingest',
          {
            ...shared,
            ...seeing('ingest'),
            ROLES: 'broker,ingest',
            DATABASE_URL: ingestUrl,
            MQTT_PORT: String(mqtt),
            HTTP_PORT: String(ingestHttp),
          },
          ingestHttpUrl,
          pidFolder,
        );
  const dispatcher =
    layout === 'one'
      ? ingest
      : new Supervised(
          'dispatcher',
          {
            ...shared,
            ...seeing('dispatcher'),
            ROLES: 'dispatcher',
            DATABASE_URL: dispatcherUrl,
            HTTP_PORT: String(http),
          },
          httpUrl,
          pidFolder,
        );
  const processes = new Set([dispatcher, ingest]);
  for (const one of processes) one.start();
  try {
    await until('the service to be ready', () => [...processes].every((one) => one.isReady), 150_000);
  } catch (error) {
    throw new Error(`${String(error)}\n${[...processes].map((one) => one.output).join('\n')}`, {
      cause: error,
    });
  }
  return {
    layout,
    database,
    redis,
    links,
    ingest,
    dispatcher,
    setWallClock,
    mqttPort,
    peopleUrl: `http://127.0.0.1:${peoplePort}`,
    metricsUrls: layout === 'one' ? [httpUrl] : [ingestHttpUrl, httpUrl],
    async close() {
      await Promise.all([...processes].map((one) => one.stop()));
      for (const link of Object.values(links) as (Link | undefined)[]) await link?.close();
      await redis?.kill9();
      await database.close();
      heir.ref();
      heir.stdin.end();
      await cleaned;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const WALL_CLOCK = pathToFileURL(resolve(import.meta.dirname, 'wall-clock.ts')).href;

/** Waits until whoever holds the other end of its input is gone or done. */
const CLEAN_UP = `read -r _
for file in "$1"/pids/*; do [ -e "$file" ] && kill -9 "\${file##*/}"; done
pid=$(head -n 1 "$1/database/postgres/postmaster.pid" 2>/dev/null) && kill -CONT "$pid" && kill -QUIT "$pid" && sleep 1
umount -l "$1/database"
rm -rf "$1"`;
