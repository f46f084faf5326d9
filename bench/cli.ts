import { writeFileSync } from 'node:fs';
import { type Arguments, readArguments, runCommand, UsageError } from '../devices-sim/options.ts';
import { accept, ACCEPT_DEFAULTS } from './accept.ts';
import { type Report, reportText } from './machine.ts';
import { sos, SOS_DEFAULTS } from './sos.ts';
import { start, START_DEFAULTS } from './start.ts';

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

  --out FILE     the report as JSON
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
  const args = readArguments(rest, { ...Object.fromEntries(own), out: 'text', strict: 'flag', help: 'flag' });
  if (args.flag('help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const report = await benchmark(args);
  process.stdout.write(reportText(report));
  const path = args.text('out');
  if (path !== undefined) writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
  return args.flag('strict') && report.aims.some(({ met }) => !met) ? 1 : 0;
}

process.exitCode = await runCommand(
  'Try: npm run bench -- --help',
  main,
  (text) => void process.stderr.write(text),
);
