import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { watchStream } from '../api/stream-client.ts';
import { type Burst, parseBursts } from '../load/bursts.ts';
import { loadPage } from '../load/load-page.ts';
import {
  checkStored,
  LOAD_METRICS,
  type LoadReport,
  metricOf,
  needsApi,
  needsCheck,
  reportLoad,
  sosHistogram,
} from '../load/load-report.ts';
import { PressWatch } from '../load/press-watch.ts';
import { runLoadProcesses } from '../load/processes.ts';
import { type LoadSpec, type Progress, runLoad } from '../load/run-load.ts';
import { plainHomes, seedLoad } from '../load/seed-load.ts';
import { type Assertion, judge, parseAssertion, takeAssertions } from '../measure/assertions.ts';
import { type Arguments, readArguments, UsageError } from '../options.ts';
import { preciseClock } from '../precise-clock.ts';
import { waitUntil } from '../sleep.ts';
import { faultsOf } from './run-command.ts';
import {
  SERVICE_HELP,
  SERVICE_OPTIONS,
  type Target,
  targetOf,
  type Terminal,
  writeResult,
} from './terminal.ts';

export const LOAD_HELP = `npm run sim -- load [options]      a fleet of raw sockets, open loop

Arrivals follow the clock whatever the server does, and latency counts from when a message was due, so a stall cannot
hide (no coordinated omission). Each client is a home's gateway with five devices; what it has no acknowledgement for it
sends again when it is back.

  --clients N           connections (default 200)
  --rate R|max          mean messages a second, all clients together (default 1000); max: closed loop, windows kept full
  --presses R           calls for help a second besides; with --api timed to the operator's stream (default 0)
  --window N            most unacknowledged messages a client (default 100)
  --processes N         generator processes (default 1)
  --warm-up T           not measured (default 2s)
  --duration T          measured (default 10s)
  --profile flat|day    day: as a district's day goes, from midnight (default flat)
  --day-in T            a whole day passes in so long (default: the duration)
  --burst LIST          KIND@AT[+FOR][*AMOUNT], AT after warm-up: heat-wave@10s+20s*15 (15 times the calls for help),
                        power-cut@10s+5s*0.2 (a fifth of the homes silent, then all back at once),
                        reconnection@30s+1s (every connection breaks and is made again within a second)
  --faults LIST         dup, late, reorder, drop, clock, each with a share if wanted: dup=0.1,late (0.03 each)
  --check               read everything back and count what was lost or doubled (needs --api)
  --assert COND …       e.g. --assert 'sos.p99<250ms' 'lost==0'. Times: ${LOAD_METRICS.times.join(', ')}, each with
                        .p50 .p90 .p99 .p999 .min .mean .max (us, ms or s) or .count. Counts: ${LOAD_METRICS.counts.slice(0, 6).join(', ')},
                        ${LOAD_METRICS.counts.slice(6).join(', ')}
  --html FILE           the run as one page with plots, which needs nothing from elsewhere
${SERVICE_HELP}

Exit code: without --assert 0, or 1 if --check found anything lost or doubled, or a press was not seen; with it 0 if all
conditions hold, else 1. 2 for a wrong command line or condition.`;

const HOUR_MS = 3_600_000;
const STREAM_GRACE_MS = 5_000;

export async function loadCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { rest, texts } = takeAssertions(argv);
  const args = readArguments(rest, {
    ...SERVICE_OPTIONS,
    clients: 'text',
    rate: 'text',
    presses: 'text',
    window: 'text',
    processes: 'text',
    'warm-up': 'text',
    duration: 'text',
    profile: 'text',
    'day-in': 'text',
    burst: 'text',
    faults: 'text',
    html: 'text',
    check: 'flag',
  });
  if (args.flag('help')) {
    terminal.out(`${LOAD_HELP}\n`);
    return 0;
  }
  const plan = planOf(args, assertionsOf(texts, args));
  const target = await targetOf(args, terminal);
  const report = await load(plan, target, terminal);
  writeResult(args, report);
  terminal.out(`${JSON.stringify(report, null, 2)}\n`);
  for (const { text, held, measured } of report.assertions)
    terminal.err(`${held ? 'held  ' : 'BROKEN'} ${text}: ${measured ?? 'nothing was measured'}\n`);
  if (plan.assertions.length > 0) return report.assertions.every(({ held }) => held) ? 0 : 1;
  const unseen = report.pressesSeen === null ? 0 : report.presses - report.pressesSeen;
  return (report.lost ?? 0) + (report.duplicated ?? 0) + unseen === 0 ? 0 : 1;
}

interface Plan {
  clients: number;
  processes: number;
  check: boolean;
  htmlFile: string | undefined;
  assertions: readonly Assertion[];
  spec: Omit<LoadSpec, 'host' | 'port' | 'homes' | 'seed' | 'runId'>;
}

