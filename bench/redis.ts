import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort, stop } from './child.ts';
import { answers } from './mosquitto.ts';

const UP_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** A Redis of the run's own that keeps nothing; undefined where `redis-server` is not installed. */
export async function startRedis(): Promise<{ url: string; stop(): Promise<void> } | undefined> {
  const program = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/usr/local/bin']
    .map((folder) => join(folder, 'redis-server'))
    .find((path) => existsSync(path));
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'yinling-redis-'));
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn(program, args, { cwd: folder, stdio: 'ignore' });
  const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
  for (const untilAt = performance.now() + UP_WITHIN_MS; !(await answers(port));) {
    if (performance.now() > untilAt) throw new Error('redis-server does not answer');
    await Promise.race([new Promise((done) => setTimeout(done, LOOK_EVERY_MS)), failed]);
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      await stop(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
