import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '../devices-sim/api/api-client.ts';
import { SecretStore } from '../devices-sim/api/secrets.ts';
import { seedLoad } from '../devices-sim/load/seed-load.ts';
import { Histogram } from '../devices-sim/measure/histogram.ts';
import { startEmbeddedPostgres } from '../platform/embedded-postgres/start.ts';
import { silentLog } from '../platform/log.ts';
import { startProduct } from './child.ts';
import { machine, type Report, round } from './machine.ts';

export interface StartSettings {
  starts: number;
  /** Homes in the registry of the warm directory. */
  homes: number;
}

export const START_DEFAULTS: StartSettings = { starts: 5, homes: 100 };

const PASSWORD = 'a-password-for-benchmarks';

/**
 * From `node main.ts` to the first 200 of /readyz: once on an empty directory, then several times on a warm one, embedded PostgreSQL
 * included; beside Node starting with nothing to do plus PostgreSQL starting on the same directory.
 */
export async function start(settings: StartSettings, say: (line: string) => void): Promise<Report> {
  const machineBefore = machine();
  const dataDir = mkdtempSync(join(tmpdir(), 'yinling-bench-'));
  try {
    const options = { dataDir, adminPassword: PASSWORD };
    const first = await startProduct(options);
    const coldMs = first.readyAfterMs;
    const api = await ApiClient.logIn(first.apiUrl, 'admin', PASSWORD);
    await seedLoad(api, settings.homes, 1, new SecretStore(undefined));
    await first.stop();
    say(`empty directory: ${round(coldMs, 0)} ms`);

    const warm = new Histogram();
    const stopping = new Histogram();
    const rssMb: number[] = [];
    for (let i = 0; i < settings.starts; i++) {
      const product = await startProduct(options);
      warm.record(product.readyAfterMs);
      await new Promise((done) => setTimeout(done, 500));
      rssMb.push(Math.round((product.rssBytes() ?? 0) / 2 ** 20));
      const stoppedAt = performance.now();
      await product.stop();
      stopping.record(performance.now() - stoppedAt);
      say(`warm start ${i + 1}: ${round(product.readyAfterMs, 0)} ms, ${rssMb.at(-1) ?? 0} MB`);
    }

    const node = new Histogram();
    const postgres = new Histogram();
    for (let i = 0; i < settings.starts; i++) {
      node.record(await bareNodeMs());
      const startedAt = performance.now();
      const server = await startEmbeddedPostgres({ dataDir, log: silentLog() });
      postgres.record(performance.now() - startedAt);
      await server.stop();
    }
    const readyMs = warm.quantileMs(0.5);
    const floorMs = node.quantileMs(0.5) + postgres.quantileMs(0.5);
    return {
      name: 'start',
      machine: machineBefore,
      at: new Date().toISOString(),
      settings: { ...settings },
      product: {
        'ready, warm directory': warm.summary(),
        'ready, empty directory, ms': round(coldMs, 0),
        stop: stopping.summary(),
        'memory after start, MB': Math.max(...rssMb),
      },
      floor: { 'node -e 0': node.summary(), 'PostgreSQL alone': postgres.summary() },
      ratio: { ready: round(readyMs / floorMs, 2) },
      aims: [
        {
          what: 'ready from a warm directory, slowest',
          aim: '≤ 5 s',
          measured: round(warm.quantileMs(1) / 1000, 2),
          met: warm.quantileMs(1) <= 5_000,
        },
      ],
    };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function bareNodeMs(): Promise<number> {
  const startedAt = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return performance.now() - startedAt;
}
