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

/** The real service as a process of its own: `node main.ts` of that folder on free ports. */
export async function startServiceProcess(
  env: Record<string, string>,
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
      child.kill('SIGTERM');
      await gone;
      return child.exitCode;
    },
    async kill9() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
