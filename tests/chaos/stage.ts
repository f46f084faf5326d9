import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { migrate } from '../../platform/migrate.ts';
import type { Role } from '../../platform/roles.ts';
import { freePort } from '../support/free-port.ts';
import { ADMIN_PASSWORD } from '../support/service-process.ts';
import { until } from '../support/until.ts';
import { type ChaosDatabase, startChaosDatabase } from './database.ts';
import { type Layout, nameOf, needsRedis, rowsOf } from './layouts.ts';
import { Link } from './link.ts';
import { type ChaosRedis, startChaosRedis } from './redis.ts';
import { type Running, runProcess } from './running.ts';

/** Everything that runs: database, Redis, the service's processes, and a link before each. */
export interface Stage {
  readonly layout: Layout;
  readonly database: ChaosDatabase;
  readonly redis: ChaosRedis | undefined;
  /** To the brokers and to the processes with consoles, each time to the next of them that is up. */
  readonly links: { readonly devices: Link; readonly people: Link };
  /** In the order in which they are stopped. */
  readonly processes: readonly [Running, ...Running[]];
  withRole(role: Role): readonly [Running, ...Running[]];
  readonly isReady: boolean;
  /** The last lines of all. */
  readonly output: string;
  readonly mqttPort: number;
  readonly peopleUrl: string;
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
  const count = rowsOf(layout).reduce((sum, row) => sum + row.count, 0);
  const database = await startChaosDatabase(folder, log, count);
  await migrate({ url: database.url, clock: systemClock, log });
  const redis = options.redis ? await startChaosRedis(folder, pidFolder, await freePort()) : undefined;
  if (redis === undefined && needsRedis(layout))
    throw new Error(`layout ${layout} needs a Redis, and there is none on this machine`);

  const shared = { DATA_DIR: join(folder, 'data'), ADMIN_PASSWORD };
  const made: Running[] = [];
  for (const row of rowsOf(layout))
    for (let nth = 0; nth < row.count; nth += 1)
      made.push(
        await runProcess({
          name: nameOf(row, nth),
          roles: row.roles,
          env: shared,
          database,
          redis,
          folder,
          pidFolder,
        }),
      );
  const processes = oneOrMore(made);
  const withRole = (role: Role) => oneOrMore(processes.filter(({ roles }) => roles.includes(role)));
  const links = {
    devices: new Link(nextOf(withRole('broker'), ({ mqttPort }) => mqttPort)),
    people: new Link(nextOf(withRole('dispatcher'), ({ httpPort }) => httpPort)),
  };
  const stage: Stage = {
    layout,
    database,
    redis,
    links,
    processes,
    withRole,
    get isReady() {
      return processes.every(({ service }) => service.isReady);
    },
    get output() {
      return processes.map(({ service }) => `${service.name}:\n${service.output}`).join('\n');
    },
    mqttPort: await links.devices.listen(),
    peopleUrl: `http://127.0.0.1:${await links.people.listen()}`,
    async close() {
      await Promise.all(processes.map((one) => one.close()));
      await links.devices.close();
      await links.people.close();
      await redis?.kill9();
      await database.close();
      heir.ref();
      heir.stdin.end();
      await cleaned;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await until('the service to be ready', () => stage.isReady, 150_000);
  } catch (error) {
    throw new Error(`${String(error)}\n${stage.output}`, { cause: error });
  }
  return stage;
}

function oneOrMore(processes: readonly Running[]): readonly [Running, ...Running[]] {
  const [first, ...others] = processes;
  if (first === undefined) throw new Error('a layout has every role');
  return [first, ...others];
}

/** As a balancer does it: in turn, those that are up first. */
function nextOf(of: readonly [Running, ...Running[]], portOf: (one: Running) => number) {
  let turn = 0;
  return () => {
    const up = of.filter(({ service }) => service.isReady);
    const among = up.length > 0 ? up : of;
    return { host: '127.0.0.1', port: portOf(among[(turn += 1) % among.length] ?? of[0]) };
  };
}

/** Waits until whoever holds the other end of its input is gone or done. */
const CLEAN_UP = `read -r _
for file in "$1"/pids/*; do [ -e "$file" ] && kill -9 "\${file##*/}"; done
pid=$(head -n 1 "$1/database/postgres/postmaster.pid" 2>/dev/null) && kill -CONT "$pid" && kill -QUIT "$pid" && sleep 1
umount -l "$1/database"
rm -rf "$1"`;
