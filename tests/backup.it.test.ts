import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Api, apiWith, login } from './support/api.ts';
import { connectDevice } from './support/device.ts';
import { testDatabase } from './support/postgres.ts';
import { type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { until } from './support/until.ts';
import { registerHome, type TestHome } from './support/world.ts';
import { anewOnRetry } from './support/anew.ts';

const root = resolve(import.meta.dirname, '..');
const place = mkdtempSync(join(tmpdir(), 'yinling-backup-'));
const file = join(place, 'yinling.backup');
const living = { DATA_DIR: join(place, 'living') };
const fresh = { DATA_DIR: join(place, 'fresh') };
let service: ServiceProcess;
let home: TestHome & { deviceIds: string[] };
/** What was there to be seen, and the backup that was then made of the running service. */
let before: Awaited<ReturnType<typeof everythingSeen>>;
let made: { code: number; out: string };

const admin = (words: readonly string[], env: Record<string, string>) =>
  new Promise<{ code: number; out: string }>((done) => {
    const given = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env };
    execFile(process.execPath, [join(root, 'admin.ts'), ...words], { env: given }, (error, out, err) =>
      done({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out: out + err }),
    );
  });
const must = async (answer: ReturnType<Api>) => {
  const { status, body } = await answer;
  expect({ status, detail: body?.detail }).toEqual({
    status: status < 300 ? status : 200,
    detail: undefined,
  });
  return body;
};

/** What a person would look at to believe it. */
async function everythingSeen(httpUrl: string) {
  const api = await login(httpUrl);
  const verdict = await must(apiWith(httpUrl, '')('GET', '/ledger/verify'));
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  return {
    alerts: (await must(api('GET', '/alerts?limit=1000'))).items,
    orders: (await must(api('GET', '/orders?limit=1000'))).items,
    residents: (await must(api('GET', '/residents?q=桂兰'))).items,
    readings: await must(
      api('GET', `/homes/${home.homeId}/readings?from=${day(-1)}&to=${day(1)}&limit=1000`),
    ),
    chart: await must(api('GET', `/homes/${home.homeId}/readings?from=${day(-1)}&to=${day(1)}&bucket=1h`)),
    letters: (await must(api('GET', '/dead-letters?limit=100'))).items,
    ledger: { ok: verdict.ok, blocks: verdict.blocks, problems: verdict.problems },
    kpi: await must(api('GET', `/reports/kpi?from=2024-01-01&to=2034-01-01&groupBy=street`)),
  };
}

anewOnRetry(
  async () => {
    service = await startServiceProcess(living);
    const api = await login(service.httpUrl);
    home = await registerHome(api, [{ kind: 'sos_button' }, { kind: 'pir', zone: 'bathroom' }]);
    const [button = '', pir = ''] = home.deviceIds;
    const connect = (id: string) => connectDevice(service.mqttPort, id, home.secrets[id] ?? '');
    const [pressed, seeing] = [await connect(button), await connect(pir)];
    await pressed.publish(`care/v1/${home.homeId}/${button}/sos`, '{"id":"s1","action":"press"}');
    const presence = `care/v1/${home.homeId}/${pir}/presence`;
    for (let i = 0; i < 20; i += 1)
      await seeing.publish(presence, `{"id":"p${i}","sensor":"pir","zone":"bathroom","occupied":true}`);
    await seeing.publish(presence, '{"sensor":"\\u0000\\ttab\\\\"}');
    await Promise.all([pressed.end(), seeing.end()]);
    const alert = await until('the alert', async () => (await must(api('GET', '/alerts'))).items[0]);
    const carer = await must(
      api('POST', '/caregivers', { name: '李志愿', role: 'volunteer', stars: 5, lat: 22.558, lon: 114.06 }),
    );
    const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    await must(api('POST', '/shifts', { caregiverId: carer.id, from: hour(-1), to: hour(1) }));
    const order = await must(api('POST', `/alerts/${alert.id}/dispatch`, { caregiverId: carer.id }));
    for (const step of ['accept', 'depart', 'arrive'])
      await must(api('POST', `/orders/${order.id}/${step}`, { caregiverId: carer.id }));
    await must(
      api('POST', `/orders/${order.id}/complete`, {
        caregiverId: carer.id,
        service: 'urgent',
        notes: '无外伤',
      }),
    );
    await must(api('POST', `/alerts/${alert.id}/acknowledge`, {}));
    await must(api('POST', `/alerts/${alert.id}/resolve`, { disposition: 'assisted', note: '' }));
    await until('the sealed block', async () => {
      const { body } = await apiWith(service.httpUrl, '')('GET', '/ledger/verify');
      return body.ok === true && body.blocks >= 1;
    });
    before = await everythingSeen(service.httpUrl);
    made = await admin(['backup', file], living);
  },
  async () => {
    await service.stop();
    rmSync(place, { recursive: true, force: true });
  },
);

