import pg from 'pg';
import { ApiClient } from '../devices-sim/api/api-client.ts';
import { watchStream } from '../devices-sim/api/stream-client.ts';
import { LoadClient } from '../devices-sim/load/load-client.ts';
import { runLoadProcesses } from '../devices-sim/load/processes.ts';
import { plainHomes } from '../devices-sim/load/seed-load.ts';
import { type LoadHome, pressOf } from '../devices-sim/load/traffic.ts';
import { Histogram } from '../devices-sim/measure/histogram.ts';
import { preciseClock } from '../devices-sim/precise-clock.ts';
import { randomOf } from '../devices-sim/random.ts';
import { sleep, waitUntil } from '../devices-sim/sleep.ts';
import { startBareAedes } from './bare-aedes.ts';
import { startProduct } from './child.ts';
import { startDatabase } from './database.ts';
import { echoClient } from './echo-client.ts';
import { machine, type Report, round } from './machine.ts';
import { seedHomes } from './seed-homes.ts';

export interface SosSettings {
  presses: number;
  /** Messages a second in the background. */
  backgroundPerS: number;
  rounds: number;
  /** Mean time between presses. */
  gapMs: number;
}

/**
 * Four presses a second: five hundred times what a city platform with 400,000 seniors sees (650 a day), yet few enough that one
 * press is measured and not the offers and escalations of the fifty before it.
 */
export const SOS_DEFAULTS: SosSettings = { presses: 600, backgroundPerS: 50, rounds: 4, gapMs: 250 };

const PASSWORD = 'a-password-for-benchmarks';
const HOMES = 100;
const BACKGROUND_HOMES = 20;
/** More homes than that carry a heavy background: none of them says more than 20 things a second. */
const MOST_FROM_A_HOME_PER_S = 20;
/** Each button once. */
const WARM_UP_PRESSES = HOMES;
const SEEN_WITHIN_MS = 10_000;
/** Connections that have just been made, and the background's process that has just started, are no part of either side. */
const SETTLE_MS = 2_000;

/**
 * From the moment a call button begins to send until the operator's event stream has brought the alert that cites the press; beside
 * publish → subscriber through bare aedes plus a one-row commit on the same PostgreSQL. Rounds of both take turns.
 */
export async function sos(settings: SosSettings, say: (line: string) => void): Promise<Report> {
  const machineBefore = machine();
  const database = await startDatabase();
  const bare = await startBareAedes();
  const product = await startProduct({
    dataDir: database.dataDir,
    adminPassword: PASSWORD,
    databaseUrl: database.url,
  });
  try {
    const api = await ApiClient.logIn(product.apiUrl, 'admin', PASSWORD);
    const busyHomes = Math.max(BACKGROUND_HOMES, Math.ceil(settings.backgroundPerS / MOST_FROM_A_HOME_PER_S));
    const homes = await seedHomes(database.url, HOMES + busyHomes);
    const measured = new Histogram();
    const acknowledged = new Histogram();
    const roundTrip = new Histogram();
    const commit = new Histogram();
    const floor = new Histogram();
    let unseen = 0;
    const perRound = Math.ceil(settings.presses / settings.rounds);
    const watched = await watchButtons(api, product.mqttPort, homes.slice(0, HOMES));
    const background = (port: number, who: readonly LoadHome[], presses: number) =>
      keepBusy(port, who, settings.backgroundPerS, SETTLE_MS + presses * settings.gapMs + 2_000);
    // What is measured is a service that has been at work for a while, not its compiler
    const warm = background(product.mqttPort, homes.slice(HOMES), WARM_UP_PRESSES);
    await watched.press(WARM_UP_PRESSES, settings.gapMs);
    await warm;
    for (let i = 0; i < settings.rounds; i++) {
      const busy = background(product.mqttPort, homes.slice(HOMES), perRound);
      const result = await watched.press(perRound, settings.gapMs, measured, acknowledged);
      unseen += result.unseen;
      await busy;
      const busyFloor = background(bare.port, plainHomes(busyHomes, 2), perRound);
      await floorRound(bare.port, database.url, perRound, settings.gapMs, { roundTrip, commit, floor });
      await busyFloor;
      say(
        `round ${i + 1}: product p50 ${measured.quantileMs(0.5)} ms, floor p50 ${floor.quantileMs(0.5)} ms`,
      );
    }
    watched.end();
    const [p50, p99] = [measured.quantileMs(0.5), measured.quantileMs(0.99)];
    const [floor50, floor99] = [floor.quantileMs(0.5), floor.quantileMs(0.99)];
    return {
      name: 'sos',
      machine: machineBefore,
      at: new Date().toISOString(),
      settings: { ...settings },
      product: {
        'press→stream': measured.summary(),
        'press→PUBACK': acknowledged.summary(),
        presses: measured.count + unseen,
        unseen,
      },
      floor: {
        'publish→subscriber + commit': floor.summary(),
        'publish→subscriber': roundTrip.summary(),
        'one-row commit': commit.summary(),
      },
      ratio: { p50: round(p50 / floor50, 2), p99: round(p99 / floor99, 2) },
      aims: [
        ...aimsOf(settings, p99, floor99),
        { what: 'presses unseen', aim: '0', measured: unseen, met: unseen === 0 },
      ],
    };
  } finally {
    await product.stop();
    await bare.stop();
    await database.stop();
  }
}

