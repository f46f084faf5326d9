import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from './free-port.ts';
import { NeverComes, until } from './until.ts';

const root = resolve(import.meta.dirname, '../..');
/** Its database may have to be made first, on a machine that is busy with other things. */
const READY_WITHIN_MS = 150_000;
export const ADMIN_PASSWORD = 'a-password-for-tests';

export interface ServiceProcess {
  httpUrl: string;
  mqttPort: number;
  child: ChildProcess;
  /** Everything it has printed. */
  output(): string;
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>;
  kill9(): Promise<void>;
}

/** What a run is told of a service that ends although nobody asked it to: the tests only see that it is gone. */
export const endedUnasked = (code: number | null, signal: string | null, printed: string): string =>
  `a service under test has ended by itself, ${signal === null ? `code ${code}` : `by ${signal}`}; it printed last:\n` +
  `${printed.split('\n').slice(-LAST_LINES).join('\n')}\n`;
const LAST_LINES = 20;

/** The real service as a process of its own: `node main.ts` of that folder on free ports. */
export async function startServiceProcess(
  env: Record<string, string | undefined>,
  folder = root,
): Promise<ServiceProcess> {
  const httpPort = Number(env['HTTP_PORT'] ?? (await freePort()));
  const mqttPort = Number(env['MQTT_PORT'] ?? (await freePort()));
  const child = spawn(process.execPath, [join(folder, 'main.ts')], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      LOG_LEVEL: 'warn',
      DATA_DIR: env['DATA_DIR'] ?? mkdtempSync(join(tmpdir(), 'yinling-')),
      ADMIN_PASSWORD,
      // All of a run load the same programs
      NODE_COMPILE_CACHE: join(tmpdir(), 'yinling-tests-compiled'),
      ...env,
      HTTP_PORT: String(httpPort),
      MQTT_PORT: String(mqttPort),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const gone = once(child, 'exit');
  let asked = false;
  child.on('exit', (code, signal) => {
    if (!asked) process.stderr.write(endedUnasked(code, signal, printed));
  });
  const httpUrl = `http://127.0.0.1:${httpPort}`;
  await until(
    'the service to be ready',
    async () => {
      if (child.exitCode !== null) throw new NeverComes(`it has exited with ${child.exitCode}:\n${printed}`);
      return (await fetch(`${httpUrl}/readyz`)).ok;
    },
    READY_WITHIN_MS,
  ).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`${String(error)}\n${printed}`);
  });
  return {
    httpUrl,
    mqttPort,
    child,
    output: () => printed,
    async stop() {
      asked = true;
      child.kill('SIGTERM');
      await gone;
      return child.exitCode;
    },
    async kill9() {
      asked = true;
      child.kill('SIGKILL');
      await gone;
    },
  };
}
