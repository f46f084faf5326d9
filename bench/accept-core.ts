import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { createIngest } from '../ingest/ingest.ts';
import { createPool } from '../platform/database.ts';
import { keepYoung } from '../platform/garbage.ts';
import { systemClock } from '../platform/clock.ts';
import { idSource } from '../platform/ids.ts';
import { createLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { migrate } from '../platform/migrate.ts';
import type { InboundMessage, Principal } from '../schemas/inbound.ts';
import { startDatabase } from './database.ts';

/**
 * The stream core alone, in process: messages/s from `accept` to the commit on a real PostgreSQL, without broker and
 * network. `node --cpu-prof bench/accept-core.ts` shows where the time goes.
 */
keepYoung();
const { values: options } = parseArgs({
  options: {
    homes: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '10' },
    window: { type: 'string', default: '4000' },
    ids: { type: 'boolean', default: false },
    /** Messages a second, sent whatever becomes of the others; 0: as fast as the window lets through. */
    rate: { type: 'string', default: '0' },
    presses: { type: 'string', default: '20' },
    'log-level': { type: 'string', default: 'warn' },
  },
});
const homeCount = Number(options.homes);
const windowSize = Number(options.window);
const runMs = Number(options.seconds) * 1000;
const pressesPerS = Number(options.presses);
const DEVICES = ['pir', 'health_monitor', 'gateway', 'sos_button'] as const;

const database = await startDatabase();
const log = createLog({ level: options['log-level'] });
await migrate({ url: database.url, clock: systemClock, log });
const pool = createPool(database.url, { applicationName: 'bench', log, max: 4 });
await pool.query({
  text: `insert into homes (id, street, personal, created_at) select 'h' || n, '莲花', '', $1 from generate_series(1, $2::int) n`,
  values: [new Date(), homeCount],
});
for (const [i, kind] of DEVICES.entries())
  await pool.query({
    text: `insert into devices (id, home_id, kind, zone, secret_hash, created_at)
      select 'd' || n || '-' || $3::text, 'h' || n, $4, 'bedroom', '', $1 from generate_series(1, $2::int) n`,
    values: [new Date(), homeCount, i, kind],
  });

const ingest = createIngest({
  databaseUrl: database.url,
  pool,
  log,
  clock: systemClock,
  newId: idSource(systemClock),
  metrics: createMetrics({ process: false }),
  timeZone: 'Asia/Shanghai',
});
await ingest.start();

const principals = Array.from({ length: homeCount }, (_, n): Principal => ({
  type: 'gateway',
  id: `g${n}`,
  homeId: `h${n + 1}`,
}));
let count = 0;
function next(): InboundMessage {
  const n = count++;
  const home = n % homeCount;
  const at = Date.now();
  const head = options.ids ? `"id":"${n.toString(36)}","ts":${at - 3},` : '';
  const [device, channel, text]: readonly [number, string, string] =
    n % 10 < 5
      ? [0, 'presence', `{${head}"sensor":"pir","zone":"bedroom","occupied":${n % 3 === 0}}`]
      : n % 10 < 8
        ? [1, 'vitals', `{${head}"heartRateBpm":${60 + (n % 25)},"spo2Pct":97}`]
        : [2, 'status', `{${head}"online":true,"battery":88,"rssiDbm":-61}`];
  return message(home, device, channel, text, at);
}
function message(home: number, device: number, channel: string, text: string, at: number): InboundMessage {
  const payload = Buffer.from(text);
  return {
    principal: principals[home] as Principal,
    topic: `care/v1/h${home + 1}/d${home + 1}-${device}/${channel}`,
    payload,
    size: payload.length,
    qos: 1,
    receivedAt: at,
  };
}

const samples: number[] = [];
const pressSamples: number[] = [];
let done = 0;
const running = { stop: false };
async function worker(): Promise<void> {
  while (!running.stop) {
    const from = performance.now();
    await ingest.intake.accept(next());
    done += 1;
    if (done % 16 === 0) samples.push(performance.now() - from);
  }
}
async function presser(): Promise<void> {
  while (!running.stop) {
    await new Promise((resolve) => setTimeout(resolve, 1000 / pressesPerS));
    const from = performance.now();
    const home = (count * 7919) % homeCount;
    const outcome = await ingest.intake.accept(message(home, 3, 'sos', '{"action":"press"}', Date.now()));
    pressSamples.push(performance.now() - from);
    if (outcome.result !== 'reading' || !outcome.alertIds) throw new Error(JSON.stringify(outcome));
  }
}
async function steady(perS: number): Promise<void> {
  const from = performance.now();
  for (let sent = 0; !running.stop;) {
    const due = ((performance.now() - from) / 1000) * perS;
    for (; sent < due; sent++) {
      const at = performance.now();
      void ingest.intake.accept(next()).then(() => {
        done += 1;
        if (done % 16 === 0) samples.push(performance.now() - at);
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
const workers =
  Number(options.rate) > 0 ? [steady(Number(options.rate))] : Array.from({ length: windowSize }, worker);
if (pressesPerS > 0) workers.push(presser());
await new Promise((resolve) => setTimeout(resolve, 3000));
samples.length = pressSamples.length = 0;
const loop = monitorEventLoopDelay({ resolution: 5 });
loop.enable();
let longestGcMs = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longestGcMs = Math.max(longestGcMs, duration);
}).observe({ entryTypes: ['gc'] });
const before = {
  done,
  cpu: process.cpuUsage(),
  at: performance.now(),
  transactions: ingest.stats.transactions,
};
await new Promise((resolve) => setTimeout(resolve, runMs));
const seconds = (performance.now() - before.at) / 1000;
const cpu = process.cpuUsage(before.cpu);
const messages = done - before.done;
running.stop = true;
await Promise.all(workers);
const at = (sorted: number[], q: number) => Number((sorted[Math.floor(sorted.length * q)] ?? 0).toFixed(1));
const quantiles = (list: number[]) => {
  const sorted = list.toSorted((a, b) => a - b);
  return { p50: at(sorted, 0.5), p99: at(sorted, 0.99), n: sorted.length };
};
console.log(
  JSON.stringify({
    perS: Math.round(messages / seconds),
    nodeCpuUsPerMessage: Number(((cpu.user + cpu.system) / messages).toFixed(1)),
    perTransaction: Math.round(messages / (ingest.stats.transactions - before.transactions)),
    acceptMs: quantiles(samples),
    pressMs: quantiles(pressSamples),
    loopMs: { p99: Math.round(loop.percentile(99) / 1e6), max: Math.round(loop.max / 1e6) },
    longestGcMs: Math.round(longestGcMs),
    rssMb: Math.round(process.memoryUsage().rss / 1e6),
    stats: ingest.stats,
  }),
);
await ingest.stop();
const { rows } = await pool.query<{ n: number }>('select count(*)::int as n from readings');
const sum = ingest.stats.readings + ingest.stats.extraReadings;
console.log(JSON.stringify({ storedReadings: rows[0]?.n, counted: sum, equal: rows[0]?.n === sum }));
await pool.end();
await database.stop();
