import { watchStream } from '../api/stream-client.ts';
import { checkStored, type LoadReport, reportLoad } from '../load/load-report.ts';
import { runLoadProcesses } from '../load/processes.ts';
import { type LoadSpec, runLoad } from '../load/run-load.ts';
import { plainHomes, seedLoad } from '../load/seed-load.ts';
import { type Arguments, readArguments, UsageError } from '../options.ts';
import { Board } from '../people/board.ts';
import { preciseClock } from '../precise-clock.ts';
import { waitUntil } from '../sleep.ts';
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
hide (no coordinated omission). Each client is a home's gateway with five devices.

  --clients N           connections (default 200)
  --rate R|max          messages a second, all clients together (default 1000); max: closed loop, windows kept full
  --presses R           calls for help a second besides; with --api timed to the operator's stream (default 0)
  --window N            most unacknowledged messages a client (default 100)
  --processes N         generator processes (default 1)
  --warm-up T           not measured (default 2s)
  --duration T          measured (default 10s)
  --check               read everything back and count what was lost or doubled (needs --api)
${SERVICE_HELP}

Exit code: 0; 1 if --check found anything lost or doubled, or a press was not seen; 2 for a wrong command line.`;

const HOUR_MS = 3_600_000;
const STREAM_GRACE_MS = 5_000;

export async function loadCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  const args = readArguments(argv, {
    ...SERVICE_OPTIONS,
    clients: 'text',
    rate: 'text',
    presses: 'text',
    window: 'text',
    processes: 'text',
    'warm-up': 'text',
    duration: 'text',
    check: 'flag',
  });
  if (args.flag('help')) {
    terminal.out(`${LOAD_HELP}\n`);
    return 0;
  }
  const plan = planOf(args);
  const target = await targetOf(args, terminal);
  if (args.flag('check') && target.admin === undefined) throw new UsageError('--check needs --api');
  const report = await load(plan, target, args.flag('check'), terminal);
  writeResult(args, report);
  terminal.out(`${JSON.stringify(report, null, 2)}\n`);
  const unseen = report.pressesSeen === null ? 0 : report.presses - report.pressesSeen;
  return (report.lost ?? 0) + (report.duplicated ?? 0) + unseen === 0 ? 0 : 1;
}

interface Plan {
  clients: number;
  processes: number;
  spec: Pick<LoadSpec, 'ratePerS' | 'pressesPerS' | 'window' | 'warmUpMs' | 'durationMs'>;
}

function planOf(args: Arguments): Plan {
  return {
    clients: args.whole('clients', 1, 100_000) ?? 200,
    processes: args.whole('processes', 1, 32) ?? 1,
    spec: {
      ratePerS: args.text('rate') === 'max' ? 'max' : (args.number('rate', 0, 1_000_000) ?? 1_000),
      pressesPerS: args.number('presses', 0, 100_000) ?? 0,
      window: args.whole('window', 1, 60_000) ?? 100,
      warmUpMs: args.durationMs('warm-up') ?? 2_000,
      durationMs: args.durationMs('duration') ?? 10_000,
    },
  };
}

async function load(plan: Plan, target: Target, check: boolean, terminal: Terminal): Promise<LoadReport> {
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
  const board = new Board();
  const stream =
    target.admin && spec.pressesPerS > 0
      ? watchStream(target.admin, preciseClock, (event, seenAt) => board.take(event, seenAt))
      : undefined;
  await stream?.ready;
  const tell = (progress: { sent: number; acknowledged: number; waiting: number; p99Ms: number }): void =>
    terminal.err(
      `sent ${progress.sent} acknowledged ${progress.acknowledged} waiting ${progress.waiting} p99 ${progress.p99Ms.toFixed(1)} ms\n`,
    );
  const result =
    plan.processes === 1
      ? await runLoad(spec, preciseClock, tell, terminal.signal)
      : await runLoadProcesses(spec, plan.processes, tell, terminal.signal);
  const seenAt = new Map<string, number>();
  const look = (): boolean => {
    for (const { messageId } of result.presses) {
      const at = board.seenAt(messageId);
      if (at !== undefined) seenAt.set(messageId, at);
    }
    return seenAt.size === result.presses.length;
  };
  if (stream !== undefined) await waitUntil(preciseClock, look, STREAM_GRACE_MS, terminal.signal);
  stream?.stop();
  const stored =
    check && target.admin
      ? await checkStored(target.admin, spec, result, startedAt - HOUR_MS, preciseClock.now() + HOUR_MS)
      : undefined;
  return reportLoad(spec, result, { seenAt: stream ? seenAt : undefined, stored });
}
