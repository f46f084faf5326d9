import { ApiClient } from '../devices-sim/api/api-client.ts';
import { watchStream } from '../devices-sim/api/stream-client.ts';
import { LoadClient } from '../devices-sim/load/load-client.ts';
import { reportLoad } from '../devices-sim/load/load-report.ts';
import { PressWatch } from '../devices-sim/load/press-watch.ts';
import { runLoadProcesses } from '../devices-sim/load/processes.ts';
import { type LoadSpec, runLoad } from '../devices-sim/load/run-load.ts';
import { type LoadHome, ordinaryOf } from '../devices-sim/load/traffic.ts';
import { preciseClock } from '../devices-sim/precise-clock.ts';
import { sleep, waitUntil } from '../devices-sim/sleep.ts';
import { count } from './burst.ts';
import { startProduct } from './child.ts';
import { startDatabase } from './database.ts';
import { machine, type Report, round } from './machine.ts';
import { seedHomes } from './seed-homes.ts';
import { countersOf, growthMb, watchMemory } from './service-watch.ts';

export interface OverloadSettings {
  /** Of what is measured to be its capacity. */
  times: number;
  durationMs: number;
  /** Measured for so long first, unless it is given. */
  capacityMs: number;
  capacityPerS: number | undefined;
  /** Homes that send telemetry, each a connection; and beside them homes whose buttons are pressed. */
  homes: number;
  callers: number;
  pressesPerS: number;
}

export const OVERLOAD_DEFAULTS: OverloadSettings = {
  times: 3,
  durationMs: 60_000,
  capacityMs: 8_000,
  capacityPerS: undefined,
  homes: 300,
  callers: 100,
  pressesPerS: 20,
};

const UNSEEN = { seenAt: undefined, stored: undefined };
const PASSWORD = 'a-password-for-benchmarks';
const WARM_UP_MS = 2_000;
const SEEN_WITHIN_MS = 30_000;
/** Devices that do not wait for acknowledgements: ten times what the broker takes of a connection. */
const PUSHING = 1_000;
/** Devices that wait, by which capacity is measured; as in `accept`. */
const PATIENT = 50;
const MOST_MEMORY_MB = 1_600;
/** Memory may go up and down by so much; what grows by more within the minute is not flat. */
const FLAT_WITHIN_MB = 150;
const AS_BEFORE_MS = 250;
const RECOVERED_WITHIN_MS = 60_000;

