import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';

const program = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/usr/local/bin']
  .map((dir) => join(dir, 'redis-server'))
  .find((path) => existsSync(path));

export const redisThere = program !== undefined;

/** A Redis that keeps nothing: whenever it comes back it is empty. */
export interface ChaosRedis {
  readonly port: number;
  readonly url: string;
  start(): Promise<void>;
  kill9(): Promise<void>;
  freeze(): () => void;
}

/** undefined: this machine has none. */
export async function startChaosRedis(
  folder: string,
  pidFolder: string,
  port: number,
): Promise<ChaosRedis | undefined> {
  if (program === undefined) return undefined;
  let child: ChildProcess | undefined;
  const redis: ChaosRedis = {
    port,
    url: `redis://127.0.0.1:${port}`,
    async start() {
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
      child = spawn(program, args, { cwd: folder, stdio: 'ignore' });
      const pidFile = join(pidFolder, String(child.pid));
      writeFileSync(pidFile, '');
      child.on('exit', () => rmSync(pidFile, { force: true }));
      await until('Redis to listen', () => listens(port));
    },
    async kill9() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
    freeze() {
      child?.kill('SIGSTOP');
      return () => void child?.kill('SIGCONT');
    },
  };
  await redis.start();
  return redis;
}

/** One of a test's own, on a free port, with its files in `folder`. undefined: this machine has none. */
export const startRedisIn = async (folder: string): Promise<ChaosRedis | undefined> =>
  startChaosRedis(folder, folder, await freePort());

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
