/** `npm run fuzz -- …`: says everything that can be said wrong, by seed, and holds the books together afterwards. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT_USAGE, readArguments, UsageError } from '../../devices-sim/options.ts';
import { startEmbeddedPostgres } from '../../platform/embedded-postgres/start.ts';
import { silentLog } from '../../platform/log.ts';
import { type Part, PARTS, runFuzz } from './run.ts';

const HELP = `npm run fuzz -- [options]

  --seed N      which inputs (default 1); input number n of a seed is always the same
  --inputs M    how many (default 10000): two fifths payloads to the running service, two fifths payloads
                through decoder and detectors alone, in this process, a tenth MQTT connections, a tenth HTTP requests
  --only PART   ${PARTS.join(', ')}
  --from K      begins with input number K of each part, to see one again: --only http --from 123 --inputs 1
  --homes N     homes with four devices each (default 40)
  --out FILE    the report as JSON

Exit code 0: every input came to its end, and the books balance; 1: not so, each finding in a line.
`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function shares(inputs: number, only: string | undefined): Record<Part, number> {
  const known = PARTS.find((part) => part === only);
  if (only !== undefined && known === undefined) throw new UsageError(`--only: there is no "${only}"`);
  const share = (part: Part, tenths: number): number =>
    known === undefined ? Math.round((inputs * tenths) / 10) : part === known ? inputs : 0;
  return {
    mqtt: share('mqtt', 1),
    http: share('http', 1),
    payload: share('payload', 4),
    core: share('core', 4),
  };
}

try {
  const args = readArguments(process.argv.slice(2), {
    seed: 'text',
    inputs: 'text',
    only: 'text',
    from: 'text',
    homes: 'text',
    out: 'text',
    help: 'flag',
  });
  if (args.flag('help')) {
    say(HELP);
    process.exit(0);
  }
  const inputs = shares(args.whole('inputs', 1, 1e9) ?? 10_000, args.text('only'));
  const dataDir = mkdtempSync(join(tmpdir(), 'yinling-fuzz-'));
  const postgres = await startEmbeddedPostgres({ dataDir, log: silentLog() });
  try {
    const report = await runFuzz({
      seed: args.whole('seed', 0, 2 ** 31) ?? 1,
      inputs,
      from: args.whole('from', 0, 1e9) ?? 0,
      homes: args.whole('homes', 1, 1_000) ?? 40,
      databaseUrl: postgres.url,
      dataDir,
      say,
    });
    say(JSON.stringify(report, null, 2));
    const out = args.text('out');
    if (out !== undefined) writeFileSync(out, JSON.stringify(report, null, 2));
    process.exitCode = report.ok ? 0 : 1;
  } finally {
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${HELP}`);
  process.exitCode = EXIT_USAGE;
}
