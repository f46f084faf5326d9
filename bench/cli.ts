import { writeFileSync } from 'node:fs';
import { type Arguments, readArguments, runCommand, UsageError } from '../devices-sim/options.ts';
import { accept, ACCEPT_DEFAULTS } from './accept.ts';
import { burst, BURST_DEFAULTS } from './burst.ts';
import { connect, CONNECT_DEFAULTS } from './connect.ts';
import { detect, DETECT_DEFAULTS } from './detect.ts';
import { lag, LAG_DEFAULTS } from './lag.ts';
import { ledgerVerify, LEDGER_VERIFY_DEFAULTS } from './ledger-verify.ts';
import { dispatchBurst, DISPATCH_BURST_DEFAULTS } from './dispatch-burst.ts';
import { type Report, reportText } from './machine.ts';
import { OFFER_DEFAULTS, offerBench } from './offer.ts';
import { overload, OVERLOAD_DEFAULTS } from './overload.ts';
import { query, QUERY_DEFAULTS } from './query.ts';
import { restart, RESTART_DEFAULTS } from './restart.ts';
import { sos, SOS_DEFAULTS } from './sos.ts';
import { start, START_DEFAULTS } from './start.ts';
import { store, STORE_DEFAULTS } from './store.ts';

const HELP = `npm run bench -- <name> [options]

Each prints product, floor and ratio of one run, and whether the aims are met. Real processes on 127.0.0.1, free ports,
directories of their own, gone afterwards.

  sos       press → operator's event stream; floor: bare aedes publish→subscribe + a one-row commit, same PostgreSQL
              --presses N (${SOS_DEFAULTS.presses})   --background R messages/s (${SOS_DEFAULTS.backgroundPerS})   --rounds N (${SOS_DEFAULTS.rounds})
  accept    QoS-1 messages acknowledged a second with everything on, generator beside it; floors: bare aedes, COPY alone
              --clients N (${ACCEPT_DEFAULTS.clients})   --window N (${ACCEPT_DEFAULTS.window})   --duration T (20s)   --floor T (6s)
              --processes N (${ACCEPT_DEFAULTS.processes})   --rate R|max (max)
  start     time to ready and memory; floor: node with nothing to do + PostgreSQL alone
              --starts N (${START_DEFAULTS.starts})   --homes N (${START_DEFAULTS.homes})
  burst     presses at once over telemetry: lost, doubled, unseen, press → stream
              --presses R a second (${BURST_DEFAULTS.pressesPerS})   --background R (${BURST_DEFAULTS.backgroundPerS})   --duration T (10s)   --homes N (${BURST_DEFAULTS.homes})
              --processes N (${BURST_DEFAULTS.processes})
  overload  several times what it takes, for a minute: what is held back, memory, presses meanwhile, recovery
              --times N (${OVERLOAD_DEFAULTS.times})   --duration T (60s)   --capacity R messages/s (measured first)   --homes N (${OVERLOAD_DEFAULTS.homes})
              --presses R a second (${OVERLOAD_DEFAULTS.pressesPerS})
  dispatch-burst
            alerts due at once until each is offered, or told to the supervisor; beside it the solver alone
              --alerts N (${DISPATCH_BURST_DEFAULTS.alerts})   --caregivers N (${DISPATCH_BURST_DEFAULTS.caregivers})
  ledger-verify
            the whole time bank read and checked, entries a second; floor: the digests alone
              --deposits N (${LEDGER_VERIFY_DEFAULTS.deposits})   --rounds N (${LEDGER_VERIFY_DEFAULTS.rounds})
  offer     one alert open → its offer delivered, nobody at a desk; the assignment at 10, 100 and 1,000 orders
              --alerts N (${OFFER_DEFAULTS.alerts})   --caregivers N (${OFFER_DEFAULTS.caregivers})
  connect   clients authenticated and ready a second, memory of each; peers: bare aedes, mosquitto where installed
              --clients N (${CONNECT_DEFAULTS.clients})   --processes N (${CONNECT_DEFAULTS.processes})   --rounds N (${CONNECT_DEFAULTS.rounds})
              beyond 18,000 clients: several brokers over Redis, a generator for each (--clients 100000)
  restart   kill -9 under load → first acknowledgement, → every home's state is back
              --homes N (${RESTART_DEFAULTS.homes})   --readings N of each (${RESTART_DEFAULTS.readingsPerHome})   --rate R (${RESTART_DEFAULTS.ratePerS})   --before T (6s)
  query     open alerts, one home's day, KPI of a month; the same on plain tables
              --readings N (${QUERY_DEFAULTS.readings})   --days N (${QUERY_DEFAULTS.days})   --homes N (${QUERY_DEFAULTS.homes})   --visits N (${QUERY_DEFAULTS.visits})   --asks N (${QUERY_DEFAULTS.asks})
  detect    events a second through every detector on one core, bytes of state a home, refold; floor: JSON.parse
              --homes N (${DETECT_DEFAULTS.homes})   --events N (${DETECT_DEFAULTS.events})   --refold N homes (${DETECT_DEFAULTS.refoldHomes})   --fill N homes (${DETECT_DEFAULTS.fillHomes})
  lag       what decides → operator's event stream, by class of budget, over telemetry
              --samples N of each class (${LAG_DEFAULTS.samples})   --background R messages/s (${LAG_DEFAULTS.backgroundPerS})
  store     bytes a reading on disk, indexes included; peer: text ids and jsonb
              --readings N (${STORE_DEFAULTS.readings})   --homes N (${STORE_DEFAULTS.homes})

  --json FILE    the report as JSON (or --out FILE)
  --strict       exit code 1 when an aim is missed
  --help
`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const BENCHMARKS: Record<string, (args: Arguments) => Promise<Report>> = {
  sos: (args) =>
    sos(
      {
        ...SOS_DEFAULTS,
        presses: args.whole('presses', 1, 100_000) ?? SOS_DEFAULTS.presses,
        backgroundPerS: args.number('background', 0, 100_000) ?? SOS_DEFAULTS.backgroundPerS,
        rounds: args.whole('rounds', 1, 100) ?? SOS_DEFAULTS.rounds,
      },
      say,
    ),
  accept: (args) =>
    accept(
      {
        clients: args.whole('clients', 1, 20_000) ?? ACCEPT_DEFAULTS.clients,
        window: args.whole('window', 1, 60_000) ?? ACCEPT_DEFAULTS.window,
        durationMs: args.durationMs('duration') ?? ACCEPT_DEFAULTS.durationMs,
        floorMs: args.durationMs('floor') ?? ACCEPT_DEFAULTS.floorMs,
        processes: args.whole('processes', 1, 8) ?? ACCEPT_DEFAULTS.processes,
        ratePerS:
          (args.text('rate') ?? 'max') === 'max' ? 'max' : (args.number('rate', 1, 1_000_000) ?? 'max'),
      },
      say,
    ),
  burst: (args) =>
    burst(
      {
        pressesPerS: args.number('presses', 1, 100_000) ?? BURST_DEFAULTS.pressesPerS,
        backgroundPerS: args.number('background', 0, 100_000) ?? BURST_DEFAULTS.backgroundPerS,
        durationMs: args.durationMs('duration') ?? BURST_DEFAULTS.durationMs,
        homes: args.whole('homes', 1, 18_000) ?? BURST_DEFAULTS.homes,
        processes: args.whole('processes', 1, 8) ?? BURST_DEFAULTS.processes,
      },
      say,
    ),
  overload: (args) =>
    overload(
      {
        ...OVERLOAD_DEFAULTS,
        times: args.number('times', 1, 100) ?? OVERLOAD_DEFAULTS.times,
        durationMs: args.durationMs('duration') ?? OVERLOAD_DEFAULTS.durationMs,
        capacityPerS: args.number('capacity', 1, 1_000_000),
        homes: args.whole('homes', 1, 9_000) ?? OVERLOAD_DEFAULTS.homes,
        pressesPerS: args.number('presses', 0.1, 1_000) ?? OVERLOAD_DEFAULTS.pressesPerS,
      },
      say,
    ),
  'dispatch-burst': (args) =>
    dispatchBurst(
      {
        alerts: args.whole('alerts', 1, 100_000) ?? DISPATCH_BURST_DEFAULTS.alerts,
        caregivers: args.whole('caregivers', 0, 20_000) ?? DISPATCH_BURST_DEFAULTS.caregivers,
      },
      say,
    ),
  'ledger-verify': (args) =>
    ledgerVerify(
      {
        deposits: args.whole('deposits', 1, 5_000_000) ?? LEDGER_VERIFY_DEFAULTS.deposits,
        rounds: args.whole('rounds', 1, 100) ?? LEDGER_VERIFY_DEFAULTS.rounds,
      },
      say,
    ),
  offer: (args) =>
    offerBench(
      {
        alerts: args.whole('alerts', 1, 10_000) ?? OFFER_DEFAULTS.alerts,
        caregivers: args.whole('caregivers', 1, 20_000) ?? OFFER_DEFAULTS.caregivers,
      },
      say,
    ),
  connect: (args) =>
    connect(
      {
        clients: args.whole('clients', 1, 100_000) ?? CONNECT_DEFAULTS.clients,
        processes: args.whole('processes', 1, 16) ?? CONNECT_DEFAULTS.processes,
        rounds: args.whole('rounds', 1, 100) ?? CONNECT_DEFAULTS.rounds,
      },
      say,
    ),
  restart: (args) =>
    restart(
      {
        homes: args.whole('homes', 1, 9_000) ?? RESTART_DEFAULTS.homes,
        readingsPerHome: args.whole('readings', 0, 100_000) ?? RESTART_DEFAULTS.readingsPerHome,
        ratePerS: args.number('rate', 1, 100_000) ?? RESTART_DEFAULTS.ratePerS,
        beforeMs: args.durationMs('before') ?? RESTART_DEFAULTS.beforeMs,
      },
      say,
    ),
  query: (args) =>
    query(
      {
        ...QUERY_DEFAULTS,
        readings: args.whole('readings', 1, 1_000_000_000) ?? QUERY_DEFAULTS.readings,
        days: args.whole('days', 1, 365) ?? QUERY_DEFAULTS.days,
        homes: args.whole('homes', 1, 100_000) ?? QUERY_DEFAULTS.homes,
        visits: args.whole('visits', 1, 10_000_000) ?? QUERY_DEFAULTS.visits,
        asks: args.whole('asks', 1, 100_000) ?? QUERY_DEFAULTS.asks,
      },
      say,
    ),
  store: (args) =>
    store(
      {
        readings: args.whole('readings', 1_000, 100_000_000) ?? STORE_DEFAULTS.readings,
        homes: args.whole('homes', 1, 100_000) ?? STORE_DEFAULTS.homes,
      },
      say,
    ),
  detect: (args) =>
    Promise.resolve(
      detect({
        homes: args.whole('homes', 1, 100_000) ?? DETECT_DEFAULTS.homes,
        events: args.whole('events', 1, 100_000_000) ?? DETECT_DEFAULTS.events,
        refoldHomes: args.whole('refold', 1, 10_000) ?? DETECT_DEFAULTS.refoldHomes,
        fillHomes: args.whole('fill', 1, 300_000) ?? DETECT_DEFAULTS.fillHomes,
      }),
    ),
  lag: (args) =>
    lag(
      {
        ...LAG_DEFAULTS,
        samples: args.whole('samples', 1, 10_000) ?? LAG_DEFAULTS.samples,
        backgroundPerS: args.number('background', 0, 100_000) ?? LAG_DEFAULTS.backgroundPerS,
      },
      say,
    ),
  start: (args) =>
    start(
      {
        starts: args.whole('starts', 1, 100) ?? START_DEFAULTS.starts,
        homes: args.whole('homes', 1, 10_000) ?? START_DEFAULTS.homes,
      },
      say,
    ),
};

