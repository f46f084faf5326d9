import pg from 'pg';
import { ApiClient } from '../devices-sim/api/api-client.ts';
import { watchStream } from '../devices-sim/api/stream-client.ts';
import { LoadClient } from '../devices-sim/load/load-client.ts';
import type { LoadHome } from '../devices-sim/load/traffic.ts';
import { Histogram } from '../devices-sim/measure/histogram.ts';
import { preciseClock } from '../devices-sim/precise-clock.ts';
import { randomOf } from '../devices-sim/random.ts';
import { sleep, waitUntil } from '../devices-sim/sleep.ts';
import { startProduct } from './child.ts';
import { startDatabase } from './database.ts';
import { machine, type Report, round } from './machine.ts';
import { seedHomes } from './seed-homes.ts';
import { keepBusy } from './sos.ts';

export interface LagSettings {
  /** Of each class. */
  samples: number;
  /** Messages a second in the background. */
  backgroundPerS: number;
  gapMs: number;
}
export const LAG_DEFAULTS: LagSettings = { samples: 20, backgroundPerS: 5_000, gapMs: 100 };

const PASSWORD = 'a-password-for-benchmarks';
const MOST_FROM_A_HOME_PER_S = 20;
const SETTLE_MS = 2_000;
const SEEN_WITHIN_MS = 30_000;
const FENCE = { lat: 22.5571, lon: 114.0592, radiusM: 300, bufferM: 50 };
const OUTSIDE = { lat: 22.6, lon: 114.0592, accuracyM: 10 };

/** What decides, by class of budgets.md; the last message of each is the deciding one. */
const CLASSES: readonly {
  name: string;
  budgetMs: number;
  device: string;
  channel: string;
  messages: readonly Record<string, unknown>[];
}[] = [
  { name: 'A1 press', budgetMs: 250, device: 'sos', channel: 'sos', messages: [{ action: 'press' }] },
  {
    name: 'A1 confirmed fall',
    budgetMs: 250,
    device: 'health',
    channel: 'fall',
    messages: [{ source: 'wearable', state: 'confirmed' }],
  },
  {
    name: 'A2 suspected fall',
    budgetMs: 2_000,
    device: 'health',
    channel: 'fall',
    messages: [{ source: 'wearable', state: 'suspected', confidence: 0.7 }],
  },
  {
    name: 'B1 vitals critical',
    budgetMs: 3_000,
    device: 'health',
    channel: 'vitals',
    messages: [{ systolicMmHg: 195, diastolicMmHg: 100 }],
  },
  {
    name: 'B2 vitals urgent',
    budgetMs: 10_000,
    device: 'health',
    channel: 'vitals',
    messages: [{ heartRateBpm: 135, quality: 0.9 }],
  },
  {
    name: 'B3 vitals low',
    budgetMs: 60_000,
    device: 'health',
    channel: 'vitals',
    messages: [{ heartRateBpm: 95, quality: 0.9 }],
  },
  {
    name: 'C1 wandering',
    budgetMs: 10_000,
    device: 'health',
    channel: 'location',
    messages: [OUTSIDE, OUTSIDE],
  },
  {
    name: 'D4 low battery',
    budgetMs: 300_000,
    device: 'pir-bath',
    channel: 'status',
    messages: [{ online: true, battery: 5 }],
  },
];

/**
 * From the moment a device begins to send what decides until the operator's event stream has brought the alert that cites
 * it, class by class, while other homes keep the service busy. Every sample is of a home of its own.
 */
