import { DataAbsent, dataFolder, readDataset } from '../datasets/data-folder.ts';
import type { Recording } from '../datasets/dataset.ts';
import { DATASETS } from '../datasets/index.ts';
import { readArguments, UsageError } from '../options.ts';
import { preciseClock } from '../precise-clock.ts';
import { replay } from '../replay/replay.ts';
import { SERVICE_HELP, SERVICE_OPTIONS, targetOf, type Terminal, writeResult } from './terminal.ts';

export const REPLAY_HELP = `npm run sim -- replay DATASET [options]      a recorded home through MQTT

${DATASETS.map(({ name, title }) => `  ${name.padEnd(14)} ${title}`).join('\n')}

  --speed N             recorded time passes N times faster (default 60)
  --span T              only the first T of the recording: 24h, 90m … (default 24h)
  --dated sent|recorded date messages when they are sent, or keep the recorded distances, ending now (default sent)
  --recordings N        so many patients, walkers or trials side by side, one home each (default 1)
  --data FOLDER         folder of recordings (default YINLING_DATA, else ../shared/data)
${SERVICE_HELP}

Exit code: 0; 1 if an acknowledged message was lost or doubled; 2 for a wrong command line; 3 if the recording is absent.`;

const EXIT_ABSENT = 3;
const DAY_MS = 86_400_000;

export async function replayCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  const args = readArguments(
    argv,
    {
      ...SERVICE_OPTIONS,
      speed: 'text',
      span: 'text',
      dated: 'text',
      recordings: 'text',
      data: 'text',
    },
    1,
  );
  if (args.flag('help')) {
    terminal.out(`${REPLAY_HELP}\n`);
    return 0;
  }
  const [name] = args.positionals;
  const dataset = DATASETS.find((known) => known.name === name);
  if (dataset === undefined)
    throw new UsageError(
      `${name === undefined ? 'which recording?' : `unknown recording "${name}"`} One of ${DATASETS.map((d) => d.name).join(', ')}`,
    );
  const dated = args.text('dated') ?? 'sent';
  if (dated !== 'sent' && dated !== 'recorded')
    throw new UsageError(`--dated must be sent or recorded, not "${dated}"`);
  const speed = args.number('speed', 0.01, 1_000_000) ?? 60;
  const spanMs = args.durationMs('span') ?? DAY_MS;
  const limit = args.whole('recordings', 1, 1_000) ?? 1;
  let recordings: Recording[];
  try {
    recordings = readDataset(dataset, args.text('data') ?? dataFolder(terminal.env), limit);
  } catch (error) {
    if (!(error instanceof DataAbsent)) throw error;
    terminal.err(`${error.message}\n`);
    return EXIT_ABSENT;
  }
  const target = await targetOf(args, terminal);
  const summary = await replay(dataset, recordings, {
    ...target,
    speed,
    dated,
    spanMs,
    clock: preciseClock,
    signal: terminal.signal,
    onProgress: (line) => terminal.err(`${line}\n`),
  });
  writeResult(args, summary);
  terminal.out(`${JSON.stringify(summary, null, 2)}\n`);
  return (summary.lost ?? 0) + (summary.duplicated ?? 0) === 0 ? 0 : 1;
}
