import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Link } from './chaos/link.ts';
import { apiWith, openStream } from './support/api.ts';
import { connectDevice } from './support/device.ts';
import { type TestDatabase, testDatabase } from './support/postgres.ts';
import { ADMIN_PASSWORD, type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { until } from './support/until.ts';
import { registerHome } from './support/world.ts';
import { anewOnRetry } from './support/anew.ts';

let db: TestDatabase;
let link: Link;
let service: ServiceProcess;
const dataDir = mkdtempSync(join(tmpdir(), 'yinling-unconfirmed-'));
anewOnRetry(
  async () => {
    db = await testDatabase();
    const direct = new URL(db.url);
    link = new Link(() => ({ host: direct.hostname, port: Number(direct.port) }));
    const url = new URL(db.url);
    url.port = String(await link.listen());
    service = await startServiceProcess({ DATABASE_URL: url.href, DATA_DIR: dataDir });
  },
  async () => {
    link.mode = 'open';
    await service.stop();
    await link.close();
    await db.drop();
    rmSync(dataDir, { recursive: true, force: true });
  },
);

it('I1 I10: while the database stands still a press is shown as unconfirmed, without an acknowledgement, and is one alert afterwards', async () => {
  const session = await apiWith(service.httpUrl, '')('POST', '/session', {
    username: 'admin',
    password: ADMIN_PASSWORD,
  });
  const token = session.body.token as string;
  const admin = apiWith(service.httpUrl, token);
  const home = await registerHome(admin, [{ kind: 'sos_button' }]);
  const button = home.deviceIds[0] ?? '';
  const topic = `care/v1/${home.homeId}/${button}/sos`;
  const device = await connectDevice(service.mqttPort, button, home.secrets[button] ?? '');
  // Known to ingest by something that is no call for help.
  await device.publish(`care/v1/${home.homeId}/${button}/status`, '{"online":true}');
  const stream = await openStream(service.httpUrl, token);
  const unconfirmed = () => stream.events.filter(({ event }) => event === 'unconfirmed');

  link.mode = 'hang';
  let acknowledged = false;
  const published = device.publish(topic, '{"id":"p1","action":"press"}').then(() => (acknowledged = true));
  const shown = await until('the press to be shown', () => unconfirmed()[0]);
  expect(shown).toMatchObject({
    id: '',
    data: { items: [{ homeId: home.homeId, deviceId: button }], more: 0 },
  });
  expect(acknowledged).toBe(false);
  expect(stream.events.some(({ event }) => event === 'alert')).toBe(false);

  link.mode = 'open';
  await published;
  await until('it to be no longer unconfirmed', () => unconfirmed().at(-1)?.data.items.length === 0);
  const alert = await until('its alert', () => stream.events.find(({ event }) => event === 'alert'));
  expect(alert.data).toMatchObject({ kind: 'sos', homeId: home.homeId });
  const { body } = await admin('GET', `/alerts?homeId=${home.homeId}`);
  expect(body.items).toHaveLength(1);
  expect(body.items[0].evidence.map((item: { messageId: string }) => item.messageId)).toEqual(['p1']);
  stream.close();
  await device.end();
});
