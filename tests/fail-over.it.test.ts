import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { RawClient } from '../broker/testing/raw-client.ts';
import { publishPacket } from '../broker/testing/packets.ts';
import { Link } from './chaos/link.ts';
import { login } from './support/api.ts';
import { type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { startTwoServers } from './support/two-servers.ts';
import { until } from './support/until.ts';
import { registerHome } from './support/world.ts';

it('I1 I10: the machine of the primary dies: its replica is promoted, the service goes on, nothing acknowledged is lost', async () => {
  const servers = await startTwoServers();
  const dataDir = mkdtempSync(join(tmpdir(), 'yinling-fail-over-'));
  let port = servers.primary.port;
  // What a fail-over proxy or an address that moves does: one name, and behind it whoever is primary.
  const address = new Link(() => ({ host: '127.0.0.1', port }));
  let service: ServiceProcess | undefined;
  try {
    const url = new URL(servers.primary.url);
    url.port = String(await address.listen());
    service = await startServiceProcess({ DATABASE_URL: url.href, DATA_DIR: dataDir });
    const home = await registerHome(await login(service.httpUrl), [
      { kind: 'sos_button' },
      { kind: 'pir', zone: 'hall' },
    ]);
    const acknowledged = new Set<string>();
    const mqttPort = service.mqttPort;

    /** Sends until all of its messages are acknowledged, over as many connections as it takes. */
    const speak = async (username: string, channel: string, fields: object): Promise<void> => {
      let client: RawClient | undefined;
      for (let n = 1; n <= 60; n++) {
        const id = `${channel}-${n}`;
        const packet = publishPacket({
          topic: `care/v1/${home.homeId}/${username}/${channel}`,
          payload: JSON.stringify({ id, ...fields }),
          id: n,
        });
        for (let done = false; !done;)
          try {
            client ??= await RawClient.connected(mqttPort, {
              username,
              password: home.secrets[username] ?? '',
            });
            client.send(packet);
            await client.next(4);
            done = true;
          } catch {
            client = undefined;
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        acknowledged.add(id);
      }
      client?.cut();
    };
    const [button = '', sensor = ''] = home.deviceIds;
    const speaking = Promise.all([
      speak(button, 'sos', { action: 'press' }),
      speak(sensor, 'presence', { sensor: 'pir', zone: 'hall', occupied: true }),
    ]);
    await until('messages on their way', () => acknowledged.size >= 30);

    await servers.primary.kill9();
    address.mode = 'cut';
    const before = acknowledged.size;
    port = servers.replica.port;
    await servers.replica.query('select pg_promote(true, 60)');
    address.mode = 'open';
    await speaking;
    expect(before).toBeLessThan(120);
    expect(acknowledged.size).toBe(120);

    const database = new Client({ connectionString: servers.replica.url });
    await database.connect();
    try {
      const { rows } = await database.query<{ id: string; n: string }>(
        'select message_id as id, count(*) as n from readings where message_id = any ($1) group by 1',
        [[...acknowledged]],
      );
      expect(rows.filter(({ n }) => Number(n) !== 1)).toEqual([]);
      expect(rows).toHaveLength(120);
    } finally {
      await database.end();
    }
    // Every press is evidence of the one alarm, once.
    const admin = await login(service.httpUrl);
    const { body } = await admin('GET', `/alerts?homeId=${home.homeId}`);
    const pressed = (body.items as { evidence: { kind: string; messageId: string }[] }[])
      .flatMap(({ evidence }) => evidence)
      .flatMap(({ kind, messageId }) => (kind === 'press' ? [messageId] : []));
    expect([pressed.length, new Set(pressed).size]).toEqual([60, 60]);
  } finally {
    await service?.stop();
    await address.close();
    await servers.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 300_000);
