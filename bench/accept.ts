import pg from 'pg';
import { runLoadProcesses } from '../devices-sim/load/processes.ts';
import type { LoadResult } from '../devices-sim/load/run-load.ts';
import { plainHomes } from '../devices-sim/load/seed-load.ts';
import type { LoadHome } from '../devices-sim/load/traffic.ts';
import { Histogram } from '../devices-sim/measure/histogram.ts';
import { preciseClock } from '../devices-sim/precise-clock.ts';
import { startBareAedes } from './bare-aedes.ts';
import { cpuMsOf, startProduct } from './child.ts';
import { copyAlone } from './copy-alone.ts';
import { startDatabase } from './database.ts';
import { machine, type Report, round } from './machine.ts';
import { seedHomes } from './seed-homes.ts';

export interface AcceptSettings {
  clients: number;
  /** Most unacknowledged messages a client. */
  window: number;
  durationMs: number;
  floorMs: number;
  processes: number;
  ratePerS: number | 'max';
}

export const ACCEPT_DEFAULTS: AcceptSettings = {
  clients: 200,
  window: 50,
  durationMs: 20_000,
  floorMs: 6_000,
  processes: 1,
  ratePerS: 'max',
};

const PASSWORD = 'a-password-for-benchmarks';
const WARM_UP_MS = 3_000;

/**
 * QoS-1 messages acknowledged a second with everything on (authenticated, decoded, deduplicated, detected, committed), the generator on the
 * same machine; beside bare aedes acknowledging and dropping, and PostgreSQL taking rows by COPY with nothing before it.
 */
export async function accept(settings: AcceptSettings, say: (line: string) => void): Promise<Report> {
  const machineBefore = machine();
  const database = await startDatabase();
  try {
    const bare = await startBareAedes();
    const bareResult = await generate(
      bare.port,
      plainHomes(settings.clients, 2),
      { ...settings, ratePerS: 'max' },
      settings.floorMs,
    );
    await bare.stop();
    const barePerS = bareResult.measuredAcks / bareResult.measuredS;
    say(`bare aedes ${Math.round(barePerS)}/s`);
    const copyPerS = await copyAlone(database.url, settings.floorMs);
    say(`COPY alone ${Math.round(copyPerS)} rows/s`);

    const product = await startProduct({
      dataDir: database.dataDir,
      adminPassword: PASSWORD,
      databaseUrl: database.url,
    });
    try {
      const homes = await seedHomes(database.url, settings.clients);
      const rssIdle = product.rssBytes();
      const cpuIdleMs = cpuMsOf(product.pid) ?? NaN;
      const result = await generate(product.mqttPort, homes, settings, settings.durationMs);
      const cpuMs = (cpuMsOf(product.pid) ?? NaN) - cpuIdleMs;
      const stored = await storedReadings(database.url);
      const perS = result.measuredAcks / result.measuredS;
      const floorPerS = Math.min(barePerS, copyPerS);
      const ackMs = new Histogram();
      ackMs.add(result.ackMs);
      // What was sent and not acknowledged may be stored or not; what was acknowledged must be.
      const lost = Math.max(0, result.acknowledged - stored);
      const surplus = Math.max(0, stored - result.sent);
      return {
        name: 'accept',
        machine: machineBefore,
        at: new Date().toISOString(),
        settings: { ...settings },
        product: {
          acknowledgedPerS: Math.round(perS),
          /** Of the service's process, all threads: steadier than the rate where others use the machine. */
          cpuUsPerMessage: round((cpuMs * 1000) / result.acknowledged, 1),
          ackMs: ackMs.summary(),
          sent: result.sent,
          acknowledged: result.acknowledged,
          stored,
          lost,
          surplus,
          connectsPerS: Math.round(result.clients / (result.connectedInMs / 1000)),
          rssIdleMb: mb(rssIdle),
          rssLoadedMb: mb(product.rssBytes()),
        },
        floor: { bareAedesPerS: Math.round(barePerS), copyAlonePerS: Math.round(copyPerS) },
        ratio: {
          ofBareAedes: round(perS / barePerS, 2),
          ofCopyAlone: round(perS / copyPerS, 2),
          ofLowerFloor: round(perS / floorPerS, 2),
        },
        aims: [
          { what: 'acknowledged', aim: '≥ 10000/s', measured: Math.round(perS), met: perS >= 10_000 },
          { what: 'acknowledged, later', aim: '≥ 20000/s', measured: Math.round(perS), met: perS >= 20_000 },
          {
            what: 'of the lower floor',
            aim: '≥ 0.4',
            measured: round(perS / floorPerS, 2),
            met: perS >= 0.4 * floorPerS,
          },
          { what: 'acknowledged and not stored', aim: '0', measured: lost, met: lost === 0 },
        ],
      };
    } finally {
      await product.stop();
    }
  } finally {
    await database.stop();
  }
}

const generate = (
  port: number,
  homes: readonly LoadHome[],
  settings: AcceptSettings,
  durationMs: number,
): Promise<LoadResult> =>
  runLoadProcesses(
    {
      host: '127.0.0.1',
      port,
      homes,
      ratePerS: settings.ratePerS,
      pressesPerS: 0,
      window: settings.window,
      warmUpMs: WARM_UP_MS,
      durationMs,
      seed: 'accept',
      runId: `a${Math.round(preciseClock.now()).toString(36)}`,
    },
    settings.processes,
    () => {},
  );

async function storedReadings(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ count: string }>('select count(*) from readings');
  await client.end();
  return Number(rows[0]?.count ?? 0);
}

const mb = (bytes: number | undefined): number | null =>
  bytes === undefined ? null : Math.round(bytes / 2 ** 20);