export async function lag(settings: LagSettings, say: (line: string) => void): Promise<Report> {
  const before = machine();
  const database = await startDatabase();
  const product = await startProduct({
    dataDir: database.dataDir,
    adminPassword: PASSWORD,
    databaseUrl: database.url,
  });
  try {
    const api = await ApiClient.logIn(product.apiUrl, 'admin', PASSWORD);
    const wanted = CLASSES.length * settings.samples;
    const busy = Math.max(1, Math.ceil(settings.backgroundPerS / MOST_FROM_A_HOME_PER_S));
    const homes = await seedHomes(database.url, wanted + busy);
    await fenced(database.url, homes.slice(0, wanted));
    const durationMs = SETTLE_MS + wanted * settings.gapMs * 1.5 + 5_000;
    say(`${String(wanted)} samples over ${String(settings.backgroundPerS)} messages/s`);
    const background = keepBusy(product.mqttPort, homes.slice(wanted), settings.backgroundPerS, durationMs);
    const { seen, unseen } = await measured(api, product.mqttPort, homes.slice(0, wanted), settings);
    await background;
    return {
      name: 'lag',
      machine: before,
      at: new Date().toISOString(),
      settings: { ...settings },
      product: Object.fromEntries([
        ...CLASSES.map(({ name }, i) => [name, seen[i]?.summary()]),
        ['unseen', unseen],
      ]) as Report['product'],
      floor: {},
      ratio: {},
      aims: [
        ...CLASSES.map(({ name, budgetMs }, i) => {
          const p99 = seen[i]?.quantileMs(0.99) ?? 0;
          return {
            what: `${name} p99, ms`,
            aim: `≤ ${budgetMs}`,
            measured: round(p99),
            met: p99 <= budgetMs,
          };
        }),
        { what: 'unseen', aim: '0', measured: unseen, met: unseen === 0 },
      ],
    };
  } finally {
    await product.stop();
    await database.stop();
  }
}

/** A fence for every home that is looked at: a setting of the home. */
async function fenced(databaseUrl: string, homes: readonly LoadHome[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('update homes set settings = $2 where id = any($1)', [
      homes.map(({ homeId }) => homeId),
      JSON.stringify({ fence: FENCE }),
    ]);
  } finally {
    await client.end();
  }
}

async function measured(
  api: ApiClient,
  port: number,
  homes: readonly LoadHome[],
  { gapMs }: LagSettings,
): Promise<{ seen: Histogram[]; unseen: number }> {
  const random = randomOf('lag');
  const runId = `lag${Math.round(preciseClock.now()).toString(36)}`;
  const seen = CLASSES.map(() => new Histogram());
  const waiting = new Map<string, { of: number; sentAt: number }>();
  const stream = watchStream(api, preciseClock, (event, seenAt) => {
    if (event.event !== 'alert') return;
    for (const [, messageId = ''] of event.data.matchAll(/"messageId":\s*"([^"]*)"/g)) {
      const sample = waiting.get(messageId);
      if (sample === undefined) continue;
      waiting.delete(messageId);
      seen[sample.of]?.record(seenAt - sample.sentAt);
    }
  });
  await stream.ready;
  await sleep(preciseClock, SETTLE_MS);
  for (const [n, home] of homes.entries()) {
    const of = n % CLASSES.length;
    const { device, channel, messages } = CLASSES[of] as (typeof CLASSES)[number];
    const client = await LoadClient.open(
      { host: '127.0.0.1', port },
      { clientId: home.clientId, username: home.username, password: home.password },
      { acknowledged: () => undefined, closed: () => undefined },
    );
    const topic = `care/v1/${home.homeId}/${home.homeId}-${device}/${channel}`;
    for (const [i, message] of messages.entries()) {
      const id = `${runId}-${String(n)}-${String(i)}`;
      await sleep(preciseClock, random.exponential(gapMs));
      const now = preciseClock.now();
      if (i === messages.length - 1) waiting.set(id, { of, sentAt: now });
      const payload = JSON.stringify({ id, ts: Math.round(now), ...message });
      client.publish(topic, payload, { messageId: id, dueAt: now, press: channel === 'sos' }, now);
    }
    void sleep(preciseClock, SEEN_WITHIN_MS).then(() => client.end());
  }
  await waitUntil(preciseClock, () => waiting.size === 0, SEEN_WITHIN_MS);
  stream.stop();
  return { seen, unseen: waiting.size };
}
