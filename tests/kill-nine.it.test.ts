import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { expect, it } from 'vitest';
import { type Answer, type Api, login } from './support/api.ts';
import { type TestDatabase, testDatabase } from './support/postgres.ts';
import { type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { registerHome } from './support/world.ts';
import { anewOnRetry } from './support/anew.ts';

let db: TestDatabase;
let service: ServiceProcess;
/** The key of personal data is in it. */
const dataDir = mkdtempSync(join(tmpdir(), 'yinling-kill-'));
// What it compiled lies in its own folder, as outside of tests
const env = () => ({ DATABASE_URL: db.url, DATA_DIR: dataDir, NODE_COMPILE_CACHE: undefined });
anewOnRetry(
  async () => {
    db = await testDatabase();
    service = await startServiceProcess(env());
  },
  async () => {
    await service.stop();
    await db.drop();
    rmSync(dataDir, { recursive: true, force: true });
  },
);

/** Every item of a list, page after page. */
async function everything(api: Api, path: string): Promise<Answer['body'][]> {
  const items: Answer['body'][] = [];
  let cursor: string | null = null;
  do {
    const { status, body }: Answer = await api('GET', `${path}${cursor === null ? '' : `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    items.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor !== null);
  return items;
}

it('I1 I2 I10: kill -9 in the middle of 2,000 messages loses none of the acknowledged ones, and every press is in exactly one alert', async () => {
  let admin = await login(service.httpUrl);
  const homes = await Promise.all(
    Array.from({ length: 20 }, () =>
      registerHome(admin, [{ kind: 'sos_button' }, { kind: 'pir', zone: 'bathroom' }]),
    ),
  );
  const acknowledged = new Set<string>();
  const presses = new Set<string>();

  const MESSAGES = 2000;
  let killed: Promise<void> | undefined;
  // All are connected before anything is published: the kill finds nobody half-way in.
  const connected = await Promise.all(
    homes.map((home) =>
      Promise.all(
        home.deviceIds.map((username) =>
          connectAsync(`mqtt://127.0.0.1:${service.mqttPort}`, {
            username,
            password: home.secrets[username] ?? '',
            clientId: username,
            reconnectPeriod: 0,
          }),
        ),
      ),
    ),
  );
  const publishers = homes.map(async (home, h) => {
    const [button = '', sensor = ''] = home.deviceIds;
    const clients = connected[h] ?? [];
    for (const client of clients) client.on('error', () => undefined);
    // mqtt.js leaves a publish unanswered when its connection dies.
    const lost = clients.map(
      (client) => new Promise<never>((_, fail) => client.once('close', () => fail(new Error('lost')))),
    );
    for (const one of lost) one.catch(() => undefined);
    await Promise.all(
      Array.from({ length: MESSAGES / homes.length }, async (_, i) => {
        const press = i % 10 === 0;
        const id = `${h}-${i}`;
        const payload = press
          ? { id, action: 'press' }
          : { id, sensor: 'pir', zone: 'bathroom', occupied: i % 2 === 0 };
        if (press) presses.add(id);
        try {
          const which = press ? 0 : 1;
          const published = clients[which]?.publishAsync(
            `care/v1/${home.homeId}/${press ? button : sensor}/${press ? 'sos' : 'presence'}`,
            JSON.stringify(payload),
            { qos: 1 },
          );
          await Promise.race([published, lost[which]]);
          acknowledged.add(`${home.homeId}/${id}`);
        } catch {
          // Not acknowledged: the device would send it again.
        }
        if (acknowledged.size >= MESSAGES / 2) killed ??= service.kill9();
      }),
    );
    for (const client of clients) client.end(true);
  });
  await Promise.all(publishers);
  await killed;
  expect(acknowledged.size).toBeGreaterThanOrEqual(MESSAGES / 2);

  const [compiled = ''] = readdirSync(join(dataDir, 'compiled'));
  expect(readdirSync(join(dataDir, 'compiled', compiled)).length).toBeGreaterThan(500);

  service = await startServiceProcess(env());
  admin = await login(service.httpUrl);

  const evidence = new Map<string, number>();
  for (const alert of await everything(admin, '/alerts?limit=1000'))
    for (const item of alert.evidence)
      if (item.kind === 'press') {
        const key = `${alert.homeId}/${item.messageId}`;
        evidence.set(key, (evidence.get(key) ?? 0) + 1);
      }
  expect([...evidence.values()].filter((times) => times !== 1)).toEqual([]);
  for (const home of homes) {
    const stored = new Map<string, number>();
    const { status, body } = await admin(
      'GET',
      `/homes/${home.homeId}/readings?limit=1000&from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z`,
    );
    expect({ status, problem: body.detail }).toEqual({ status: 200, problem: undefined });
    for (const reading of body.items) stored.set(reading.messageId, (stored.get(reading.messageId) ?? 0) + 1);
    const mine = [...acknowledged]
      .filter((key) => key.startsWith(`${home.homeId}/`))
      .map((key) => key.slice(home.homeId.length + 1));
    expect(mine.filter((id) => stored.get(id) !== 1)).toEqual([]);
    expect(mine.filter((id) => presses.has(id) && !evidence.has(`${home.homeId}/${id}`))).toEqual([]);
  }
});
