import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { publishPacket } from '../broker/testing/packets.ts';
import { RawClient } from '../broker/testing/raw-client.ts';
import { login } from './support/api.ts';
import { testDatabase } from './support/postgres.ts';
import { startServiceProcess } from './support/service-process.ts';
import { until } from './support/until.ts';
import { registerHome } from './support/world.ts';

const SENSORS = 4;
const EACH = 250;

it('I1 I10 I14: far beyond capacity telemetry is slowed and nothing lost, a press passes it, and it recovers by itself', async () => {
  const db = await testDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'yinling-overload-'));
  // Capacity is made small where it is used up in life: each row of telemetry costs the database its time.
  await db.pool.query(`
    create function slow_row() returns trigger language plpgsql as
      $$ begin perform pg_sleep(0.002); return new; end $$;
    create trigger slow before insert on readings for each row when (new.channel = 2) execute function slow_row();`);
  const service = await startServiceProcess({ DATABASE_URL: db.url, DATA_DIR: dataDir });
  try {
    const home = await registerHome(await login(service.httpUrl), [
      { kind: 'sos_button' },
      ...Array.from({ length: SENSORS }, () => ({ kind: 'pir', zone: 'hall' })),
    ]);
    const connect = (username: string) =>
      RawClient.connected(service.mqttPort, { username, password: home.secrets[username] ?? '' });
    const [button = '', ...sensorIds] = home.deviceIds;
    const sensors = await Promise.all(sensorIds.map(connect));
    for (const [s, sensor] of sensors.entries())
      for (let n = 1; n <= EACH; n++)
        sensor.send(
          publishPacket({
            topic: `care/v1/${home.homeId}/${sensorIds[s]}/presence`,
            payload: JSON.stringify({
              id: `t-${s}-${n}`,
              sensor: 'pir',
              zone: 'hall',
              occupied: n % 2 === 0,
            }),
            id: n,
          }),
        );
    const acknowledged = () => sensors.reduce((sum, sensor) => sum + sensor.acknowledged().length, 0);
    await until(
      'telemetry to be held back',
      async () => (await metric('mqtt_limited_total{limit="window"}')) > 0,
    );

    const caller = await connect(button);
    caller.send(
      publishPacket({
        topic: `care/v1/${home.homeId}/${button}/sos`,
        payload: '{"id":"p-1","action":"press"}',
      }),
    );
    await caller.next(4);
    // It was committed while telemetry that had come before it still waits.
    expect(acknowledged()).toBeLessThan(SENSORS * EACH);

    await until('everything to be acknowledged', () => acknowledged() === SENSORS * EACH, 60_000);
    for (const sensor of sensors)
      expect(sensor.acknowledged()).toEqual(Array.from({ length: EACH }, (_, i) => i + 1));
    const { rows } = await db.pool.query(
      `select count(*)::int as all, count(distinct message_id)::int as ids from readings where message_id like 't-%'`,
    );
    expect(rows).toEqual([{ all: SENSORS * EACH, ids: SENSORS * EACH }]);
    const results = ['reading', 'dead_letter', 'duplicate', 'ignored'] as const;
    const settled = await Promise.all(
      results.map((result) => metric(`ingest_messages_total{result="${result}"}`)),
    );
    expect(settled.reduce((sum, n) => sum + n, 0)).toBe(
      await metric('ingest_messages_total{result="accepted"}'),
    );

    // Nobody has done anything, and the next message is as quick as the first.
    const [first] = sensors;
    const topic = `care/v1/${home.homeId}/${sensorIds[0]}/status`;
    first?.send(publishPacket({ topic, payload: '{"online":true}', id: 9_999 }));
    await until('the next message', () => first?.acknowledged().includes(9_999));
    for (const client of [...sensors, caller]) client.cut();

    async function metric(name: string): Promise<number> {
      const text = await (await fetch(`${service.httpUrl}/metrics`)).text();
      const line = text.split('\n').find((one) => one.startsWith(`yinling_${name} `));
      return Number(line?.slice(line.lastIndexOf(' ') + 1) ?? 0);
    }
  } finally {
    await service.stop();
    await db.drop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 240_000);
