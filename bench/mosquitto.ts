import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort, stop } from './child.ts';

const UP_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** Mosquitto where it is installed, letting everybody in, keeping nothing; undefined where it is not. */
export async function startMosquitto(): Promise<
  { port: number; pid: number; stop(): Promise<void> } | undefined
> {
  const program = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
    .map((folder) => join(folder, 'mosquitto'))
    .find((path) => existsSync(path));
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'yinling-mosquitto-'));
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n`,
  );
  const child = spawn(program, ['-c', config], { stdio: 'ignore' });
  const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
  for (const untilAt = performance.now() + UP_WITHIN_MS; !(await answers(port));) {
    if (performance.now() > untilAt) throw new Error('mosquitto does not answer');
    await Promise.race([new Promise((done) => setTimeout(done, LOOK_EVERY_MS)), failed]);
  }
  return {
    port,
    pid: child.pid ?? 0,
    stop: async () => {
      await stop(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether anybody listens there. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (up: boolean) => () => {
      socket.destroy();
      resolve(up);
    };
    socket.once('connect', end(true)).once('error', end(false));
  });
}
