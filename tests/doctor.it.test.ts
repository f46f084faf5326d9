import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from './support/free-port.ts';
import { type ServiceProcess, startServiceProcess } from './support/service-process.ts';

const root = resolve(import.meta.dirname, '..');
const place = mkdtempSync(join(tmpdir(), 'yinling-doctor-'));
let service: ServiceProcess;
let env: Record<string, string>;
beforeAll(async () => {
  service = await startServiceProcess({ DATA_DIR: place });
  env = { DATA_DIR: place, MQTT_PORT: String(service.mqttPort), HTTP_PORT: new URL(service.httpUrl).port };
});
afterAll(async () => {
  await service.stop();
  rmSync(place, { recursive: true, force: true });
});

const doctor = (given: Record<string, string>) =>
  new Promise<{ code: unknown; out: string }>((done) => {
    const all = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...given };
    execFile(process.execPath, [join(root, 'admin.ts'), 'doctor'], { env: all }, (error, out, err) =>
      done({ code: error ? error.code : 0, out: out + err }),
    );
  });

describe('npm run admin -- doctor', () => {
  it('looks at a service that is well, and exits with 0', async () => {
    const { code, out } = await doctor(env);
    for (const seen of [
      'PostgreSQL 18',
      'all of this version',
      'fsync on',
      'answers at 127.0.0.1',
      'ready at',
    ])
      expect(out).toContain(seen);
    expect(out).toContain('WARN  data key');
    expect(out).not.toContain('FAIL');
    expect(code).toBe(0);
  });

  it('says what to do about what is not there, and exits with 1', async () => {
    const nobody = String(await freePort());
    const { code, out } = await doctor({
      ...env,
      DATABASE_URL: `postgres://nobody@127.0.0.1:${nobody}/none`,
      REDIS_URL: `redis://127.0.0.1:${nobody}`,
      MQTT_PORT: nobody,
      HTTP_PORT: String(await freePort()),
    });
    for (const check of ['database', 'redis', 'broker', 'service'])
      expect(out).toMatch(new RegExp(`FAIL  ${check} .*\\n +→ `));
    expect(code).toBe(1);
  });

  it('tells every problem of the configuration, and never a secret', async () => {
    const { code, out } = await doctor({ ...env, MQTT_PORT: 'often', DATABASE_URL: 'hunter2' });
    expect(out).toContain('MQTT_PORT: must be a port');
    expect(out).toContain('DATABASE_URL: must be');
    expect(out).not.toContain('hunter2');
    expect(code).toBe(1);
  });

  it('finds a Redis that would throw wake-ups away', async (context) => {
    const port = String(await freePort());
    const server = spawn(
      'redis-server',
      ['--port', port, '--save', '', '--maxmemory-policy', 'allkeys-lru'],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    const missing = await Promise.race([
      once(server, 'error').then(() => true),
      once(server.stdout, 'data').then(() => false),
    ]);
    if (missing) return context.skip('no redis-server on this machine');
    const gone = once(server, 'exit');
    try {
      const { code, out } = await doctor({ ...env, REDIS_URL: `redis://127.0.0.1:${port}` });
      expect(out).toMatch(/FAIL {2}redis memory .*allkeys-lru/);
      expect(code).toBe(1);
    } finally {
      server.kill();
      await gone;
    }
  });
});
