import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ALERTS_KEPT_MS, READINGS_KEPT_MS, sweepCanaries } from '../canary/sweep.ts';
import { parseSamples } from '../admin/doctor/running.ts';
import { type Api, apiWith, login, openStream } from './support/api.ts';
import { connectDevice } from './support/device.ts';
import { type TestDatabase, testDatabase } from './support/postgres.ts';
import { ADMIN_PASSWORD, type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { until } from './support/until.ts';
import { registerHome } from './support/world.ts';
import { anewOnRetry } from './support/anew.ts';

let db: TestDatabase;
let service: ServiceProcess;
let admin: Api;
let token: string;
const pinged = { count: 0 };
const pingServer = createServer((_request, response) => {
  pinged.count += 1;
  response.end('OK');
});

anewOnRetry(
  async () => {
    pinged.count = 0;
    pingServer.listen(0, '127.0.0.1');
    await once(pingServer, 'listening');
    db = await testDatabase();
    service = await startServiceProcess({
      DATABASE_URL: db.url,
      CANARY: 'on',
      CANARY_PING_URL: `http://127.0.0.1:${(pingServer.address() as AddressInfo).port}/`,
      LOG_LEVEL: 'info',
    });
    admin = await login(service.httpUrl);
    const session = await apiWith(service.httpUrl, '')('POST', '/session', {
      username: 'admin',
      password: ADMIN_PASSWORD,
    });
    token = session.body.token;
  },
  async () => {
    expect(await service.stop()).toBe(0);
    await db.drop();
    pingServer.close();
  },
);

const samples = async () => parseSamples(await (await fetch(`${service.httpUrl}/metrics`)).text());
const sumOf = (all: ReadonlyMap<string, number>, start: string): number =>
  [...all].filter(([name]) => name.startsWith(start)).reduce((sum, [, value]) => sum + value, 0);

/** Somebody's, who says of it what only canaries may. */
async function realAlarm(): Promise<string> {
  const home = await registerHome(admin, [{ kind: 'sos_button' }]);
  const button = home.deviceIds[0] ?? '';
  const device = await connectDevice(service.mqttPort, button, home.secrets[button] ?? '');
  await device.publish(`care/v1/${home.homeId}/${button}/sos`, '{"action":"press","synthetic":true}');
  await device.end();
  return home.homeId;
}

describe('the canary', () => {
  it('is seen through all ten streets, on the real path, and in no list', async () => {
    const plain = await openStream(service.httpUrl, token);
    await until(
      'a press of every street to be seen',
      async () => {
        const all = await samples();
        const counts = [...all].filter(([name]) => name.startsWith('yinling_canary_seconds_count{'));
        return counts.length === 10 && counts.every(([, value]) => value >= 2);
      },
      80_000,
    );
    expect(
      [...(await samples())].filter(([name]) => name.startsWith('yinling_canary_failing{')),
    ).toHaveLength(10);
    await until(
      'every street to be well',
      async () => sumOf(await samples(), 'yinling_canary_failing{') === 0,
      45_000,
    );

    const { rows } = await db.pool.query<{ synthetic: boolean; kind: string; orders: number }>(
      `select synthetic, kind, jsonb_array_length(doc -> 'orderIds') as orders from alerts`,
    );
    expect(rows.length).toBeGreaterThanOrEqual(10);
    expect(rows.every((row) => row.synthetic && row.kind === 'sos' && row.orders === 0)).toBe(true);
    for (const list of ['/alerts?limit=1000', '/homes?limit=1000', '/devices?limit=1000', '/orders'])
      expect((await admin('GET', list)).body.items).toEqual([]);
    expect((await admin('GET', '/homes/canary-lianhua')).status).toBe(404);
    // Nobody can move into a home whose alarms are never dispatched.
    const into = await admin('POST', '/devices', { homeId: 'canary-lianhua', kind: 'sos_button' });
    expect(into.status).toBeGreaterThanOrEqual(400);

    // A real alarm is on everybody's stream, canaries' only for who asks.
    const marked = await openStream(service.httpUrl, token, '0');
    const asked = await fetch(`${service.httpUrl}/api/v1/stream?synthetic=true`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const reader = asked.body?.pipeThrough(new TextDecoderStream()).getReader();
    const homeId = await realAlarm();
    for (const stream of [plain, marked]) {
      await until('the real alarm', () => stream.events.some((e) => e.data.homeId === homeId));
      expect(stream.events.filter((e) => e.data.synthetic === true)).toEqual([]);
      stream.close();
    }
    let text = '';
    await until(
      'a canary on the stream of who asks',
      async () => {
        text += (await reader?.read())?.value ?? '';
        return text.includes('"homeId": "canary-') && text.includes('"synthetic": true');
      },
      30_000,
    );
    await reader?.cancel();
  }, 200_000);

  it('who asks for canaries only gets nothing else, and a wrong key opens nothing', async () => {
    const asked = await fetch(`${service.httpUrl}/api/v1/stream?synthetic=only&lastEventId=0`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const reader = asked.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    await until(
      'the canaries of the past',
      async () => {
        text += (await reader?.read())?.value ?? '';
        return text.split('event: alert').length > 10;
      },
      80_000,
    );
    await reader?.cancel();
    const alarms = [...text.matchAll(/^event: alert\ndata: (.*)$/gm)].map(
      ([, data = '']) => JSON.parse(data) as { synthetic?: boolean },
    );
    expect(alarms.length).toBeGreaterThan(9);
    expect(alarms.every((alarm) => alarm.synthetic === true)).toBe(true);
    const wrong = await fetch(`${service.httpUrl}/api/v1/stream`, {
      headers: { authorization: `Bearer ${'A'.repeat(43)}` },
    });
    expect(wrong.status).toBe(401);
  }, 200_000);

  it('its traces go, and nobody else’s', async () => {
    await realAlarm();
    const { rows: before } = await db.pool.query<{ real: number; readings: number }>(
      `select count(*) filter (where not synthetic)::int as real,
         (select count(*)::int from readings r join homes h on h.no = r.home_no where not h.synthetic) as readings
       from alerts`,
    );
    expect(before[0]?.real).toBeGreaterThan(0);
    await until(
      'canaries to resolve by themselves',
      async () =>
        (await db.pool.query(`select from alerts where synthetic and state = 'resolved'`)).rowCount !== 0,
      85_000,
    );
    const { rows: heads } = await db.pool.query<{ no: number }>(
      `select stream_no as no from outbox where stream_no is not null`,
    );
    const { rows: homes } = await db.pool.query<{ id: string }>('select id from homes');
    const swept = await sweepCanaries(db.pool, {
      now: Date.now() + Math.max(ALERTS_KEPT_MS, READINGS_KEPT_MS) + 60_000,
      streamNos: heads.map(({ no }) => no),
      homeIds: homes.map(({ id }) => id),
    });
    expect(swept.alerts).toBeGreaterThan(0);
    expect(swept.readings).toBeGreaterThan(0);
    const { rows: after } = await db.pool.query<{ real: number; canaries: number; events: number }>(
      `select count(*) filter (where not synthetic)::int as real,
         count(*) filter (where synthetic and state = 'resolved')::int as canaries,
         (select count(*)::int from alert_events e where not exists (select from alerts a where a.id = e.alert_id)) as events
       from alerts`,
    );
    expect(after[0]).toMatchObject({ real: before[0]?.real, events: 0 });
    const { rows: left } = await db.pool.query<{ synthetic: boolean; size: number }>(
      `select h.synthetic, count(*)::int as size from readings r join homes h on h.no = r.home_no group by 1`,
    );
    expect(left.find((row) => !row.synthetic)?.size).toBe(before[0]?.readings);
    const { rows: stubs } = await db.pool.query<{ n: number }>(
      `select count(*)::int as n from outbox where stream_no = any($1) and data = '{"synthetic": true}'`,
      [heads.map(({ no }) => no)],
    );
    expect(stubs[0]?.n).toBeGreaterThan(0);
    // Alert events of a real alarm stay append-only, alone or among canaries'.
    await expect(
      db.pool.query(`delete from alert_events where alert_id in (select id from alerts where not synthetic)`),
    ).rejects.toThrow('append-only');
    await expect(db.pool.query('delete from alert_events')).rejects.toThrow('append-only');
    await expect(db.pool.query('update alert_events set version = version')).rejects.toThrow('append-only');
  }, 200_000);

  it('pings outwards while all is well, and stops, says so and warns when a street is not seen', async () => {
    await until('a ping', () => pinged.count > 0, 80_000);
    // The broker no longer knows the button of one street.
    await db.pool.query(`update devices set secret_hash = '\\x00' where id = 'canary-futian-button'`);
    await db.pool.query(`select pg_notify('registry', 'device:canary-futian-button')`);
    await until(
      'the failure to be told',
      async () => (await samples()).get('yinling_canary_failing{street="福田"}') === 1,
      45_000,
    );
    await until(
      'it alone to be told',
      async () => sumOf(await samples(), 'yinling_canary_failing{') === 1,
      45_000,
    );
    await expect
      .poll(async () => {
        const ready = await fetch(`${service.httpUrl}/readyz`);
        return { ...((await ready.json()) as object), status: ready.status };
      })
      .toMatchObject({ status: 200, warnings: ['canary: no alarm is seen through 福田'] });
    expect(service.output()).toContain('canary is not seen');
    await until(
      'a ping to be withheld',
      async () => ((await samples()).get('yinling_canary_pings_total{result="withheld"}') ?? 0) > 0,
      80_000,
    );
  }, 200_000);
});
