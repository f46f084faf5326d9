import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Api, login, openStream, apiWith, type StreamedEvent } from './support/api.ts';
import { type TestDatabase, testDatabase } from './support/postgres.ts';
import { ADMIN_PASSWORD, type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { until } from './support/until.ts';
import { registerHome, type TestHome } from './support/world.ts';
import { anewOnRetry } from './support/anew.ts';

const installed = (process.env['PATH'] ?? '')
  .split(delimiter)
  .some((dir) => existsSync(join(dir, 'mosquitto_pub')));

describe.skipIf(!installed)('mosquitto_pub, a client that nobody here wrote', () => {
  let db: TestDatabase;
  let service: ServiceProcess;
  let admin: Api;
  let home: TestHome & { deviceIds: string[] };
  let other: TestHome & { deviceIds: string[] };
  let stream: { events: StreamedEvent[]; close(): void };
  const folder = mkdtempSync(join(tmpdir(), 'yinling-input-'));

  anewOnRetry(
    async () => {
      mkdirSync(folder, { recursive: true });
      db = await testDatabase();
      service = await startServiceProcess({ DATABASE_URL: db.url });
      admin = await login(service.httpUrl);
      home = await registerHome(admin, [{ kind: 'sos_button', zone: 'bedroom' }]);
      other = await registerHome(admin, [{ kind: 'sos_button' }]);
      const session = await apiWith(service.httpUrl, '')('POST', '/session', {
        username: 'admin',
        password: ADMIN_PASSWORD,
      });
      stream = await openStream(service.httpUrl, session.body.token);
    },
    async () => {
      stream.close();
      rmSync(folder, { recursive: true, force: true });
      await service.stop();
      await db.drop();
    },
  );

  interface Published {
    code: number;
    said: string;
  }
  const publish = (options: {
    topic: string;
    user?: string;
    password?: string;
    args: string[];
  }): Promise<Published> =>
    new Promise((done) => {
      const user = options.user ?? home.deviceIds[0] ?? '';
      const password = options.password ?? home.secrets[user] ?? '';
      execFile(
        'mosquitto_pub',
        [
          '-h',
          '127.0.0.1',
          '-p',
          String(service.mqttPort),
          '-u',
          user,
          '-P',
          password,
          '-i',
          `m${randomBytes(4).toString('hex')}`,
          '-q',
          '1',
          '-t',
          options.topic,
          ...options.args,
        ],
        { timeout: 15_000 },
        (error, _out, err) =>
          done({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, said: err }),
      );
    });
  const own = (channel: string) => `care/v1/${home.homeId}/${home.deviceIds[0]}/${channel}`;
  const message = (payload: unknown) => [
    '-m',
    typeof payload === 'string' ? payload : JSON.stringify(payload),
  ];
  const file = (name: string, content: Buffer) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return ['-f', path];
  };
  const deadLetters = async () =>
    (await admin('GET', '/dead-letters?limit=1000')).body.items as {
      reason: string;
      size: number;
      topic: string;
    }[];
  const metric = async (name: string) =>
    (await (await fetch(`${service.httpUrl}/metrics`)).text())
      .split('\n')
      .filter((line) => line.startsWith(name));

  it("a press at QoS 1 is on the operator's stream", async () => {
    const { code } = await publish({ topic: own('sos'), args: message({ id: 'p1', action: 'press' }) });
    expect(code).toBe(0);
    const event = await until('the alert', () =>
      stream.events.find((e) => e.event === 'alert' && e.data.homeId === home.homeId),
    );
    expect(event.data).toMatchObject({
      kind: 'sos',
      priority: 1,
      state: 'open',
      street: '莲花',
      test: false,
      synthetic: false,
    });
    expect(event.data.evidence[0]).toMatchObject({ kind: 'press', messageId: 'p1', for: true });
    expect(event.data.publishedAt).toMatch(/^\d{4}-.*\.\d{3}Z$/);
  });

  it('a wrong password is refused', async () => {
    expect(
      (await publish({ topic: own('sos'), password: 'wrong', args: message({ action: 'press' }) })).code,
    ).not.toBe(0);
    expect(await metric('yinling_mqtt_connects_total{result="wrong_secret"}')).toHaveLength(1);
  });

  it('a foreign topic is not acknowledged, the connection ends, nothing is stored', async () => {
    const before = (await deadLetters()).length;
    const { code } = await publish({
      topic: `care/v1/${other.homeId}/${other.deviceIds[0]}/sos`,
      args: message({ action: 'press' }),
    });
    expect(code).not.toBe(0);
    expect((await admin('GET', `/alerts?homeId=${other.homeId}`)).body.items).toEqual([]);
    expect(await deadLetters()).toHaveLength(before);
    expect(await metric('yinling_mqtt_refused_topics_total{action="publish"}')).toHaveLength(1);
  });

  it.each([
    ['malformed JSON', () => message('{"sensor":"pir",'), 'not_json'],
    ['no fields that the channel knows', () => message({ sensor: 'nose' }), 'schema'],
    [
      '\\u0000 in a string',
      () => message('{"sensor":"pir","zone":"a\\u0000b","occupied":true}'),
      'database_refused',
    ],
    ['20 KB', () => file('20k', Buffer.alloc(20_000, 'x')), 'too_large'],
  ] as const)('%s is acknowledged and kept as a dead letter with its reason', async (_what, args, reason) => {
    const before = (await deadLetters()).filter((letter) => letter.reason === reason).length;
    expect((await publish({ topic: own('presence'), args: args() })).code).toBe(0);
    expect((await deadLetters()).filter((letter) => letter.reason === reason)).toHaveLength(before + 1);
  });

  it.each([
    ['1 MB', 1024 * 1024],
    ['80 MB', 80 * 1024 * 1024],
  ])('%s closes the connection before it is buffered', async (name, size) => {
    const before = (await deadLetters()).length;
    expect(
      (await publish({ topic: own('presence'), args: file(name, Buffer.alloc(size, 'x')) })).code,
    ).not.toBe(0);
    expect(await deadLetters()).toHaveLength(before);
    const [resident = ''] = await metric('process_resident_memory_bytes ');
    expect(Number(resident.split(' ')[1])).toBeLessThan(700 * 1024 * 1024);
  });

  it('a malformed press still counts as one', async () => {
    const presses = async (): Promise<unknown[]> =>
      (await admin('GET', `/alerts?homeId=${home.homeId}&state=open`)).body.items.flatMap(
        (alert: { evidence: { kind: string }[] }) => alert.evidence.filter(({ kind }) => kind === 'press'),
      );
    const before = (await presses()).length;
    expect((await publish({ topic: own('sos'), args: message('help!!') })).code).toBe(0);
    expect(await presses()).toHaveLength(before + 1);
  });

  it('Zigbee2MQTT: gateways of two homes share a base topic, the credential tells the home', async () => {
    const devices = [
      { kind: 'gateway', codec: 'zigbee2mqtt' },
      { kind: 'sos_button', externalId: 'Living Room/SOS' },
    ];
    const [one, two] = [await registerHome(admin, devices), await registerHome(admin, devices)];
    const gateway = one.deviceIds[0] ?? '';
    const { code } = await publish({
      topic: 'zigbee2mqtt/Living Room/SOS',
      user: gateway,
      password: one.secrets[gateway] ?? '',
      args: message({ action: 'emergency', battery: 100, linkquality: 120 }),
    });
    expect(code).toBe(0);
    const alerts = (await admin('GET', `/alerts?homeId=${one.homeId}`)).body.items;
    expect(alerts).toMatchObject([{ kind: 'sos', priority: 1, deviceIds: [one.deviceIds[1]] }]);
    expect((await admin('GET', `/alerts?homeId=${two.homeId}`)).body.items).toEqual([]);
  });
});
