import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Config, type Environment, loadConfig } from '../../platform/config.ts';
import { newPassword, SecretStore } from '../api/secrets.ts';
import { readArguments, UsageError } from '../options.ts';
import { preciseClock } from '../precise-clock.ts';
import { type Logins, Neighbourhood } from '../scenarios/neighbourhood.ts';
import { faultsOf } from './run-command.ts';
import { summaryText } from './summary-text.ts';
import type { Terminal } from './terminal.ts';

/** The service, as the root starts it for us: this folder must not know how. */
export interface RunningService {
  /** undefined: an external broker is used. */
  readonly mqttPort: number | undefined;
  readonly httpPort: number;
  stop(): Promise<void>;
}
export type StartService = (config: Config) => Promise<RunningService>;

export const DEMO_HELP = `npm run demo -- [options]      the service with a simulated neighbourhood living through emergencies

  --for T          ends by itself after 60s, 2m … with a summary; a simulated operator answers then
                   (default: until Ctrl-C; most alarms are left to you, log in as printed)
  --summary FILE   the summary as JSON
  --homes N        homes (default 40)
  --seed N         same seed, same neighbourhood and same fate (default 1)
  --faults LIST    dup, late, reorder, drop, clock, each with a share if wanted: dup=0.1,late
                   (default dup=0.03,late=0.02,reorder=0.02,drop=0.001)
  --port N         of the console (default HTTP_PORT, else 8080, or a free one when that is taken)
  --mqtt-port N    of the broker (default MQTT_PORT, else 1883, or a free one when that is taken)

Everything else by the environment: DATA_DIR (.data), DATABASE_URL, LOG_LEVEL …
Exit code: 0; 1 if an acknowledged message or a press was lost or doubled; 2 for a wrong command line.
`;

const MOST_HOMES = 2_000;
const LARGEST_SEED = 2 ** 31;
const DEFAULT_FAULTS = 'dup=0.03,late=0.02,reorder=0.02,drop=0.001';
/** Shorter, and no alarm could come to its end. */
const SHORTEST_MS = 5_000;

export async function demo(
  argv: readonly string[],
  terminal: Terminal,
  start: StartService,
): Promise<number> {
  const args = readArguments(argv, {
    for: 'text',
    summary: 'text',
    homes: 'text',
    seed: 'text',
    faults: 'text',
    port: 'text',
    'mqtt-port': 'text',
    help: 'flag',
  });
  if (args.flag('help')) {
    terminal.out(DEMO_HELP);
    return 0;
  }
  const forMs = args.durationMs('for');
  if (forMs !== undefined && forMs < SHORTEST_MS) throw new UsageError('--for must be at least 5s');
  const seed = args.whole('seed', 0, LARGEST_SEED) ?? 1;
  const homes = args.whole('homes', 1, MOST_HOMES) ?? 40;
  const faults = faultsOf(args.text('faults') ?? DEFAULT_FAULTS);
  const summaryFile = args.text('summary');

  const env: Environment = {
    ...terminal.env,
    LOG_LEVEL: terminal.env['LOG_LEVEL'] || 'warn',
    HTTP_PORT: await portFor(args.whole('port', 0, 65_535), terminal.env['HTTP_PORT'], 8080),
    MQTT_PORT: await portFor(args.whole('mqtt-port', 0, 65_535), terminal.env['MQTT_PORT'], 1883),
  };
  const first = loadConfig(env);
  if (!first.ok) return refuse(terminal, first.problems);
  // Kept beside the data it belongs to, so that a second demo on the same directory can log in again.
  const secrets = new SecretStore(join(first.config.dataDir, 'sim-secrets.json'));
  const adminPassword = first.config.adminPassword ?? secrets.user('admin') ?? newPassword();
  const config: Config = { ...first.config, adminPassword };

  terminal.out(`启动中 starting, data in ${config.dataDir} …\n`);
  const service = await start(config);
  try {
    secrets.setUser('admin', adminPassword);
    secrets.save();
    const apiUrl = `http://127.0.0.1:${service.httpPort}`;
    const brokerUrl = config.mqttUrl ?? `mqtt://127.0.0.1:${service.mqttPort ?? 0}`;
    const neighbourhood = await Neighbourhood.settle({
      brokerUrl,
      apiUrl,
      adminPassword,
      scenario: 'neighbourhood',
      seed,
      homes,
      forMs,
      ratePerS: undefined,
      faults,
      secrets,
      clock: preciseClock,
      signal: terminal.signal,
      say: (line) => terminal.out(`${line}\n`),
    });
    terminal.out(welcome(apiUrl, brokerUrl, await neighbourhood.logins(), adminPassword, forMs));
    if (terminal.signal.aborted) return 0;
    const summary = await neighbourhood.live();
    terminal.out(summaryText(summary));
    if (summaryFile !== undefined) writeFileSync(summaryFile, `${JSON.stringify(summary, null, 2)}\n`);
    return summary.lost + summary.duplicated === 0 ? 0 : 1;
  } finally {
    await service.stop();
  }
}

function refuse(terminal: Terminal, problems: readonly string[]): number {
  for (const problem of problems) terminal.err(`${problem}\n`);
  return 1;
}

function welcome(
  apiUrl: string,
  brokerUrl: string,
  logins: Logins,
  adminPassword: string,
  forMs: number | undefined,
): string {
  const line = (
    what: string,
    { username, password }: { username: string; password: string },
    where = '',
  ): string => `  ${what}   ${username} / ${password}${where}`;
  return [
    '',
    `  控制台 console      ${apiUrl}/`,
    line('接警员 operator  ', logins.operator),
    line('主管 supervisor  ', logins.supervisor),
    line('护理员 caregiver ', logins.caregiver, `   ${apiUrl}/h5`),
    line('管理员 admin     ', { username: 'admin', password: adminPassword }),
    `  MQTT                ${brokerUrl}`,
    '',
    forMs === undefined
      ? '  警情留给您处理；按 Ctrl-C 结束。 Alarms are yours; Ctrl-C ends.'
      : `  ${forMs / 1000} 秒后自动结束。 Ends by itself after ${forMs / 1000} s.`,
    '',
    '',
  ].join('\n');
}

/** What was asked for as it is; the usual port if it is free, else a free one. */
async function portFor(
  option: number | undefined,
  variable: string | undefined,
  usual: number,
): Promise<string> {
  if (option !== undefined) return String(option);
  if (variable !== undefined && variable !== '') return variable;
  return (await isFree(usual)) ? String(usual) : '0';
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
