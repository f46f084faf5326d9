/** `npm run chaos -- …`: breaks everything on purpose, by seed, and holds the books together afterwards. */
import { writeFileSync } from 'node:fs';
import { EXIT_USAGE, readArguments, UsageError } from '../../devices-sim/options.ts';
import { seedsOf } from '../support/seeds.ts';
import { LAYOUT_NAMES, needsRedis } from './layouts.ts';
import { type Fault, FAULTS } from './plan.ts';
import { type ChaosOptions, type ChaosReport, runChaos } from './run.ts';
import { tableOf } from './tally.ts';

const HELP = `npm run chaos -- [options]

  --seed N          what happens when (default 1); same seed, same faults
  --minutes M       how long faults go on (default 2; fractions are fine)
  --seeds A..B      one run for each of these, and a table of all
  --layout L        one, apart (broker,ingest | dispatcher; default), over Redis: split (2 brokers | 2 of ingest that
                    share the homes | dispatcher), several (3 brokers | 3 of ingest | 2 dispatchers)
  --no-redis        BullMQ on PostgreSQL though this machine has a Redis
  --homes N         homes with two devices each (default 20)
  --gap MS          between two messages of one device, on average (default 150)
  --longest MS      of a single fault (default 6000)
  --storm N         connections in a reconnection storm (default 3000; each is three open files of this process)
  --faults A,B      only these: ${FAULTS.join(', ')}
  --out FILE        the reports as JSON

Exit code 0: every invariant held; 1: one did not, each said in a line.
`;

function wanted(text: string | undefined): Fault[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  const faults = FAULTS.filter((fault) => names.includes(fault));
  const unknown = names.find((name) => !faults.some((fault) => fault === name));
  if (unknown !== undefined) throw new UsageError(`--faults: there is no "${unknown}"`);
  return faults;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const args = readArguments(process.argv.slice(2), {
    seed: 'text',
    seeds: 'text',
    minutes: 'text',
    layout: 'text',
    'no-redis': 'flag',
    homes: 'text',
    gap: 'text',
    longest: 'text',
    storm: 'text',
    faults: 'text',
    out: 'text',
    help: 'flag',
  });
  if (args.flag('help')) {
    say(HELP);
    process.exit(0);
  }
  const named = args.text('layout') ?? 'apart';
  const layout = LAYOUT_NAMES.find((one) => one === named);
  if (layout === undefined) throw new UsageError(`--layout must be one of ${LAYOUT_NAMES.join(', ')}`);
  if (needsRedis(layout) && args.flag('no-redis'))
    throw new UsageError(`--layout ${layout} does not go with --no-redis`);
  const faults = wanted(args.text('faults'));
  const common: Omit<ChaosOptions, 'seed'> = {
    durationMs: (args.number('minutes', 0.05, 10_000) ?? 2) * 60_000,
    layout,
    redis: !args.flag('no-redis'),
    homes: args.whole('homes', 1, 1_000) ?? 20,
    meanGapMs: args.whole('gap', 1, 60_000) ?? 150,
    longestFaultMs: args.whole('longest', 300, 600_000) ?? 6_000,
    storm: args.whole('storm', 1, 20_000) ?? 3_000,
    recoverWithinMs: 180_000,
    ...(faults && { faults }),
    say,
  };
  const reports: ChaosReport[] = [];
  for (const seed of seedsOf(args.text('seeds'), args.whole('seed', 0, 2 ** 31) ?? 1)) {
    const report = await runChaos({ ...common, seed });
    reports.push(report);
    const { faultsLog: _, ...shown } = report;
    say(JSON.stringify(shown, null, 2));
  }
  for (const line of tableOf(reports)) say(line);
  const out = args.text('out');
  if (out !== undefined) writeFileSync(out, JSON.stringify(reports, null, 2));
  process.exitCode = reports.every(({ ok }) => ok) ? 0 : 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${HELP}`);
  process.exitCode = EXIT_USAGE;
}