/** Budgets of a press by how busy the rest is (budgets.md; issue 7). */
function aimsOf({ backgroundPerS }: SosSettings, p99: number, floor99: number): Report['aims'] {
  const idle = backgroundPerS <= 100;
  const overFloor = (most: number, when = '') => ({
    what: `p99 over floor${when}`,
    aim: `≤ ${most}`,
    measured: round(p99 / floor99, 2),
    met: p99 > 0 && p99 <= most * floor99,
  });
  const within = (mostMs: number) => ({
    what: `press→stream p99 at ${backgroundPerS}/s, ms`,
    aim: `≤ ${mostMs}`,
    measured: round(p99),
    met: p99 > 0 && p99 <= mostMs,
  });
  if (idle) return [within(15), overFloor(4), overFloor(2, ', later')];
  return [within(backgroundPerS <= 10_000 ? 50 : 250)];
}

/** The operator who watches and the buttons that are pressed; connected once, as they are in a district. */
interface Watched {
  /** As many presses as asked for, each by the next button. */
  press(
    count: number,
    gapMs: number,
    seen?: Histogram,
    acknowledged?: Histogram,
  ): Promise<{ unseen: number }>;
  end(): void;
}

async function watchButtons(api: ApiClient, port: number, homes: readonly LoadHome[]): Promise<Watched> {
  const runId = `sos${Math.round(preciseClock.now()).toString(36)}`;
  const random = randomOf('presses');
  const waiting = new Map<string, number>();
  let into = { seen: new Histogram(), acknowledged: new Histogram() };
  let pressed = 0;
  const stream = watchStream(api, preciseClock, (event, seenAt) => {
    if (event.event !== 'alert') return;
    for (const [, messageId = ''] of event.data.matchAll(/"messageId":\s*"([^"]*)"/g)) {
      const pressedAt = waiting.get(messageId);
      if (pressedAt === undefined) continue;
      waiting.delete(messageId);
      into.seen.record(seenAt - pressedAt);
    }
  });
  await stream.ready;
  const buttons = await Promise.all(
    homes.map(async (home) => ({
      press: pressOf(home),
      client: await LoadClient.open(
        { host: '127.0.0.1', port },
        { clientId: home.clientId, username: home.username, password: home.password },
        {
          acknowledged: (message) => into.acknowledged.record(preciseClock.now() - message.dueAt),
          closed: () => {},
        },
      ),
    })),
  );
  return {
    async press(count, gapMs, seen = new Histogram(), acknowledged = new Histogram()) {
      into = { seen, acknowledged };
      waiting.clear();
      await sleep(preciseClock, SETTLE_MS);
      for (let i = 0; i < count; i++) {
        await sleep(preciseClock, random.exponential(gapMs));
        const button = buttons[pressed % buttons.length];
        const messageId = `${runId}-${pressed++}`;
        if (button?.press === undefined) continue;
        const now = preciseClock.now();
        waiting.set(messageId, now);
        const payload = `{"id":"${messageId}","ts":${Math.round(now)}${button.press.tail}`;
        button.client.publish(button.press.topic, payload, { messageId, dueAt: now, press: true }, now);
      }
      await waitUntil(preciseClock, () => waiting.size === 0, SEEN_WITHIN_MS);
      return { unseen: waiting.size };
    },
    end() {
      stream.stop();
      for (const { client } of buttons) client.end();
    },
  };
}

async function floorRound(
  port: number,
  databaseUrl: string,
  count: number,
  gapMs: number,
  into: { roundTrip: Histogram; commit: Histogram; floor: Histogram },
): Promise<void> {
  const random = randomOf('floor');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('create table if not exists bench_floor (at timestamptz, body jsonb)');
  const echo = await echoClient(port);
  await sleep(preciseClock, SETTLE_MS);
  for (let i = 0; i < count; i++) {
    await sleep(preciseClock, random.exponential(gapMs));
    const tripMs = await echo.roundTripMs();
    const startedAt = performance.now();
    await client.query({
      name: 'floor',
      text: 'insert into bench_floor values (now(), $1)',
      values: ['{"action":"press"}'],
    });
    const commitMs = performance.now() - startedAt;
    into.roundTrip.record(tripMs);
    into.commit.record(commitMs);
    into.floor.record(tripMs + commitMs);
  }
  echo.end();
  await client.end();
}

/** Telemetry at a steady rate from a process of its own. */
export async function keepBusy(
  port: number,
  homes: readonly LoadHome[],
  ratePerS: number,
  durationMs: number,
): Promise<void> {
  if (ratePerS <= 0) return;
  await runLoadProcesses(
    {
      host: '127.0.0.1',
      port,
      homes,
      ratePerS,
      pressesPerS: 0,
      window: 1_000,
      warmUpMs: 0,
      durationMs,
      seed: 'background',
      runId: `bg${Math.round(preciseClock.now()).toString(36)}`,
    },
    1,
    () => {},
  );
}
