import { parseFaults } from '../fleet/faults.ts';
import { readArguments, UsageError } from '../options.ts';
import { preciseClock } from '../precise-clock.ts';
import { devicesOnly } from '../scenarios/devices-only.ts';
import { Neighbourhood } from '../scenarios/neighbourhood.ts';
import { isScenario, SCENARIO_NAMES } from '../scenarios/scenarios.ts';
import { SERVICE_HELP, SERVICE_OPTIONS, targetOf, type Terminal, writeResult } from './terminal.ts';
import { summaryText } from './summary-text.ts';

export const RUN_HELP = `npm run sim -- run [options]      a neighbourhood of simulated homes

  --scenario NAME       ${SCENARIO_NAMES.join(' | ')} (default neighbourhood)
  --homes N             homes (default 40)
  --rate R              ordinary messages a second, all homes together (default homes / 8)
  --faults LIST         dup, late, reorder, drop, clock, each with a share if wanted: dup=0.1,late (0.03 each)
  --duration T          60s, 5m … (default: until Ctrl-C)
${SERVICE_HELP}

Exit code: 0; 1 if an acknowledged message was lost or doubled; 2 for a wrong command line.`;

const MOST_HOMES = 5_000;
const SECONDS_PER_HOME = 8;

export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  const args = readArguments(argv, {
    ...SERVICE_OPTIONS,
    scenario: 'text',
    homes: 'text',
    rate: 'text',
    faults: 'text',
    duration: 'text',
  });
  if (args.flag('help')) {
    terminal.out(`${RUN_HELP}\n`);
    return 0;
  }
  const scenario = args.text('scenario') ?? 'neighbourhood';
  if (!isScenario(scenario))
    throw new UsageError(`unknown scenario "${scenario}", one of ${SCENARIO_NAMES.join(', ')}`);
  const homes = args.whole('homes', 1, MOST_HOMES) ?? 40;
  const ratePerS = args.number('rate', 0, 100_000);
  const forMs = args.durationMs('duration');
  const faults = faultsOf(args.text('faults') ?? '');
  const target = await targetOf(args, terminal);
  const common = {
    brokerUrl: target.brokerUrl,
    scenario,
    seed: target.seed,
    homes,
    forMs,
    faults,
    clock: preciseClock,
    signal: terminal.signal,
  };
  if (target.apiUrl === undefined) {
    const summary = await devicesOnly({
      ...common,
      login: target.login,
      ratePerS: ratePerS ?? homes / SECONDS_PER_HOME,
    });
    writeResult(args, summary);
    terminal.out(`${JSON.stringify(summary, null, 2)}\n`);
    return 0;
  }
  const neighbourhood = await Neighbourhood.settle({
    ...common,
    ratePerS,
    apiUrl: target.apiUrl,
    adminPassword: target.adminPassword,
    secrets: target.secrets,
    say: (line) => terminal.out(`${line}\n`),
  });
  const summary = await neighbourhood.live();
  writeResult(args, summary);
  terminal.out(summaryText(summary));
  return summary.lost + summary.duplicated === 0 ? 0 : 1;
}

export function faultsOf(text: string): ReturnType<typeof parseFaults> {
  try {
    return parseFaults(text);
  } catch (error) {
    throw new UsageError(`--faults: ${error instanceof Error ? error.message : String(error)}`);
  }
}
