import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { CHANNEL_NUMBER } from '../schemas/channels.ts';
import { anewOnRetry } from './support/anew.ts';
import { type Api, login } from './support/api.ts';
import { connectDevice } from './support/device.ts';
import { type TestDatabase, testDatabase } from './support/postgres.ts';
import { ADMIN_PASSWORD, type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { until } from './support/until.ts';
import { registerHome } from './support/world.ts';

let db: TestDatabase;
let service: ServiceProcess;
let admin: Api;
anewOnRetry(
  async () => {
    db = await testDatabase();
    service = await startServiceProcess({ DATABASE_URL: db.url });
    admin = await login(service.httpUrl);
  },
  async () => {
    await service.stop();
    await db.drop();
  },
);

const MINUTE = 60_000;
const runAdmin = (...words: string[]) =>
  new Promise<{ code: unknown; out: string }>((done) => {
    execFile(
      process.execPath,
      [resolve(import.meta.dirname, '../admin.ts'), ...words],
      {
        env: {
          PATH: process.env['PATH'],
          ADMIN_PASSWORD,
          TZ: 'Asia/Shanghai',
          HTTP_PORT: new URL(service.httpUrl).port,
        },
      },
      (error, out, err) => done({ code: error ? error.code : 0, out: out + err }),
    );
  });

it('a change of settings is tried on the past: what did alert, what would, what no longer', async () => {
  const homeId = `home-${randomUUID()}`;
  const deviceId = `pir-${randomUUID()}`;
  expect((await admin('POST', '/homes', { id: homeId, street: '莲花' })).status).toBe(201);
  const resident = await admin('POST', '/residents', { homeId, name: '王桂兰' });
  expect(resident.status).toBe(201);
  const device = { id: deviceId, homeId, kind: 'pir', zone: 'bathroom' };
  expect((await admin('POST', '/devices', device)).status).toBe(201);
  // Four days ago somebody was in the bathroom for 70 minutes, from ten in the morning
  const day = new Date(Date.now() - 4 * 86_400_000).toISOString().slice(0, 10);
  const ten = Date.parse(`${day}T10:00:00+08:00`);
  const said = async (at: number, seq: number, occupied: boolean): Promise<void> => {
    await db.pool.query(
      `insert into readings (received_at, occurred_at, seq, home_no, device_no, channel, body)
       select $1, $1, $2, h.no, d.no, $3, $4 from homes h join devices d on d.home_id = h.id where h.id = $5`,
      [
        new Date(at),
        seq,
        CHANNEL_NUMBER.presence,
        JSON.stringify({ sensor: 'pir', zone: 'bathroom', occupied }),
        homeId,
      ],
    );
  };
  for (let minute = 0; minute <= 70; minute += 10) await said(ten + minute * MINUTE, minute + 1, minute < 70);

  const replay = (settings: object) =>
    admin('POST', `/homes/${homeId}/replay`, {
      from: new Date(ten - 3_600_000).toISOString(),
      to: new Date(ten + 90 * MINUTE).toISOString(),
      settings,
    });
  const overstays = (list: { kind: string; openedAt: string }[]) =>
    list
      .filter(({ kind }) => kind === 'overstay')
      .map(({ openedAt }) => Math.round((Date.parse(openedAt) - ten) / MINUTE));
  const shorter = await replay({ bathroomDayMin: 30 });
  expect(shorter.status).toBe(200);
  expect(overstays(shorter.body.before)).toEqual([60]);
  expect(overstays(shorter.body.tried)[0]).toBe(30);
  expect(shorter.body).toMatchObject({ did: [], items: 8 });
  const longer = await replay({ bathroomDayMin: 120 });
  expect(overstays(longer.body.gone)).toEqual([60]);
  expect(overstays(longer.body.tried)).toEqual([]);
  expect((await replay({ bathroomDayMin: 'long' })).status).toBe(400);
  expect((await admin('POST', '/homes/nobody-lives-here/replay', { settings: {} })).status).toBe(404);

  const file = join(mkdtempSync(join(tmpdir(), 'yinling-replay-')), 'settings.json');
  writeFileSync(file, '{"bathroomDayMin":120}');
  const next = new Date(ten + 86_400_000).toISOString().slice(0, 10);
  const table = await runAdmin('replay', '--home', homeId, '--from', day, '--to', next, '--settings', file);
  expect(table.code).toBe(0);
  expect(table.out).toContain('did alert: 0');
  expect(table.out).toMatch(new RegExp(`^- ${day} 11:00:\\d\\d {2}P2 overstay +no more`, 'm'));
});

it('a vendor’s language is declared, tried with a sample, and its devices are heard; no code', async () => {
  const id = `acme-${randomUUID().slice(0, 8)}`;
  const codec = {
    id,
    topic: `${id}/{device}/event`,
    messages: [
      {
        when: [{ path: 'key', equals: 'down' }],
        channel: 'sos',
        fields: { action: { value: 'press' }, battery: { path: 'volt', scale: 30 } },
      },
    ],
  };
  const device = { kind: 'sos_button' };
  const tried = await admin('POST', '/codecs/try', {
    codec,
    topic: `${id}/b7/event`,
    payload: '{"key":"down","volt":"2.5"}',
    device,
  });
  expect(tried.body).toMatchObject({
    result: 'events',
    events: [{ externalId: 'b7', channel: 'sos', payload: { action: 'press', battery: 75 } }],
  });
  const wrong = await admin('POST', '/codecs', { ...codec, topic: 'elsewhere/{device}' });
  expect(wrong).toMatchObject({ status: 400, body: { problems: [{ field: 'topic' }] } });
  expect((await admin('POST', '/codecs', codec)).status).toBe(201);

  const home = await registerHome(admin, [
    { kind: 'gateway', codec: id },
    { kind: 'sos_button', externalId: 'b7' },
  ]);
  const [gateway = '', button = ''] = home.deviceIds;
  const client = await connectDevice(service.mqttPort, gateway, home.secrets[gateway] ?? '');
  await client.publish(`${id}/b7/event`, '{"key":"down","volt":2.9}');
  const alert = await until(
    'the press of a device that only the mapping knows',
    async () => (await admin('GET', `/alerts?homeId=${home.homeId}`)).body.items[0],
  );
  expect(alert).toMatchObject({ kind: 'sos', deviceIds: [button] });
  await client.end();

  // The vendor's cloud says the same by HTTP: the topic names the mapping
  const elsewhere = await registerHome(admin, [{ kind: 'sos_button', externalId: 'b8' }]);
  const bridge = await admin('POST', '/bridges', { homes: [elsewhere.homeId] });
  const sent = await fetch(`${service.httpUrl}/api/v1/ingest`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bridge.body.secret}` },
    body: JSON.stringify(
      ['b8', 'nobody'].map((device) => ({
        homeId: elsewhere.homeId,
        topic: `${id}/${device}/event`,
        payload: { key: device === 'b8' ? 'down' : 'up' },
      })),
    ),
  });
  expect(await sent.json()).toMatchObject([
    { result: 'reading', alertIds: [expect.any(String)] },
    { result: 'dead_letter', reason: 'codec' },
  ]);
  const heard = await admin('GET', `/alerts?homeId=${elsewhere.homeId}`);
  expect(heard.body.items[0]).toMatchObject({ kind: 'sos', deviceIds: elsewhere.deviceIds });

  expect((await admin('DELETE', `/codecs/${id}`)).status).toBe(409);
  await admin('DELETE', `/devices/${gateway}`);
  expect((await admin('DELETE', `/codecs/${id}`)).status).toBe(204);
});
