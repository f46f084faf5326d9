import { inParallel } from '../devices-sim/api/pool.ts';
import { LoadClient } from '../devices-sim/load/load-client.ts';
import { runLoadProcesses } from '../devices-sim/load/processes.ts';
import type { LoadHome } from '../devices-sim/load/traffic.ts';
import { preciseClock } from '../devices-sim/precise-clock.ts';
import { sleep } from '../devices-sim/sleep.ts';
import { count } from './burst.ts';
import { freePort, startProduct } from './child.ts';
import { startDatabase } from './database.ts';
import { machine, type Report, round } from './machine.ts';
import { seedHomes } from './seed-homes.ts';
import { daysReadings } from './seed-readings.ts';

export interface RestartSettings {
  homes: number;
  /** Of each home, lying in the store before. */
  readingsPerHome: number;
  ratePerS: number;
  /** Under load so long before the kill; with the time after it all the load's duration. */
  beforeMs: number;
}

export const RESTART_DEFAULTS: RestartSettings = {
  homes: 2_000,
  readingsPerHome: 720,
  ratePerS: 5_000,
  beforeMs: 6_000,
};

const PASSWORD = 'a-password-for-benchmarks';
const AFTER_MS = 15_000;
const AGAIN_AFTER_MS = 20;
const ASKING_AT_ONCE = 100;

/**
 * kill -9 of the service under load, and its start again on the same database: until the first acknowledgement, and until every home's
 * state is back, which shows in that a message of each home has been folded, committed and acknowledged.
 */
export async function restart(settings: RestartSettings, say: (line: string) => void): Promise<Report> {
  const machineBefore = machine();
  const database = await startDatabase();
  const options = {
    dataDir: database.dataDir,
    adminPassword: PASSWORD,
    databaseUrl: database.url,
    mqttPort: await freePort(),
  };
  let product = await startProduct(options);
  try {
    const homes = await seedHomes(database.url, settings.homes);
    const lying = await daysReadings(database.url, settings.readingsPerHome);
    say(`${lying} readings lie in the store`);
    const runId = `r${Math.round(preciseClock.now()).toString(36)}`;
    const load = runLoadProcesses(
      {
        host: '127.0.0.1',
        port: options.mqttPort,
        homes,
        ratePerS: settings.ratePerS,
        pressesPerS: 10,
        window: 50,
        warmUpMs: 0,
        durationMs: settings.beforeMs + AFTER_MS,
        seed: 'restart',
        runId,
      },
      1,
      ({ acknowledged, waiting }) => say(`acknowledged ${acknowledged}, waiting ${waiting}`),
    );
    // The load connects first; then it has the service fold for a while.
    await sleep(preciseClock, settings.beforeMs + homes.length / 2);
    await product.kill9();
    const killedAt = preciseClock.now();
    const starting = startProduct(options);
    const answered = await probe(options.mqttPort, homes, killedAt);
    product = await starting;
    const readyMs = product.readyAfterMs;
    const result = await load;
    const stored = await count(database.url, runId, result);
    const firstMs = Math.min(...answered);
    const allMs = Math.max(...answered);
    return {
      name: 'restart',
      machine: machineBefore,
      at: new Date().toISOString(),
      settings: { ...settings },
      product: {
        'kill → first acknowledgement, ms': round(firstMs, 0),
        'kill → every home has answered, ms': round(allMs, 0),
        'spawn → /readyz, ms': round(readyMs, 0),
        homesAnswered: answered.length,
        readingsLying: lying,
        sent: result.sent,
        acknowledged: result.acknowledged,
        unacknowledged: result.unacknowledged.length,
        ...stored,
      },
      floor: { none: 'see `start` for what an idle start takes' },
      ratio: {},
      aims: [
        {
          what: 'first acknowledgement, s',
          aim: '≤ 3',
          measured: round(firstMs / 1000, 2),
          met: firstMs <= 3_000,
        },
        { what: 'all state back, s', aim: '≤ 10', measured: round(allMs / 1000, 2), met: allMs <= 10_000 },
        {
          what: 'acknowledged and not stored',
          aim: '0',
          measured: stored.lost,
          met: stored.lost === 0,
        },
        { what: 'doubled', aim: '0', measured: stored.doubled, met: stored.doubled === 0 },
      ],
    };
  } finally {
    await product.stop();
    await database.stop();
  }
}

/**
 * Of each home, how long after the kill its button's message was acknowledged. Tries until it is let in: one alone, for a
 * hundred that knock fifty times a second each would take a core away from the service that starts, beside the load's own.
 */
async function probe(port: number, homes: readonly LoadHome[], killedAt: number): Promise<number[]> {
  const answered: number[] = [];
  const until = async (home: LoadHome): Promise<void> => {
    for (;;) {
      try {
        answered.push((await ask(port, home)) - killedAt);
        return;
      } catch {
        await sleep(preciseClock, AGAIN_AFTER_MS);
      }
    }
  };
  await inParallel(homes.slice(0, 1), 1, until);
  await inParallel(homes.slice(1), ASKING_AT_ONCE, until);
  return answered;
}

async function ask(port: number, home: LoadHome): Promise<number> {
  const button = home.devices[0]?.deviceId ?? '';
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  promise.catch(() => undefined); // where nobody was let in, nobody waits for it
  const client = await LoadClient.open(
    { host: '127.0.0.1', port },
    { clientId: button, username: button, password: home.password },
    { acknowledged: () => resolve(preciseClock.now()), closed: (why) => reject(new Error(why)) },
  );
  const now = preciseClock.now();
  const message = { messageId: 'probe', dueAt: now, press: false };
  client.publish(`care/v1/${home.homeId}/${button}/status`, '{"online":true}', message, now);
  try {
    return await promise;
  } finally {
    client.end();
  }
}
