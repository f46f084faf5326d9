import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

const program = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  .map((dir) => join(dir, 'mosquitto'))
  .find((path) => existsSync(path));

export const mosquittoThere = program !== undefined;

export interface Mosquitto {
  readonly url: string;
  /** A client of it, connected. */
  readonly publisher: MqttClient;
  stop(): Promise<void>;
}

/** One of its own, that lets everybody in and queues without bound; otherwise as it is by default. */
export async function startMosquitto(): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'yinling-mosquitto-'));
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n`);
  const broker = spawn(program ?? '', ['-c', config], { stdio: 'ignore' });
  const gone = once(broker, 'exit');
  const url = `mqtt://127.0.0.1:${port}`;
  const publisher = await until('mosquitto', () => connectAsync(url, {}, false));
  return {
    url,
    publisher,
    async stop() {
      await publisher.endAsync(true);
      broker.kill();
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