describe('backup and restore', () => {
  it('a backup of the running service, restored elsewhere, shows the same alerts, readings and ledger', async () => {
    expect(before.alerts.length).toBeGreaterThan(0);
    expect(before.readings.items.length).toBeGreaterThanOrEqual(20);
    expect(made).toMatchObject({ code: 0 });
    expect(statSync(file).mode & 0o077).toBe(0);

    const again = await admin(['backup', file], living);
    expect(again).toMatchObject({ code: 1 });
    expect(again.out).toContain('nothing is overwritten');

    await service.stop();
    const unkeyed = await admin(['restore', file], fresh);
    expect(unkeyed).toMatchObject({ code: 0 });
    expect(JSON.parse(unkeyed.out)).toMatchObject({ rows: JSON.parse(made.out).rows, keyChecked: false });
    copyFileSync(join(living.DATA_DIR, 'data.key'), join(fresh.DATA_DIR, 'data.key'));

    const restored = await startServiceProcess(fresh);
    try {
      expect(await everythingSeen(restored.httpUrl)).toEqual(before);
      // And life goes on: new rows get new numbers, the next press is a new alert that knows the former one.
      const button = home.deviceIds[0] ?? '';
      const device = await connectDevice(restored.mqttPort, button, home.secrets[button] ?? '');
      await device.publish(`care/v1/${home.homeId}/${button}/sos`, '{"id":"s1","action":"press","again":1}');
      await device.publish(`care/v1/${home.homeId}/${button}/sos`, '{"id":"s1","action":"press"}');
      await device.end();
      const api = await login(restored.httpUrl);
      const { items } = await must(api('GET', `/alerts?homeId=${home.homeId}&state=open`));
      expect(items).toHaveLength(1);
      expect(items[0]).toMatchObject({ previousAlertId: before.alerts[0].id });
      expect(items[0].evidence.filter((e: { kind: string }) => e.kind === 'press')).toHaveLength(1);
      await registerHome(api, [{ kind: 'sos_button' }]);
    } finally {
      await restored.stop();
    }
  });

  it('nothing is restored into a database where somebody lives', async () => {
    await service.stop();
    const answer = await admin(['restore', file], living);
    expect(answer).toMatchObject({ code: 1 });
    expect(answer.out).toContain('the database is not empty');
  });

  it('what was seen before a move to another server is seen after it: readings, charts, alerts, reports, ledger', async () => {
    await service.stop();
    const db = await testDatabase({ migrated: false });
    try {
      const moved = await admin(['move', db.url], living);
      expect(moved, moved.out).toMatchObject({ code: 0 });
      const there = await startServiceProcess({ ...living, DATABASE_URL: db.url });
      try {
        expect(await everythingSeen(there.httpUrl)).toEqual(before);
      } finally {
        await there.stop();
      }
    } finally {
      await db.drop();
    }
  });

  it('a restore by DATABASE_URL leaves append-only tables append-only, and the right key is told from a wrong one', async () => {
    const db = await testDatabase({ migrated: false });
    try {
      const wrong = join(place, 'wrong.key');
      writeFileSync(wrong, `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 });
      const env = { DATABASE_URL: db.url, DATA_DIR: join(place, 'elsewhere') };
      const refused = await admin(['restore', file], { ...env, DATA_KEY_FILE: wrong });
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.out).toContain('is not the one of this backup');

      const whole = readFileSync(file);
      const cut = join(place, 'cut.backup');
      writeFileSync(cut, whole.subarray(0, whole.length - 200));
      const key = { DATA_KEY_FILE: join(living.DATA_DIR, 'data.key') };
      const short = await admin(['restore', cut], { ...env, ...key });
      expect(short).toMatchObject({ code: 1 });
      expect(short.out).toContain('cut short');

      // What a failed restore leaves behind is empty, so the next one may.
      const done = await admin(['restore', file], { ...env, ...key });
      expect(done).toMatchObject({ code: 0 });
      expect(JSON.parse(done.out)).toMatchObject({ keyChecked: true });
      for (const table of ['audit', 'alert_events', 'ledger_entries', 'ledger_blocks'])
        await expect(db.pool.query(`delete from ${table}`)).rejects.toThrow('append-only');
    } finally {
      await db.drop();
    }
  });
});
