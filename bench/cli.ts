import { writeFileSync } from 'node:fs';
import { readArguments, runCommand, UsageError } from '../devices-sim/options.ts';
import { keepYoung } from '../platform/garbage.ts';
import { accept, ACCEPT_DEFAULTS } from './accept.ts';
import { type Benchmark, benchmark, duration, number, rateOrMax, whole } from './benchmark.ts';
import { burst, BURST_DEFAULTS } from './burst.ts';
import { connect, CONNECT_DEFAULTS } from './connect.ts';
import { detect, DETECT_DEFAULTS } from './detect.ts';
import { lag, LAG_DEFAULTS } from './lag.ts';
import { ledgerVerify, LEDGER_VERIFY_DEFAULTS } from './ledger-verify.ts';
import { dispatchBurst, DISPATCH_BURST_DEFAULTS } from './dispatch-burst.ts';
import { reportText } from './machine.ts';
import { OFFER_DEFAULTS, offerBench } from './offer.ts';
import { overload, OVERLOAD_DEFAULTS } from './overload.ts';
import { query, QUERY_DEFAULTS } from './query.ts';
import { restart, RESTART_DEFAULTS } from './restart.ts';
import { sos, SOS_DEFAULTS } from './sos.ts';
import { start, START_DEFAULTS } from './start.ts';
import { store, STORE_DEFAULTS } from './store.ts';

// As the service has it: `detect` and others run its code in this very process
keepYoung();

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

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  sos: benchmark(sos, SOS_DEFAULTS, {
    presses: whole('presses', 1, 100_000),
    backgroundPerS: number('background', 0, 100_000),
    rounds: whole('rounds', 1, 100),
  }),
  accept: benchmark(accept, ACCEPT_DEFAULTS, {
    clients: whole('clients', 1, 20_000),
    window: whole('window', 1, 60_000),
    durationMs: duration('duration'),
    floorMs: duration('floor'),
    processes: whole('processes', 1, 8),
    ratePerS: rateOrMax('rate'),
  }),
  burst: benchmark(burst, BURST_DEFAULTS, {
    pressesPerS: number('presses', 1, 100_000),
    backgroundPerS: number('background', 0, 100_000),
    durationMs: duration('duration'),
    homes: whole('homes', 1, 18_000),
    processes: whole('processes', 1, 8),
  }),
  overload: benchmark(overload, OVERLOAD_DEFAULTS, {
    times: number('times', 1, 100),
    durationMs: duration('duration'),
    capacityPerS: number('capacity', 1, 1_000_000),
    homes: whole('homes', 1, 9_000),
    pressesPerS: number('presses', 0.1, 1_000),
  }),
  'dispatch-burst': benchmark(dispatchBurst, DISPATCH_BURST_DEFAULTS, {
    alerts: whole('alerts', 1, 100_000),
    caregivers: whole('caregivers', 0, 20_000),
  }),
  'ledger-verify': benchmark(ledgerVerify, LEDGER_VERIFY_DEFAULTS, {
    deposits: whole('deposits', 1, 5_000_000),
    rounds: whole('rounds', 1, 100),
  }),
  offer: benchmark(offerBench, OFFER_DEFAULTS, {
    alerts: whole('alerts', 1, 10_000),
    caregivers: whole('caregivers', 1, 20_000),
  }),
  connect: benchmark(connect, CONNECT_DEFAULTS, {
    clients: whole('clients', 1, 100_000),
    processes: whole('processes', 1, 16),
    rounds: whole('rounds', 1, 100),
  }),
  restart: benchmark(restart, RESTART_DEFAULTS, {
    homes: whole('homes', 1, 9_000),
    readingsPerHome: whole('readings', 0, 100_000),
    ratePerS: number('rate', 1, 100_000),
    beforeMs: duration('before'),
  }),
  query: benchmark(query, QUERY_DEFAULTS, {
    readings: whole('readings', 1, 1_000_000_000),
    days: whole('days', 1, 365),
    homes: whole('homes', 1, 100_000),
    visits: whole('visits', 1, 10_000_000),
    asks: whole('asks', 1, 100_000),
  }),
  store: benchmark(store, STORE_DEFAULTS, {
    readings: whole('readings', 1_000, 100_000_000),
    homes: whole('homes', 1, 100_000),
  }),
  detect: benchmark(detect, DETECT_DEFAULTS, {
    homes: whole('homes', 1, 100_000),
    events: whole('events', 1, 100_000_000),
    refoldHomes: whole('refold', 1, 10_000),
    fillHomes: whole('fill', 1, 300_000),
  }),
  lag: benchmark(lag, LAG_DEFAULTS, {
    samples: whole('samples', 1, 10_000),
    backgroundPerS: number('background', 0, 100_000),
  }),
  start: benchmark(start, START_DEFAULTS, {
    starts: whole('starts', 1, 100),
    homes: whole('homes', 1, 10_000),
  }),
};

async function main(): Promise<number> {
  const [name, ...rest] = process.argv.slice(2);
  if (name === undefined || name === '--help' || name === '-h') {
    process.stdout.write(HELP);
    return name === undefined ? 2 : 0;
  }
  const chosen = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
  if (chosen === undefined)
    throw new UsageError(`unknown benchmark "${name}", one of ${Object.keys(BENCHMARKS).join(', ')}`);
  const args = readArguments(rest, {
    ...Object.fromEntries(chosen.flags.map((flag) => [flag, 'text'] as const)),
    out: 'text',
    json: 'text',
    strict: 'flag',
    help: 'flag',
  });
  if (args.flag('help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const report = await chosen.run(args);
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