/** Several times what it can take: telemetry is slowed, memory stays flat, calls for help pass, and afterwards all is as before. */
export async function overload(settings: OverloadSettings, say: (line: string) => void): Promise<Report> {
  const machineBefore = machine();
  const database = await startDatabase();
  const product = await startProduct({
    dataDir: database.dataDir,
    adminPassword: PASSWORD,
    databaseUrl: database.url,
  });
  const memory = watchMemory(product);
  try {
    const api = await ApiClient.logIn(product.apiUrl, 'admin', PASSWORD);
    const [bystander, ...all] = await seedHomes(database.url, 1 + settings.homes + settings.callers);
    if (bystander === undefined) throw new Error('no homes');
    const run = Math.round(preciseClock.now()).toString(36);
    const telemetry = (name: string, ratePerS: LoadSpec['ratePerS'], durationMs: number): LoadSpec => ({
      host: '127.0.0.1',
      port: product.mqttPort,
      homes: all.slice(0, settings.homes),
      ratePerS,
      pressesPerS: 0,
      window: PUSHING,
      warmUpMs: WARM_UP_MS,
      durationMs,
      seed: name,
      runId: `${name}${run}`,
    });

    const measured = async (): Promise<number> => {
      const full = { ...telemetry('c', 'max', settings.capacityMs), window: PATIENT };
      return reportLoad(full, await runLoadProcesses(full, 1, () => {}), UNSEEN).acknowledgedPerS;
    };
    const capacityPerS = settings.capacityPerS ?? (await measured());
    if (capacityPerS < 1)
      throw new Error(
        'nothing was acknowledged while capacity was measured: is the machine busy? Give --capacity',
      );
    const restMb = memory.nowMb();
    say(`capacity ${Math.round(capacityPerS)}/s, ${restMb} MB; now ${settings.times} times that`);

    // Kept without bound, what cannot be sent would be five million objects of the generator's within a minute, and its
    // garbage collector would have the cores that the service is measured on.
    const flood: LoadSpec = {
      ...telemetry('o', Math.round(capacityPerS * settings.times), settings.durationMs),
      mostHeld: PUSHING,
    };
    const calls: LoadSpec = {
      ...flood,
      homes: all.slice(settings.homes),
      ratePerS: settings.callers,
      pressesPerS: settings.pressesPerS,
      window: 100,
      seed: 'p',
      runId: `p${run}`,
    };
    const watch = new PressWatch(calls.runId);
    const stream = watchStream(api, preciseClock, (event, seenAt) => watch.take(event, seenAt));
    await stream.ready;
    const floodFrom = performance.now();
    const [flooded, called] = await Promise.all([
      runLoadProcesses(flood, 1, ({ acknowledged, waiting }) =>
        say(
          `acknowledged ${acknowledged}, waiting ${waiting}, ${memory.nowMb()} MB, presses seen ${watch.seen.size}`,
        ),
      ),
      runLoad(calls, preciseClock),
    ]);
    const recoveredMs = await recovery(product.mqttPort, bystander, `r${run}`);
    await waitUntil(preciseClock, () => watch.seen.size >= called.presses.length, SEEN_WITHIN_MS);
    stream.stop();
    const limited = await countersOf(product, 'yinling_mqtt_limited_total', 'limit');
    const ended = await countersOf(product, 'yinling_mqtt_closes_total', 'reason');
    const letters = await countersOf(product, 'yinling_ingest_dead_letters_total', 'reason');
    const floodMemory = memory.between(floodFrom + WARM_UP_MS, floodFrom + WARM_UP_MS + settings.durationMs);
    const stored = [
      await count(database.url, flood.runId, flooded),
      await count(database.url, calls.runId, called),
    ];
    const lost = stored.reduce((sum, one) => sum + one.lost, 0);
    const doubled = stored.reduce((sum, one) => sum + one.doubled, 0) + watch.doubled;
    const telemetryReport = reportLoad(flood, flooded, UNSEEN);
    const report = reportLoad(calls, called, { seenAt: watch.seen, hops: watch.hops(), stored: undefined });
    const unseen = report.presses - (report.pressesSeen ?? 0);
    const p99 = report.sosMs?.p99Ms ?? Infinity;
    const closed = Object.values(flooded.closed).reduce((sum, n) => sum + n, 0);
    const mostMb = Math.max(...floodMemory.map(({ mb }) => mb));
    const growsMb = growthMb(floodMemory);
    return {
      name: 'overload',
      machine: machineBefore,
      at: new Date().toISOString(),
      settings: { ...settings, capacityPerS: Math.round(capacityPerS) },
      product: {
        'capacity, acknowledged/s': Math.round(capacityPerS),
        'offered/s': flood.ratePerS,
        'acknowledged/s': Math.round(telemetryReport.acknowledgedPerS),
        'telemetry→PUBACK': telemetryReport.ackMs,
        'press→stream': report.sosMs,
        ...report.hopsMs,
        'press→PUBACK': report.pressAckMs,
        // Where this is not small, the generator was late, not the service.
        'telemetry held by the generator before it was sent': telemetryReport.heldMs,
        'presses held by the generator': report.heldMs,
        presses: report.presses,
        unseen,
        lost,
        doubled,
        'telemetry never acknowledged, kept by its senders': telemetryReport.unacknowledged,
        'telemetry that devices had no room for': flooded.dropped,
        'held back, by limit': limited,
        'connections closed, by reason': ended,
        'connections lost by the senders': flooded.closed,
        'dead letters, by reason': letters,
        'memory before it, MB': restMb,
        'most memory under it, MB': mostMb,
        'growth from the first to the last third, MB': growsMb,
        'memory, MB at second': floodMemory.map(({ atS, mb }) => `${atS}: ${mb}`).join(', '),
        'as before again after, ms': recoveredMs ?? null,
      },
      floor: { none: 'its own capacity is what it is held against' },
      ratio: {
        'acknowledged under overload / capacity': round(telemetryReport.acknowledgedPerS / capacityPerS),
      },
      aims: [
        { what: 'press→stream p99, ms', aim: '≤ 250', measured: p99, met: p99 <= 250 },
        { what: 'presses unseen', aim: '0', measured: unseen, met: unseen === 0 },
        { what: 'acknowledged and not stored', aim: '0', measured: lost, met: lost === 0 },
        { what: 'doubled', aim: '0', measured: doubled, met: doubled === 0 },
        { what: 'connections ended', aim: '0', measured: closed, met: closed === 0 },
        {
          what: 'most memory, MB',
          aim: `≤ ${MOST_MEMORY_MB}`,
          measured: mostMb,
          met: mostMb <= MOST_MEMORY_MB,
        },
        {
          what: 'memory grows by, MB',
          aim: `≤ ${FLAT_WITHIN_MB}`,
          measured: growsMb,
          met: growsMb <= FLAT_WITHIN_MB,
        },
        {
          what: `telemetry acknowledged within ${AS_BEFORE_MS} ms again after, ms`,
          aim: `≤ ${RECOVERED_WITHIN_MS}`,
          measured: recoveredMs ?? Infinity,
          met: recoveredMs !== undefined,
        },
      ],
    };
  } finally {
    memory.stop();
    await product.stop();
    await database.stop();
  }
}

/**
 * How long until somebody who was not part of it is answered as if nothing had been: ten messages in a row, each
 * acknowledged within `AS_BEFORE_MS`. Undefined: not within a minute.
 */
async function recovery(port: number, home: LoadHome, runId: string): Promise<number | undefined> {
  const from = preciseClock.now();
  let acknowledged = (): void => undefined;
  const client = await LoadClient.open({ host: '127.0.0.1', port }, home, {
    acknowledged: () => acknowledged(),
    closed: () => undefined,
  });
  try {
    let inARow = 0;
    let firstQuickAt = from;
    for (let n = 0; preciseClock.now() - from < RECOVERED_WITHIN_MS; n += 1) {
      const sentAt = preciseClock.now();
      const { topic, tail } = ordinaryOf(home, n);
      const messageId = `${runId}-${n}`;
      const answer = new Promise<void>((resolve) => (acknowledged = resolve));
      client.publish(
        topic,
        `{"id":"${messageId}"${tail}`,
        { messageId, dueAt: sentAt, press: false },
        sentAt,
      );
      await Promise.race([answer, sleep(preciseClock, RECOVERED_WITHIN_MS)]);
      inARow = preciseClock.now() - sentAt <= AS_BEFORE_MS ? inARow + 1 : 0;
      if (inARow === 1) firstQuickAt = sentAt;
      if (inARow === 10) return Math.round(firstQuickAt - from);
    }
    return undefined;
  } finally {
    client.end();
  }
}