/** Nothing that this run could not measure is accepted, so that a run of an hour does not end in that finding. */
function assertionsOf(texts: readonly string[], args: Arguments): Assertion[] {
  return texts.map((text) => {
    try {
      const assertion = parseAssertion(text, LOAD_METRICS);
      if (needsApi(assertion.metric) && args.text('api') === undefined)
        throw new Error(`"${text}" needs --api`);
      return assertion;
    } catch (error) {
      throw new UsageError(`--assert: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

function planOf(args: Arguments, assertions: readonly Assertion[]): Plan {
  const durationMs = args.durationMs('duration') ?? 10_000;
  const profile = args.text('profile') ?? 'flat';
  if (profile !== 'flat' && profile !== 'day')
    throw new UsageError(`--profile must be flat or day, not "${profile}"`);
  if (args.flag('check') && args.text('api') === undefined) throw new UsageError('--check needs --api');
  const faults = faultsOf(args.text('faults') ?? '');
  return {
    clients: args.whole('clients', 1, 100_000) ?? 200,
    processes: args.whole('processes', 1, 32) ?? 1,
    check: args.flag('check') || assertions.some(({ metric }) => needsCheck(metric)),
    htmlFile: args.text('html'),
    assertions,
    spec: {
      ratePerS: args.text('rate') === 'max' ? 'max' : (args.number('rate', 0, 1_000_000) ?? 1_000),
      pressesPerS: args.number('presses', 0, 100_000) ?? 0,
      window: args.whole('window', 1, 60_000) ?? 100,
      warmUpMs: args.durationMs('warm-up') ?? 2_000,
      durationMs,
      shape: {
        profile,
        dayMs: args.durationMs('day-in') ?? durationMs,
        bursts: burstsOf(args.text('burst') ?? ''),
      },
      ...(Object.keys(faults).length === 0 ? {} : { faults }),
    },
  };
}

function burstsOf(text: string): Burst[] {
  try {
    return parseBursts(text);
  } catch (error) {
    throw new UsageError(`--burst: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function load(plan: Plan, target: Target, terminal: Terminal): Promise<LoadReport> {
  const url = new URL(target.brokerUrl);
  if (url.protocol !== 'mqtt:') throw new UsageError('load speaks plain mqtt:// only');
  const homes = target.admin
    ? await seedLoad(target.admin, plan.clients, target.seed, target.secrets)
    : plainHomes(plan.clients, target.seed, target.login);
  const startedAt = preciseClock.now();
  const spec: LoadSpec = {
    ...plan.spec,
    host: url.hostname,
    port: Number(url.port || 1883),
    homes,
    seed: String(target.seed),
    runId: `l${Math.round(startedAt).toString(36)}`,
  };
  const watch = new PressWatch(spec.runId);
  const stream =
    target.admin && spec.pressesPerS > 0
      ? watchStream(target.admin, preciseClock, (event, seenAt) => watch.take(event, seenAt))
      : undefined;
  await stream?.ready;
  const tell = (progress: Progress): void =>
    terminal.err(
      `sent ${progress.sent} acknowledged ${progress.acknowledged} waiting ${progress.waiting} p99 ${progress.p99Ms.toFixed(1)} ms\n`,
    );
  const result =
    plan.processes === 1
      ? await runLoad(spec, preciseClock, tell, terminal.signal)
      : await runLoadProcesses(spec, plan.processes, tell, terminal.signal);
  const allSeen = (): boolean => result.presses.every(({ messageId }) => watch.seen.has(messageId));
  if (stream !== undefined) await waitUntil(preciseClock, allSeen, STREAM_GRACE_MS, terminal.signal);
  stream?.stop();
  const stored =
    plan.check && target.admin
      ? await checkStored(target.admin, spec, result, startedAt - HOUR_MS, preciseClock.now() + HOUR_MS)
      : undefined;
  const hops = stream === undefined ? undefined : watch.hops();
  const observed = { seenAt: stream && watch.seen, hops, pressesDoubled: watch.doubled, stored };
  const report = reportLoad(spec, result, observed);
  report.assertions = plan.assertions.map((one) => judge(one, metricOf(report, one.metric)));
  if (plan.htmlFile !== undefined) {
    const sos = sosHistogram(result, observed);
    const conditions = `${new Date(startedAt).toISOString()}, seed ${spec.seed}, ${plan.processes} generator process(es), ${availableParallelism()} × ${cpus()[0]?.model ?? 'CPU'}, node ${process.version}, against ${target.brokerUrl}`;
    writeFileSync(plan.htmlFile, loadPage({ spec, result, report, sos, hops, conditions }));
  }
  return report;
}
