import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MqttClient } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { type Api, login } from './support/api.ts';
import { type Mosquitto, mosquittoThere, startMosquitto } from './support/mosquitto.ts';
import { type TestDatabase, testDatabase } from './support/postgres.ts';
import { type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { until } from './support/until.ts';
import { registerHome } from './support/world.ts';
import { anewOnRetry } from './support/anew.ts';

describe.skipIf(!mosquittoThere)('MQTT_URL: ingest consumes from Mosquitto', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yinling-consumer-'));
  let broker: Mosquitto;
  let db: TestDatabase;
  let env: Record<string, string>;
  let service: ServiceProcess;
  let admin: Api;
  let publisher: MqttClient;

  anewOnRetry(
    async () => {
      mkdirSync(folder, { recursive: true });
      broker = await startMosquitto();
      publisher = broker.publisher;
      db = await testDatabase();
      env = { DATABASE_URL: db.url, DATA_DIR: folder, MQTT_URL: broker.url };
      service = await startServiceProcess(env);
      admin = await login(service.httpUrl);
    },
    async () => {
      await service.stop();
      await broker.stop();
      await db.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  );

  it('I1 I10: what it had not committed when it was killed is delivered again; nothing is lost or doubled', async () => {
    const home = await registerHome(admin, [{ kind: 'sos_button' }, { kind: 'smart_screen' }]);
    const [button = '', screen = ''] = home.deviceIds;
    const topic = `care/v1/${home.homeId}/${button}/sos`;
    const stored = async () =>
      (await admin('GET', `/homes/${home.homeId}/readings?channel=sos&limit=1000`)).body.items.map(
        (reading: { messageId: string }) => reading.messageId,
      ) as string[];
    // The first subscription makes the session at the broker.
    await until('the subscription', async () => {
      await publisher.publishAsync(topic, '{"id":"first","action":"press"}', { qos: 1 });
      return (await stored()).includes('first');
    });

    const ids = Array.from({ length: 150 }, (_, i) => `m${i}`);
    const publishing = Promise.all(
      ids.map((id) => publisher.publishAsync(topic, JSON.stringify({ id, action: 'press' }), { qos: 1 })),
    );
    await until('some of them', async () => (await stored()).length > 20);
    await service.kill9();
    await publishing;
    service = await startServiceProcess(env);
    admin = await login(service.httpUrl);
    await until('all of them', async () => (await stored()).length >= ids.length + 1, 60_000);
    expect((await stored()).sort()).toEqual(['first', ...ids].sort());
    const { items } = (await admin('GET', `/alerts?homeId=${home.homeId}`)).body;
    const pressed = items.flatMap((alert: { evidence: { kind: string; messageId: string }[] }) =>
      alert.evidence.filter((item) => item.kind === 'press').map((item) => item.messageId),
    );
    expect(pressed.sort()).toEqual(['first', ...ids].sort());
    // A delivery with the retain flag is state, never an event.
    await publisher.publishAsync(`care/v1/${home.homeId}/${screen}/sos`, '{"id":"kept","action":"press"}', {
      qos: 1,
      retain: true,
    });
    await until('the retained one as it was published', async () => (await stored()).includes('kept'));
  });
});
