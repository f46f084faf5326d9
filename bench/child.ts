import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';

const ROOT = join(import.meta.dirname, '..');
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 4;

export interface Product {
  pid: number;
  mqttPort: number;
  httpPort: number;
  apiUrl: string;
  /** From spawn to the first 200 of /readyz. */
  readyAfterMs: number;
  /** Resident memory of the service's process now; undefined where /proc is not there. */
  rssBytes(): number | undefined;
  stop(): Promise<void>;
  /** As a power cut ends it; waits until it is gone. */
  kill9(): Promise<void>;
}

export interface ProductOptions {
  dataDir: string;
  adminPassword: string;
  databaseUrl?: string;
  /** A free one if absent. */
  mqttPort?: number;
  /** Besides, e.g. `ROLES` of one that does not do everything. */
  env?: Record<string, string>;
}

const MORNING_HOUR = 10;
const EASTERNMOST_HOURS = 14;

/**
 * Where it is ten in the morning. At night the load's homes, in which somebody goes from room to room 20 times a second,
 * are wandering: hundreds of alarms that nobody meant to measure, in one half of the day and not in the other.
 */
export function zoneOfMorning(now: Date): string {
  const ahead = (MORNING_HOUR - now.getUTCHours() + 24) % 24;
  const hours = ahead > EASTERNMOST_HOURS ? ahead - 24 : ahead;
  // The sign of these names is the other way round (POSIX)
  return hours === 0 ? 'Etc/GMT' : `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`;
}

/** The service as users run it: `node main.ts`, a process of its own, on 127.0.0.1 and free ports. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const [mqttPort, httpPort] = [options.mqttPort ?? (await freePort()), await freePort()];
  const startedAt = performance.now();
  const child = spawn(process.execPath, [join(ROOT, 'main.ts')], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      HOST: '127.0.0.1',
      MQTT_PORT: String(mqttPort),
      HTTP_PORT: String(httpPort),
      DATA_DIR: options.dataDir,
      ADMIN_PASSWORD: options.adminPassword,
      LOG_LEVEL: 'warn',
      CANARY: 'off', // what is counted is what was sent
      TZ: zoneOfMorning(new Date()),
      ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = keepLast(child);
  const apiUrl = `http://127.0.0.1:${httpPort}`;
  while (!(await isReady(apiUrl))) {
    const waitedMs = performance.now() - startedAt;
    if (child.exitCode !== null || child.signalCode !== null || waitedMs > READY_WITHIN_MS) {
      child.kill('SIGKILL');
      throw new Error(
        `the service did not get ready (${child.exitCode ?? child.signalCode ?? 'too slow'}):\n${said()}`,
      );
    }
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
  }
  const pid = child.pid ?? 0;
  return {
    pid,
    mqttPort,
    httpPort,
    apiUrl,
    readyAfterMs: performance.now() - startedAt,
    rssBytes: () => rssOf(pid),
    stop: () => stop(child),
    kill9: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

async function isReady(apiUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${apiUrl}/readyz`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}

/** SIGTERM, then after half a minute SIGKILL; waits for the end. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  const limit = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  child.kill('SIGTERM');
  await gone;
  clearTimeout(limit);
}

export function rssOf(pid: number): number | undefined {
  try {
    const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Number(kb) * 1024;
  } catch {
    return undefined;
  }
}

const TICK_MS = 10;

/** CPU time that all threads of the process have used, ms; undefined where /proc is not there. */
export function cpuMsOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .map(Number);
    return ((user ?? NaN) + (system ?? NaN)) * TICK_MS;
  } catch {
    return undefined;
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const KEPT_CHARS = 8_000;

function keepLast(child: ChildProcess): () => string {
  let text = '';
  const keep = (chunk: Buffer): void => void (text = (text + chunk.toString()).slice(-KEPT_CHARS));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => text;
}
