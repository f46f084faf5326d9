import { writeFileSync } from 'node:fs';
import { ApiClient } from '../api/api-client.ts';
import { SecretStore } from '../api/secrets.ts';
import { type Arguments, UsageError } from '../options.ts';

/** What a command sees of the process around it. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

/** Options that every command shares which talks to a service. */
export const SERVICE_OPTIONS = {
  broker: 'text',
  api: 'text',
  'admin-password': 'text',
  username: 'text',
  password: 'text',
  secrets: 'text',
  seed: 'text',
  out: 'text',
  help: 'flag',
} as const;

export const SERVICE_HELP = `  --broker URL          MQTT broker (default mqtt://127.0.0.1:1883)
  --api URL             the service's HTTP address, e.g. http://127.0.0.1:8080: registers homes and devices there,
                        lets people act, and checks afterwards that nothing was lost or doubled.
                        Without it: any broker, nothing registered, only acknowledgements are seen
  --admin-password P    password of the user admin (default: ADMIN_PASSWORD)
  --username U, --password P
                        without --api: one login for all devices (default: none)
  --secrets FILE        device secrets and passwords between runs (default .sim/secrets.json; mode 600)
  --seed N              same seed, same run (default 1)
  --out FILE            result as JSON`;

export interface Target {
  brokerUrl: string;
  admin: ApiClient | undefined;
  adminPassword: string;
  apiUrl: string | undefined;
  login: { username: string; password: string } | undefined;
  secrets: SecretStore;
  seed: number;
}

const LARGEST_SEED = 2 ** 31;

export async function targetOf(args: Arguments, terminal: Terminal): Promise<Target> {
  const brokerUrl = args.text('broker') ?? 'mqtt://127.0.0.1:1883';
  if (!/^(mqtts?|wss?):$/.test(URL.parse(brokerUrl)?.protocol ?? ''))
    throw new UsageError(`--broker must be a URL such as mqtt://127.0.0.1:1883, not "${brokerUrl}"`);
  const apiUrl = args.text('api');
  if (apiUrl !== undefined && !/^https?:$/.test(URL.parse(apiUrl)?.protocol ?? ''))
    throw new UsageError(`--api must be a URL such as http://127.0.0.1:8080, not "${apiUrl}"`);
  const seed = args.whole('seed', 0, LARGEST_SEED) ?? 1;
  const adminPassword = args.text('admin-password') ?? terminal.env['ADMIN_PASSWORD'] ?? '';
  if (apiUrl !== undefined && adminPassword === '')
    throw new UsageError('--api needs --admin-password or ADMIN_PASSWORD');
  const username = args.text('username');
  return {
    brokerUrl,
    apiUrl,
    adminPassword,
    admin: apiUrl === undefined ? undefined : await ApiClient.logIn(apiUrl, 'admin', adminPassword),
    login: username === undefined ? undefined : { username, password: args.text('password') ?? '' },
    secrets: new SecretStore(args.text('secrets') ?? '.sim/secrets.json'),
    seed,
  };
}

export function writeResult(args: Arguments, result: unknown): void {
  const path = args.text('out');
  if (path !== undefined) writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
}
