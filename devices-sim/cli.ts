import { loadCommandLine, LOAD_HELP } from './commands/load-command.ts';
import { replayCommandLine, REPLAY_HELP } from './commands/replay-command.ts';
import { RUN_HELP, runCommandLine } from './commands/run-command.ts';
import type { Terminal } from './commands/terminal.ts';
import { runCommand, UsageError } from './options.ts';

const COMMANDS = {
  run: runCommandLine,
  replay: replayCommandLine,
  load: loadCommandLine,
} as const;

const HELP = `The simulator: homes, devices, people, recordings and load, against any MQTT broker.

${RUN_HELP}


${REPLAY_HELP}


${LOAD_HELP}
`;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const terminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  env: process.env,
  signal: stop.signal,
};

async function main(): Promise<number> {
  const [name, ...rest] = process.argv.slice(2);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    terminal.out(HELP);
    return name === undefined ? 2 : 0;
  }
  const command = Object.entries(COMMANDS).find(([known]) => known === name)?.[1];
  if (command !== undefined) return command(rest, terminal);
  // The scenario is what is mostly wanted: `npm run sim -- --homes 10` runs it.
  if (name.startsWith('-')) return runCommandLine([name, ...rest], terminal);
  throw new UsageError(`unknown command "${name}", one of ${Object.keys(COMMANDS).join(', ')}`);
}

process.exitCode = await runCommand('Try: npm run sim -- --help', main, terminal.err);
