/** `npm run simulate -- …`: days of a district in a world of its own, by seed; everything that can die dies. */
import { writeFileSync } from 'node:fs';
import { EXIT_USAGE, readArguments, UsageError } from '../../devices-sim/options.ts';
import { keepYoung } from '../../platform/garbage.ts';
import { seedsOf } from '../support/seeds.ts';
import { type Defect, DEFECTS } from './memory-database.ts';
import { shrink } from './shrink.ts';
import { simulate, type SimulationOptions, type SimulationReport } from './simulate.ts';

keepYoung();

const HELP = `npm run simulate -- [options]

  --seed N          what happens when (default 1); same seed, same run
  --seeds A..B      one run for each of these
  --homes H         homes (default 100)
  --days D          of their life (default 1; fractions are fine)
  --crashes         processes are killed between any two effects, answers are lost, the database goes away
  --every MIN       between two of these, on average (default 40)
  --incidents N     calls, falls, fevers, dead batteries … of one home in a day (default 0.2)
  --incidents-only  what devices say all day is left out, and with it the rules that conclude from silence
  --district-week   a week of 203,400 homes, crashes and incidents only: of the homes those to which something happens
  --steps N         after so many steps nothing new happens
  --no-shrink       do not look for the smallest run that goes wrong
  --defect D        a mistake made on purpose, to see that it is found: ${DEFECTS.join(', ')}
  --out FILE        the reports as JSON

Exit code 0: every invariant held; 1: one did not, each said in a line, with the seed and the last steps.
`;

const WEEK_DAYS = 7;
/** One senior a home, as a device has one. */
const DISTRICT_HOMES = 203_400;
/** 650 presses a day of 400,000 seniors (budgets.md), and three of ten incidents are presses. */
const DISTRICT_INCIDENTS_PER_DAY = ((650 / 400_000) * DISTRICT_HOMES) / 0.3;
/** To so many homes something happens in that week, once on average; the others would say nothing. */
const WEEK_HOMES = Math.round(DISTRICT_INCIDENTS_PER_DAY * WEEK_DAYS);

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function defectsOf(text: string | undefined): ReadonlySet<Defect> {
  if (text === undefined) return new Set();
  const defect = DEFECTS.find((one) => one === text);
  if (defect === undefined) throw new UsageError(`--defect: there is no "${text}"`);
  return new Set([defect]);
}

function tell(report: SimulationReport): void {
  const { seed, homes, days, steps, messages, copies, alerts, orders, offers, notices, kills } = report;
  say(
    `seed ${seed}: ${homes} homes × ${days} days: ${messages} messages (${copies} sent), ${alerts} alerts, ${orders} orders, ` +
      `${offers} offers, ${notices} notices, ${report.commands} commands; ${kills} kills, ${report.lostAnswers} lost answers, ` +
      `${report.outages} outages; ${steps} steps in ${(report.tookMs / 1000).toFixed(1)} s ` +
      `(${(report.cpuMs / 1000).toFixed(1)} s of CPU): ${report.ok ? 'all invariants held' : 'BROKEN'}`,
  );
  if (report.ok) return;
  for (const line of report.offences.slice(0, 20)) say(`  ${line}`);
  say('  the last steps:');
  for (const line of report.trace) say(`    ${line}`);
}

try {
  const args = readArguments(process.argv.slice(2), {
    seed: 'text',
    seeds: 'text',
    homes: 'text',
    days: 'text',
    crashes: 'flag',
    every: 'text',
    incidents: 'text',
    'incidents-only': 'flag',
    'district-week': 'flag',
    steps: 'text',
    'no-shrink': 'flag',
    defect: 'text',
    out: 'text',
    help: 'flag',
  });
  if (args.flag('help')) {
    say(HELP);
    process.exit(0);
  }
  const steps = args.whole('steps', 1, 2 ** 40);
  const incidentsPerDay = args.number('incidents', 0, 100);
  const week = args.flag('district-week');
  const common: Omit<SimulationOptions, 'seed'> = {
    homes: args.whole('homes', 1, 300_000) ?? (week ? WEEK_HOMES : 100),
    days: args.number('days', 0.01, 366) ?? (week ? WEEK_DAYS : 1),
    crashes: week || args.flag('crashes'),
    incidentsOnly: week || args.flag('incidents-only'),
    ...(week && { incidentsPerDay: 1 / WEEK_DAYS }),
    meanBetweenKillsMs: (args.number('every', 0.5, 100_000) ?? 40) * 60_000,
    defects: defectsOf(args.text('defect')),
    ...(incidentsPerDay !== undefined && { incidentsPerDay }),
    ...(steps !== undefined && { mostSteps: steps }),
  };
  const reports: SimulationReport[] = [];
  for (const seed of seedsOf(args.text('seeds'), args.whole('seed', 0, 2 ** 31) ?? 1)) {
    const report = await simulate({ ...common, seed });
    reports.push(report);
    tell(report);
    if (report.ok || args.flag('no-shrink')) continue;
    const least = await shrink({ ...common, seed }, report);
    say(`  the smallest: --seed ${seed} --steps ${least.stepsUntilPeace}`);
    for (const line of least.offences.slice(0, 3)) say(`    ${line}`);
  }
  const out = args.text('out');
  if (out !== undefined) writeFileSync(out, JSON.stringify(reports, null, 2));
  process.exitCode = reports.every(({ ok }) => ok) ? 0 : 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${HELP}`);
  process.exitCode = EXIT_USAGE;
}
