import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect, type SecureVersion } from 'node:tls';
import { promisify } from 'node:util';
import mqtt from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { BrokerHarness, SECRET } from './testing/broker-harness.ts';
import { connectPacket, publishPacket } from './testing/packets.ts';
import { eventually } from './testing/eventually.ts';

const has = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
};
const hasOpenssl = has('openssl', 'version');
const hasMosquitto = has('mosquitto_pub', '--help');
if (!hasOpenssl) process.stderr.write('left out: TLS (no openssl to make a certificate with)\n');
if (!hasMosquitto) process.stderr.write('left out: mosquitto_pub (not installed)\n');

let broker: BrokerHarness;
afterEach(() => broker.stop());

const topic = 'care/v1/h1/d1/sos';
const credentials = { username: 'd1', password: SECRET };

describe('mqtt.js over TCP', () => {
  it('publishes at every QoS, subscribes, and is sent a command', async () => {
    broker = await BrokerHarness.start();
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, credentials);
    for (const qos of [0, 1, 2] as const) await client.publishAsync(topic, '{"action":"press"}', { qos });
    const granted = await client.subscribeAsync('care/v1/h1/d1/cmd', { qos: 1 });
    expect(granted.map(({ qos }) => qos)).toEqual([1]);
    const command = new Promise<string>((resolve) =>
      client.on('message', (_topic, payload) => resolve(String(payload))),
    );
    await broker.broker.publishCommand('h1', 'd1', { cmd: 'led' });
    expect(await command).toBe('{"cmd":"led"}');
    await client.endAsync();
    expect(broker.topics).toEqual([topic, topic, topic]);
  });

  it('is told a wrong password', async () => {
    broker = await BrokerHarness.start();
    const options = { username: 'd1', password: 'x', reconnectPeriod: 0 };
    await expect(mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, options)).rejects.toMatchObject({
      code: 5,
    });
  });

  it('keeps a press through a time in which the database is away, and publishes it once', async () => {
    broker = await BrokerHarness.start();
    broker.intake.withhold();
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, {
      ...credentials,
      keepalive: 1,
    });
    let acknowledged = false;
    const published = client
      .publishAsync(topic, '{"action":"press"}', { qos: 1 })
      .then(() => (acknowledged = true));
    await broker.intake.until(() => broker.intake.waiting === 1);
    const from = Date.now();
    await eventually(() => Date.now() - from).toBeGreaterThan(3_000);
    expect([acknowledged, client.connected]).toEqual([false, true]);
    broker.intake.open();
    await published;
    await client.endAsync();
    expect(broker.topics).toEqual([topic]);
  });
});

describe('WebSocket', () => {
  it('carries MQTT', async () => {
    broker = await BrokerHarness.start({ wsPort: 0 });
    const port = broker.broker.addresses.ws?.port;
    const client = await mqtt.connectAsync(`ws://127.0.0.1:${port}/mqtt`, credentials);
    await client.publishAsync(topic, '{"action":"press"}', { qos: 1 });
    await client.endAsync();
    expect(broker.topics).toEqual([topic]);
  });

  it('is held to the same bounds', async () => {
    broker = await BrokerHarness.start({ wsPort: 0 });
    const port = broker.broker.addresses.ws?.port;
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, 'mqtt');
    await once(socket, 'open');
    socket.on('error', () => undefined);
    socket.send(connectPacket(credentials));
    await once(socket, 'message');
    socket.send(publishPacket({ topic, payload: Buffer.alloc(3_000_000) }));
    await once(socket, 'close');
    await eventually(() => broker.broker.connectedCount).toBe(0);
    expect(broker.topics).toEqual([]);
  });

  it('with text frames is closed [MQTT-6.0.0-1]', async () => {
    broker = await BrokerHarness.start({ wsPort: 0 });
    const socket = new WebSocket(`ws://127.0.0.1:${broker.broker.addresses.ws?.port}`, 'mqtt');
    await once(socket, 'open');
    socket.send('hello');
    await once(socket, 'close');
  });
});

