import pg from 'pg';
import { ApiClient } from '../devices-sim/api/api-client.ts';
import { watchStream } from '../devices-sim/api/stream-client.ts';
import { reportLoad } from '../devices-sim/load/load-report.ts';
import { PressWatch } from '../devices-sim/load/press-watch.ts';
import { runLoadProcesses } from '../devices-sim/load/processes.ts';
import type { LoadResult, LoadSpec } from '../devices-sim/load/run-load.ts';
import { preciseClock } from '../devices-sim/precise-clock.ts';
import { waitUntil } from '../devices-sim/sleep.ts';
import { startProduct } from './child.ts';
import { startDatabase } from './database.ts';
import { machine, type Report } from './machine.ts';
import { seedHomes } from './seed-homes.ts';

export interface BurstSettings {
  pressesPerS: number;
  backgroundPerS: number;
  durationMs: number;
  homes: number;
  processes: number;
}

export const BURST_DEFAULTS: BurstSettings = {
  pressesPerS: 1_000,
  backgroundPerS: 10_000,
  durationMs: 10_000,
  homes: 2_000,
  processes: 1,
};

const PASSWORD = 'a-password-for-benchmarks';
const WARM_UP_MS = 3_000;
const SEEN_WITHIN_MS = 30_000;

/** A thousand calls for help a second, ten seconds long, over a district's telemetry: all on the operator's stream, each once. */
export async function burst(settings: BurstSettings, say: (line: string) => void): Promise<Report> {
  const machineBefore = machine();
  const database = await startDatabase();
  const product = await startProduct({
    dataDir: database.dataDir,
    adminPassword: PASSWORD,
    databaseUrl: database.url,
  });
  try {
    const api = await ApiClient.logIn(product.apiUrl, 'admin', PASSWORD);
    const spec: LoadSpec = {
      host: '127.0.0.1',
      port: product.mqttPort,
      homes: await seedHomes(database.url, settings.homes),
      ratePerS: settings.backgroundPerS,
      pressesPerS: settings.pressesPerS,
      window: 100,
      warmUpMs: WARM_UP_MS,
      durationMs: settings.durationMs,
      seed: 'burst',
      runId: `b${Math.round(preciseClock.now()).toString(36)}`,
    };
    const watch = new PressWatch(spec.runId);
    const stream = watchStream(api, preciseClock, (event, seenAt) => watch.take(event, seenAt));
    await stream.ready;
    const result = await runLoadProcesses(spec, settings.processes, ({ acknowledged, waiting }) =>
      say(`acknowledged ${acknowledged}, waiting ${waiting}, presses seen ${watch.seen.size}`),
    );
    await waitUntil(preciseClock, () => watch.seen.size >= result.presses.length, SEEN_WITHIN_MS);
    stream.stop();
    const stored = await count(database.url, spec.runId, result);
    const seen = { seenAt: watch.seen, hops: watch.hops(), stored: undefined };
    const report = reportLoad(spec, result, seen);
    const unseen = report.presses - (report.pressesSeen ?? 0);
    const p99 = report.sosMs?.p99Ms ?? Infinity;
    const doubled = stored.doubled + watch.doubled;
    return {
      name: 'burst',
      machine: machineBefore,
      at: new Date().toISOString(),
      settings: { ...settings },
      product: {
        'press→stream': report.sosMs,
        'press→PUBACK': report.pressAckMs,
        'telemetry→PUBACK': report.ackMs,
        ...report.hopsMs,
        presses: report.presses,
        unseen,
        acknowledgedPerS: report.acknowledgedPerS,
        unacknowledged: report.unacknowledged,
        'written late by the generator': report.heldMs,
        ...stored,
        doubled,
      },
      floor: { none: 'no peer has this to show' },
      ratio: {},
      aims: [
        { what: 'press→stream p99, ms', aim: '≤ 1000', measured: p99, met: p99 <= 1_000 },
        { what: 'presses unseen', aim: '0', measured: unseen, met: unseen === 0 },
        { what: 'acknowledged and not stored', aim: '0', measured: stored.lost, met: stored.lost === 0 },
        { what: 'doubled', aim: '0', measured: doubled, met: doubled === 0 },
      ],
    };
  } finally {
    await product.stop();
    await database.stop();
  }
}

/** Of the run's messages, by the database itself. Those sent and not acknowledged may be there or not. */
export async function count(
  url: string,
  runId: string,
  result: LoadResult,
): Promise<{ lost: number; doubled: number }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ rows: number; ids: number; unsettled: number }>(
      `select count(*)::int as rows, count(distinct message_id)::int as ids,
              count(distinct message_id) filter (where message_id = any($1))::int as unsettled
       from readings where starts_with(message_id, $2)`,
      [result.unacknowledged, `${runId}-`],
    );
    const { rows: all = 0, ids = 0, unsettled = 0 } = rows[0] ?? {};
    return { lost: Math.max(0, result.acknowledged - (ids - unsettled)), doubled: all - ids };
  } finally {
    await client.end();
  }
}
