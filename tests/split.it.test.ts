import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFailed } from 'vitest';
import { type ChaosRedis, redisThere, startRedisIn } from './chaos/redis.ts';
import { Link } from './chaos/link.ts';
import { type Answer, type Api, apiWith, openStream, type StreamedEvent } from './support/api.ts';
import { connectDevice } from './support/device.ts';
import { type TestDatabase, testDatabase } from './support/postgres.ts';
import { ADMIN_PASSWORD, type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import type { UnconfirmedPress } from '../schemas/unconfirmed.ts';
import { until } from './support/until.ts';
import { registerHome } from './support/world.ts';
import { anewOnRetry } from './support/anew.ts';

if (!redisThere) console.warn('processes by role are not tested: there is no redis-server on this machine');

describe.skipIf(!redisThere)('broker, ingest and dispatcher in processes of their own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yinling-split-'));
  const processes = new Set<ServiceProcess>();
  let db: TestDatabase;
  /** Between all processes and the database. */
  let link: Link;
  let redis: ChaosRedis | undefined;
  let env: Record<string, string>;
  let dispatcher: ServiceProcess;
  let broker: ServiceProcess;
  let ingest: ServiceProcess;
  let admin: Api;
  let token = '';
  const run = async (roles: string, more: Record<string, string> = {}): Promise<ServiceProcess> => {
    const made = await startServiceProcess({ ...env, ROLES: roles, ...more });
    processes.add(made);
    return made;
  };
  const kill = async (process: ServiceProcess): Promise<void> => {
    processes.delete(process);
    await process.kill9();
  };
  anewOnRetry(
    async () => {
      mkdirSync(folder, { recursive: true });
      db = await testDatabase();
      redis = await startRedisIn(folder);
      const direct = new URL(db.url);
      link = new Link(() => ({ host: direct.hostname, port: Number(direct.port) }));
      const url = new URL(db.url);
      url.port = String(await link.listen());
      env = {
        DATABASE_URL: url.href,
        REDIS_URL: redis?.url ?? '',
        DATA_DIR: join(folder, 'data'),
      };
      dispatcher = await run('dispatcher');
      const session = await apiWith(dispatcher.httpUrl, '')('POST', '/session', {
        username: 'admin',
        password: ADMIN_PASSWORD,
      });
      token = session.body.token as string;
      admin = apiWith(dispatcher.httpUrl, token);
      [broker, ingest] = await Promise.all([run('broker'), run('ingest')]);
    },
    async () => {
      link.mode = 'open';
      // Those that speak to devices first: what they have taken in is answered before ingest goes
      for (const process of [broker, ...processes])
        if (processes.delete(process))
          expect({ exit: await process.stop(), printed: process.output() }).toMatchObject({ exit: 0 });
      await redis?.kill9();
      await link.close();
      await db.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  );
  const button = () => registerHome(admin, [{ kind: 'sos_button' }, { kind: 'smart_screen' }]);
  const pressed = (id: string): string => JSON.stringify({ id, action: 'press' });
  const alertsOf = async (homeId: string): Promise<Answer['body'][]> =>
    (await admin('GET', `/alerts?homeId=${homeId}`)).body.items;
  /** What an operator's console of the dispatcher's process is shown as unconfirmed in that home, newest list last. */
  const unconfirmedIn = (events: readonly StreamedEvent[], homeId: string): string[][] =>
    events
      .filter(({ event }) => event === 'unconfirmed')
      .map(({ data }) =>
        (data.items as UnconfirmedPress[])
          .filter((press) => press.homeId === homeId)
          .map((press) => press.deviceId),
      );

  it('I1 I2: a press reaches the operator through three processes, is acknowledged, and is one alert; commands go down', async () => {
    const home = await button();
    const [sos = '', screen = ''] = home.deviceIds;
    const device = await connectDevice(broker.mqttPort, sos, home.secrets[sos] ?? '');
    await device.publish(`care/v1/${home.homeId}/${sos}/sos`, pressed('p1'));
    // Acknowledged, so it is there: nothing has to be waited for (I1)
    const [alert, ...others] = await alertsOf(home.homeId);
    expect(others).toEqual([]);
    expect(alert).toMatchObject({ kind: 'sos', state: 'open', priority: 1 });
    // The same press again is known
    await device.publish(`care/v1/${home.homeId}/${sos}/sos`, pressed('p1'));
    expect((await alertsOf(home.homeId)).map(({ evidence }) => evidence.length)).toEqual([1]);
    // Down again, from the dispatcher's process to the broker's
    const listening = await connectDevice(broker.mqttPort, screen, home.secrets[screen] ?? '');
    const heard: string[] = [];
    listening.client.on('message', (_topic, payload) => heard.push(payload.toString()));
    await listening.client.subscribeAsync(`care/v1/${home.homeId}/${screen}/cmd`, { qos: 1 });
    expect(
      (await admin('POST', `/residents/${home.residentId}/prompt`, { text: '您需要帮助吗？' })).status,
    ).toBeLessThan(300);
    await until('the screen to be asked', () => heard.some((text) => text.includes('您需要帮助吗？')));
    await device.end();
    await listening.end();
  });

  it('I1 I10: ingest dies by kill -9 with messages under way, the other takes its homes over, nothing is lost or doubled', async () => {
    // It shares the homes as soon as it is there; whether it is does not matter
    const standby = run('ingest');
    const home = await button();
    const [sos = ''] = home.deviceIds;
    const device = await connectDevice(broker.mqttPort, sos, home.secrets[sos] ?? '');
    const presses = Array.from({ length: 60 }, (_, i) =>
      device.publish(`care/v1/${home.homeId}/${sos}/sos`, pressed(`p${i}`)),
    );
    await Promise.race(presses);
    await kill(ingest);
    ingest = await standby;
    await Promise.all(presses);
    const [alert, ...others] = await alertsOf(home.homeId);
    expect(others).toEqual([]);
    const { body } = await admin(
      'GET',
      `/homes/${home.homeId}/readings?limit=1000&from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z`,
    );
    const stored = body.items.map((reading: { messageId: string }) => reading.messageId);
    expect(stored.toSorted()).toEqual(Array.from({ length: 60 }, (_, i) => `p${i}`).toSorted());
    expect(alert).toMatchObject({ kind: 'sos', state: 'open' });
    await device.end();
  });

  it('I1 I10: while the database stands still, presses of buttons and of a vendor’s gateway are shown at once on a console of another process', async () => {
    const home = await registerHome(admin, [
      { kind: 'sos_button' },
      { kind: 'gateway', codec: 'zigbee2mqtt' },
      { kind: 'sos_button', externalId: '床头按钮' },
    ]);
    const [sos = '', gateway = ''] = home.deviceIds;
    const device = await connectDevice(broker.mqttPort, sos, home.secrets[sos] ?? '');
    const bridge = await connectDevice(broker.mqttPort, gateway, home.secrets[gateway] ?? '');
    const stream = await openStream(dispatcher.httpUrl, token);
    onTestFailed(() => void (link.mode = 'open'));
    link.mode = 'hang';
    let acknowledged = 0;
    const published = [
      device.publish(`care/v1/${home.homeId}/${sos}/sos`, pressed('frozen')),
      bridge.publish('zigbee2mqtt/床头按钮', '{"action":"emergency"}'),
    ].map((publishing) => publishing.then(() => (acknowledged += 1)));
    await until(
      'both presses to be shown',
      () => unconfirmedIn(stream.events, home.homeId).at(-1)?.length === 2,
    );
    expect(acknowledged).toBe(0);
    link.mode = 'open';
    await Promise.all(published);
    await until(
      'none to be shown any more',
      () => unconfirmedIn(stream.events, home.homeId).at(-1)?.length === 0,
    );
    const [alert, ...others] = await alertsOf(home.homeId);
    expect(others).toEqual([]);
    expect(alert?.evidence).toHaveLength(2);
    stream.close();
    await device.end();
    await bridge.end();
  });

  /** The one press is shown as unconfirmed no more, and is the evidence of one alert. */
  async function isConfirmed(stream: Awaited<ReturnType<typeof openStream>>, homeId: string): Promise<void> {
    await until('it to be shown no more', () => unconfirmedIn(stream.events, homeId).at(-1)?.length === 0);
    stream.close();
    expect((await alertsOf(homeId)).map(({ evidence }) => evidence.length)).toEqual([1]);
  }

  it('I10: Redis dies and comes back empty: what was pressed meanwhile is acknowledged afterwards, once', async () => {
    const home = await button();
    const [sos = ''] = home.deviceIds;
    const device = await connectDevice(broker.mqttPort, sos, home.secrets[sos] ?? '');
    const stream = await openStream(dispatcher.httpUrl, token);
    await redis?.kill9();
    // Whoever is stopped after a failure needs it.
    onTestFailed(async () => {
      await redis?.kill9();
      await redis?.start();
    });
    let acknowledged = false;
    const press = device
      .publish(`care/v1/${home.homeId}/${sos}/sos`, pressed('while-away'))
      .then(() => (acknowledged = true));
    // Told through the database, as Redis is what keeps it from being stored
    await until('the press to be shown', () => unconfirmedIn(stream.events, home.homeId).at(-1)?.length);
    expect(unconfirmedIn(stream.events, home.homeId).at(-1)).toEqual([sos]);
    expect(await alertsOf(home.homeId)).toEqual([]);
    expect(acknowledged).toBe(false);
    await redis?.start();
    await press;
    await isConfirmed(stream, home.homeId);
    await device.end();
  });

  it('I1 I10: while database and Redis are both away, a press is shown at once on a console of another process, unacknowledged', async () => {
    const home = await button();
    const [sos = ''] = home.deviceIds;
    const device = await connectDevice(broker.mqttPort, sos, home.secrets[sos] ?? '');
    // Known to the brokers' call directory by something that is no call for help
    await device.publish(`care/v1/${home.homeId}/${sos}/status`, '{"online":true}');
    const stream = await openStream(dispatcher.httpUrl, token);
    await until('the broker to reach the desk straight', async () =>
      (await (await fetch(`${broker.httpUrl}/metrics`)).text()).includes('yinling_desks_told_straight 1'),
    );
    onTestFailed(async () => {
      link.mode = 'open';
      await redis?.kill9();
      await redis?.start();
    });
    link.mode = 'cut';
    await redis?.kill9();
    let acknowledged = false;
    const press = device
      .publish(`care/v1/${home.homeId}/${sos}/sos`, pressed('both-away'))
      .then(() => (acknowledged = true));
    await until('the press to be shown', () => unconfirmedIn(stream.events, home.homeId).at(-1)?.length);
    expect(unconfirmedIn(stream.events, home.homeId).at(-1)).toEqual([sos]);
    expect(acknowledged).toBe(false);
    link.mode = 'open';
    await redis?.start();
    await press;
    await isConfirmed(stream, home.homeId);
    await device.end();
  });

  it('several brokers: each takes its devices’ messages to the ingest that has their home', async () => {
    const other = await run('broker');
    const home = await button();
    const [sos = ''] = home.deviceIds;
    for (const [i, { mqttPort }] of [broker, other].entries()) {
      const device = await connectDevice(mqttPort, sos, home.secrets[sos] ?? '');
      await device.publish(`care/v1/${home.homeId}/${sos}/sos`, pressed(`from-${i}`));
      await device.end();
    }
    const [alert] = await alertsOf(home.homeId);
    expect(alert?.evidence.map(({ messageId }: { messageId: string }) => messageId)).toEqual([
      'from-0',
      'from-1',
    ]);
  });

  it('several servers: an operator’s stream goes on at another where it ended, after a kill -9, without a gap or a repetition', async () => {
    const other = await run('dispatcher');
    const home = await button();
    const [sos = ''] = home.deviceIds;
    const device = await connectDevice(broker.mqttPort, sos, home.secrets[sos] ?? '');
    const press = (id: string) => device.publish(`care/v1/${home.homeId}/${sos}/sos`, pressed(id));
    const witness = await openStream(dispatcher.httpUrl, token);
    const before = await openStream(other.httpUrl, token);
    const idsOf = ({ events }: typeof witness): number[] =>
      events.filter(({ event, id }) => event === 'alert' && id !== '').map(({ id }) => Number(id));
    const last = (): number => idsOf(witness).at(-1) ?? -1;
    await press('before');
    await until('the press on both servers', () => idsOf(before).at(-1) === last() && last() > 0);
    await kill(other);
    before.close();
    const shown = idsOf(before);
    await press('between');
    const after = await openStream(dispatcher.httpUrl, token, String(shown.at(-1)));
    await press('behind');
    await until('what came meanwhile, and what comes now', async () => {
      const [alert] = await alertsOf(home.homeId);
      return alert?.evidence.length === 3 && idsOf(after).at(-1) === last() && idsOf(after).length >= 2;
    });
    const resumed = idsOf(after);
    // The witness saw it all, and began no later
    expect([...shown, ...resumed]).toEqual(idsOf(witness).filter((id) => id >= (shown[0] ?? 0)));
    expect(new Set([...shown, ...resumed]).size).toBe(shown.length + resumed.length);
    witness.close();
    after.close();
    await device.end();
  });
});