describe.skipIf(!hasOpenssl)('TLS', () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);
  const read = (name: string): Buffer => readFileSync(file(name));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const certificate = (name: string) =>
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
    );

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'yinling-tls-'));
    certificate('server');
    certificate('client');
    certificate('d1');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('carries MQTT', async () => {
    broker = await BrokerHarness.start({
      tls: { port: 0, cert: read('server.crt'), key: read('server.key') },
    });
    const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${broker.broker.addresses.tls?.port}`, {
      ...credentials,
      ca: read('server.crt'),
    });
    await client.publishAsync(topic, '{"action":"press"}', { qos: 1 });
    await client.endAsync();
    expect(broker.topics).toEqual([topic]);
  });

  it('asks for a client certificate where an authority for them is given, beside the credential', async () => {
    broker = await BrokerHarness.start({
      tls: { port: 0, cert: read('server.crt'), key: read('server.key'), clientCa: read('client.crt') },
    });
    const url = `mqtts://127.0.0.1:${broker.broker.addresses.tls?.port}`;
    const options = { ...credentials, ca: read('server.crt'), reconnectPeriod: 0 };
    await expect(mqtt.connectAsync(url, options)).rejects.toThrow();
    const certified = { ...options, cert: read('client.crt'), key: read('client.key') };
    await expect(mqtt.connectAsync(url, { ...certified, password: 'x' })).rejects.toMatchObject({ code: 5 });
    const client = await mqtt.connectAsync(url, certified);
    await client.endAsync();
  });

  it('lets a device in by its certificate alone, as that device and as no other, until it is retired', async () => {
    broker = await BrokerHarness.start({
      tls: {
        port: 0,
        cert: read('server.crt'),
        key: read('server.key'),
        clientCa: Buffer.concat([read('client.crt'), read('d1.crt')]),
      },
    });
    const url = `mqtts://127.0.0.1:${broker.broker.addresses.tls?.port}`;
    const tls = { ca: read('server.crt'), reconnectPeriod: 0 };
    const asD1 = { ...tls, cert: read('d1.crt'), key: read('d1.key') };
    // Its name may be said, or left to the certificate.
    await (await mqtt.connectAsync(url, { ...asD1, username: 'd1' })).endAsync();
    const client = await mqtt.connectAsync(url, asD1);
    await client.publishAsync(topic, '{"action":"press"}', { qos: 1 });
    expect(broker.intake.messages[0]?.principal.id).toBe('d1');

    await expect(mqtt.connectAsync(url, { ...asD1, username: 'd2' })).rejects.toMatchObject({ code: 5 });
    expect(broker.count('connect:foreign_certificate')).toBe(1);
    // Signed by the authority, and nobody whom we know.
    const stranger = { ...tls, cert: read('client.crt'), key: read('client.key') };
    await expect(mqtt.connectAsync(url, stranger)).rejects.toMatchObject({ code: 5 });
    // A name alone is worth nothing where no certificate was shown.
    await expect(
      mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, { username: 'd1', reconnectPeriod: 0 }),
    ).rejects.toMatchObject({ code: 5 });

    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    broker.registry.retire('d1');
    broker.broker.registryChanged('device:d1');
    await closed;
    expect(broker.count('closed:revoked')).toBe(1);
    await client.endAsync(true);
  });

  it('speaks no TLS below 1.2', async () => {
    broker = await BrokerHarness.start({
      tls: { port: 0, cert: read('server.crt'), key: read('server.key') },
    });
    const port = broker.broker.addresses.tls?.port ?? 0;
    const attempt = (minVersion: SecureVersion, maxVersion: SecureVersion): Promise<unknown> => {
      const socket = tlsConnect({
        port,
        host: '127.0.0.1',
        ca: read('server.crt'),
        minVersion,
        maxVersion,
        // Ours refuses, not the client's own library.
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      return once(socket, 'secureConnect').finally(() => socket.destroy());
    };
    await expect(attempt('TLSv1', 'TLSv1.1')).rejects.toThrow(/protocol version/);
    await attempt('TLSv1.2', 'TLSv1.2');
  });
});

describe.skipIf(!hasMosquitto)('mosquitto_pub', () => {
  const publish = (...args: string[]) =>
    promisify(execFile)('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(broker.port), ...args]);
  const asDevice = ['-u', 'd1', '-P', SECRET, '-t', topic];

  it.each(['0', '1', '2'])('publishes a press at QoS %s', async (qos) => {
    broker = await BrokerHarness.start();
    await publish(...asDevice, '-q', qos, '-m', '{"action":"press"}');
    expect(broker.intake.messages.map(({ payload }) => String(payload))).toEqual(['{"action":"press"}']);
  });

  it('with a wrong password is not let in', async () => {
    broker = await BrokerHarness.start();
    await expect(publish('-u', 'd1', '-P', 'x', '-t', topic, '-m', '{}')).rejects.toMatchObject({ code: 5 });
  });

  it('with 20 KB is acknowledged, as size and hash only', async () => {
    broker = await BrokerHarness.start();
    await publish(...asDevice, '-q', '1', '-m', 'x'.repeat(20_000));
    expect(broker.intake.messages).toMatchObject([{ payload: undefined, size: 20_000 }]);
  });
});
