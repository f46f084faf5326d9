import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from './support/postgres.ts';
import { ADMIN_PASSWORD, type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { anewOnRetry } from './support/anew.ts';

const root = resolve(import.meta.dirname, '..');
const data = process.env['YINLING_DATA'] ?? resolve(root, '../shared/data');
const folder = mkdtempSync(join(tmpdir(), 'yinling-sim-'));
const out = join(folder, 'out.json');
let db: TestDatabase;
let service: ServiceProcess;

anewOnRetry(
  async () => {
    db = await testDatabase();
    service = await startServiceProcess({ DATABASE_URL: db.url, DATA_DIR: join(folder, 'data') });
  },
  async () => {
    await service.stop();
    await db.drop();
    rmSync(folder, { recursive: true, force: true });
  },
);

async function sim(
  ...args: string[]
): Promise<{ code: unknown; said: string; result: Record<string, unknown> }> {
  const broker = `mqtt://127.0.0.1:${service.mqttPort}`;
  const files = ['--secrets', join(folder, 'secrets.json'), '--out', out];
  const target = ['--broker', broker, '--api', service.httpUrl, ...files];
  const child = spawn(process.execPath, ['devices-sim/cli.ts', ...args, ...target], {
    cwd: root,
    env: { ...process.env, ADMIN_PASSWORD },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'exit')) as [unknown];
  const result = existsSync(out) ? (JSON.parse(readFileSync(out, 'utf8')) as Record<string, unknown>) : {};
  return { code, said, result };
}

describe('npm run sim against the service', { timeout: 180_000 }, () => {
  it.skipIf(!existsSync(data))('replays a recorded home: all of it is stored, once (I1, I2)', async () => {
    const { code, said, result } = await sim('replay', 'kasteren', '--speed', '20000', '--span', '48h');
    expect(code, said).toBe(0);
    expect(result).toMatchObject({ dataset: 'kasteren', lost: 0, duplicated: 0, unacknowledged: 0 });
    expect(result['published']).toBeGreaterThan(50);
  });

  it('bears a load with presses in it: everything acknowledged is stored once, every press is seen (I1, I2, I5)', async () => {
    const { code, said, result } = await sim(
      'load',
      '--clients',
      '20',
      '--rate',
      '200',
      '--presses',
      '5',
      '--duration',
      '4s',
      '--check',
    );
    expect(code, said).toBe(0);
    expect(result).toMatchObject({ lost: 0, duplicated: 0, connectFailures: 0 });
    expect(result['pressesSeen']).toBe(result['presses']);
  });

  it('wants a recording that is there', async () => {
    const { code, said } = await sim('replay', 'casas-aruba', '--data', folder);
    expect(code).toBe(3);
    expect(said).toContain('is not there; set YINLING_DATA');
  });
});