const OPTIONS = {
  sos: ['presses', 'background', 'rounds'],
  accept: ['clients', 'window', 'duration', 'floor', 'processes', 'rate'],
  burst: ['presses', 'background', 'duration', 'homes', 'processes'],
  overload: ['times', 'duration', 'capacity', 'homes', 'presses'],
  'dispatch-burst': ['alerts', 'caregivers'],
  'ledger-verify': ['deposits', 'rounds'],
  offer: ['alerts', 'caregivers'],
  connect: ['clients', 'processes', 'rounds'],
  restart: ['homes', 'readings', 'rate', 'before'],
  query: ['readings', 'days', 'homes', 'visits', 'asks'],
  store: ['readings', 'homes'],
  lag: ['samples', 'background'],
  detect: ['homes', 'events', 'refold', 'fill'],
  start: ['starts', 'homes'],
} as const;

async function main(): Promise<number> {
  const [name, ...rest] = process.argv.slice(2);
  if (name === undefined || name === '--help' || name === '-h') {
    process.stdout.write(HELP);
    return name === undefined ? 2 : 0;
  }
  const benchmark = BENCHMARKS[name];
  if (benchmark === undefined || !(name in OPTIONS))
    throw new UsageError(`unknown benchmark "${name}", one of ${Object.keys(OPTIONS).join(', ')}`);
  const own = OPTIONS[name as keyof typeof OPTIONS].map((option) => [option, 'text'] as const);
  const args = readArguments(rest, {
    ...Object.fromEntries(own),
    out: 'text',
    json: 'text',
    strict: 'flag',
    help: 'flag',
  });
  if (args.flag('help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const report = await benchmark(args);
  process.stdout.write(reportText(report));
  const path = args.text('json') ?? args.text('out');
  if (path !== undefined) writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
  return args.flag('strict') && report.aims.some(({ met }) => !met) ? 1 : 0;
}

process.exitCode = await runCommand(
  'Try: npm run bench -- --help',
  main,
  (text) => void process.stderr.write(text),
);
