/** `npm run demo`: the service and a simulated neighbourhood that knows it only by MQTT and HTTP, in one process. */
import { demo, type RunningService } from './devices-sim/commands/demo-command.ts';
import { runCommand } from './devices-sim/options.ts';
import { systemClock } from './platform/clock.ts';
import type { Config } from './platform/config.ts';
import { processOf } from './service/process.ts';

async function start(config: Config): Promise<RunningService> {
  const { lifecycle, start: startIt } = processOf(config);
  const service = await startIt();
  return { ...service, stop: async () => void (await lifecycle.stop('the demo is over')) };
}

/** Ctrl-C under npm arrives twice: from the terminal, and passed on by npm. So soon after the first it is the same one. */
const SAME_SIGNAL_MS = 500;
/** What a stopped service may still need to close. */
const LINGER_MS = 2_000;
const ending = new AbortController();
let toldAt = Infinity;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // Told again, somebody means it.
    if (ending.signal.aborted && systemClock.now() - toldAt > SAME_SIGNAL_MS) process.exit(130);
    if (ending.signal.aborted) return;
    toldAt = systemClock.now();
    ending.abort();
  });

const code = await runCommand(
  'Try: npm run demo -- --help',
  () =>
    demo(
      process.argv.slice(2),
      {
        out: (text) => void process.stdout.write(text),
        err: (text) => void process.stderr.write(text),
        env: process.env,
        signal: ending.signal,
      },
      start,
    ),
  (text) => void process.stderr.write(text),
);
process.exitCode = code;
// A part that failed to start may have left timers running; nobody waits for those.
setTimeout(() => process.exit(code), LINGER_MS).unref();
