import { afterEach, describe, expect, it } from 'vitest';
import { BrokerHarness, device, SECRET } from './testing/broker-harness.ts';
import {
  connectPacket,
  type ConnectFields,
  packet,
  PINGREQ,
  publishPacket,
  subscribePacket,
  unsubscribePacket,
} from './testing/packets.ts';
import { eventually } from './testing/eventually.ts';

const CONNACK = 2;
const PUBACK = 4;
const SUBACK = 9;
const UNSUBACK = 11;
const PINGRESP = 13;

let broker: BrokerHarness;
afterEach(() => broker.stop());

/** The return code of the CONNACK; the connection must have been closed behind it unless that is 0. */
async function tryToConnect(fields: ConnectFields): Promise<number | undefined> {
  const client = await broker.open();
  client.send(connectPacket(fields));
  const connack = await client.next(CONNACK);
  if (connack.body[1] !== 0) await client.end();
  return connack.body[1];
}

describe('letting in', () => {
  it.each([
    ['a wrong password', { username: 'd1', password: 'Secret' }, 5, 'wrong_secret'],
    ['an unknown name', { username: 'nobody', password: SECRET }, 5, 'unknown'],
    ['a name that is none', { username: "x' or '1'='1", password: SECRET }, 5, 'unknown'],
    ['no credentials', {}, 5, 'anonymous'],
    ['no password', { username: 'd1' }, 5, 'anonymous'],
    [
      'an empty client id without clean session [MQTT-3.1.3-8]',
      { username: 'd1', password: SECRET, clientId: '', clean: false },
      2,
      'client_id',
    ],
    [
      'a will on a foreign topic',
      { username: 'd1', password: SECRET, will: { topic: 'care/v1/h1/d2/status' } },
      5,
      'foreign_will',
    ],
  ] as [string, ConnectFields, number, string][])(
    'refuses %s',
    async (_name, fields, returnCode, counted) => {
      broker = await BrokerHarness.start();
      expect(await tryToConnect(fields)).toBe(returnCode);
      expect(broker.count(`connect:${counted}`)).toBe(1);
      expect(broker.broker.connectedCount).toBe(0);
    },
  );

  it.each([
    ['an empty client id with clean session', { clientId: '' }],
    ['a client id longer than MQTT 3.1 allowed', { clientId: 'x'.repeat(60), protocol: 3 }],
    ['MQTT 3.1', { protocol: 3 }],
  ] as [string, ConnectFields][])('takes %s', async (_name, fields) => {
    broker = await BrokerHarness.start();
    expect(await tryToConnect({ username: 'd1', password: SECRET, ...fields })).toBe(0);
  });

  it('says "unavailable" to one it does not know while the database is away, and lets in whom it knew', async () => {
    broker = await BrokerHarness.start();
    await broker.client('d1');
    broker.registry.away = true;
    broker.broker.registryUnknown();
    expect(await tryToConnect({ username: 'd2', password: SECRET })).toBe(3);
    expect(await tryToConnect({ username: 'd1', password: SECRET, clientId: 'again' })).toBe(0);
  });

  it('does not let a second credential evict the first by taking its client id', async () => {
    broker = await BrokerHarness.start();
    const first = await broker.client('d1', { clientId: 'same' });
    const second = await broker.client('d2', { clientId: 'same' });
    first.send(PINGREQ);
    second.send(PINGREQ);
    await Promise.all([first.next(PINGRESP), second.next(PINGRESP)]);
    expect(broker.broker.connectedCount).toBe(2);
  });

  it('lets a client take over its own older connection [MQTT-3.1.4-2]', async () => {
    broker = await BrokerHarness.start();
    const first = await broker.client('d1');
    const second = await broker.client('d1');
    await first.end();
    second.send(publishPacket({ topic: 'care/v1/h1/d1/sos' }));
    await second.next(PUBACK);
    expect(broker.broker.connectedCount).toBe(1);
    expect(broker.count('closed:take_over')).toBe(1);
  });

  it('lets one of many connections with one client id win when all come at once', async () => {
    broker = await BrokerHarness.start();
    const clients = await Promise.all(Array.from({ length: 50 }, () => broker.open()));
    for (const client of clients) client.send(connectPacket({ username: 'd1', password: SECRET }));
    await eventually(() => clients.filter(({ closed }) => !closed).length).toBe(1);
    const [winner] = clients.filter(({ closed }) => !closed);
    winner?.send(PINGREQ);
    await winner?.next(PINGRESP);
    expect(broker.broker.connectedCount).toBe(1);
  });

  it('tells a persistent session from a new one', async () => {
    broker = await BrokerHarness.start();
    const first = await broker.client('d1', { clean: false });
    first.send(subscribePacket(1, 'care/v1/h1/d1/cmd'));
    await first.next(SUBACK);
    first.cut();
    const second = await broker.open();
    second.send(connectPacket({ username: 'd1', password: SECRET, clean: false }));
    expect([...(await second.next(CONNACK)).body]).toEqual([1, 0]);
  });

  it('forgets the persistent sessions that a credential left behind longest ago, beyond the last few', async () => {
    broker = await BrokerHarness.start({ limits: { sleepingSessionsPerCredential: 1 } });
    for (const clientId of ['a', 'b']) {
      const client = await broker.client('d1', { clean: false, clientId });
      client.send(subscribePacket(1, 'care/v1/h1/d1/cmd'));
      await client.next(SUBACK);
      client.cut();
      await eventually(() => broker.broker.connectedCount).toBe(0);
    }
    const present = async (clientId: string) => {
      const client = await broker.open();
      client.send(connectPacket({ username: 'd1', password: SECRET, clean: false, clientId }));
      return (await client.next(CONNACK)).body[0];
    };
    expect([await present('a'), await present('b')]).toEqual([0, 1]);
  });

  it('gives a connection a time to say who it is', async () => {
    broker = await BrokerHarness.start({ limits: { connectTimeoutMs: 50 } });
    const silent = await broker.open();
    const slow = await broker.open();
    slow.send(connectPacket({ username: 'd1', password: SECRET }).subarray(0, 8));
    await Promise.all([silent.end(), slow.end()]);
    expect(broker.count('closed:connect_timeout')).toBe(2);
  });

  it('lets a storm of devices in whose look-ups all wait for a slow database', async () => {
    broker = await BrokerHarness.start();
    for (let i = 0; i < 300; i++) broker.registry.set(device(`s${i}`), SECRET);
    const { promise, resolve } = Promise.withResolvers<void>();
    broker.registry.held = promise;
    const clients = Array.from({ length: 300 }, (_, i) => broker.client(`s${i}`));
    await eventually(() => broker.registry.lookups.length).toBe(2);
    resolve();
    await Promise.all(clients);
    expect(broker.broker.connectedCount).toBe(300);
  });
});

describe('a credential that is', () => {
  it('retired ends its live connections, without a will', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client('d1', { will: { topic: 'care/v1/h1/d1/status' } });
    const other = await broker.client('d2');
    broker.registry.retire('d1');
    broker.broker.registryChanged('device:d1');
    await client.end();
    expect(broker.count('closed:revoked')).toBe(1);
    expect(await tryToConnect({ username: 'd1', password: SECRET })).toBe(5);
    other.send(PINGREQ);
    await other.next(PINGRESP);
    expect(broker.topics).toEqual([]);
  });

  it('renewed ends what was let in with the old secret', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client('b1');
    broker.registry.set({ type: 'bridge', id: 'b1', homes: ['h1', 'h2'] }, 'new');
    broker.broker.registryChanged('bridge:b1');
    await client.end();
    expect(await tryToConnect({ username: 'b1', password: 'new' })).toBe(0);
  });

  it('touched without a change that matters keeps its connections', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client('d1');
    broker.broker.registryChanged('device:d1');
    broker.broker.registryChanged('home:h1');
    broker.broker.registryChanged('nonsense');
    await eventually(() => broker.registry.lookups.length).toBe(2);
    client.send(PINGREQ);
    await client.next(PINGRESP);
  });

  it('retired during an outage is ended once the database is back', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client('d1');
    broker.registry.away = true;
    broker.broker.registryUnknown();
    await eventually(() => broker.registry.lookups.length).toBe(2);
    expect(client.closed).toBe(false);
    broker.registry.retire('d1');
    broker.registry.away = false;
    await client.end();
    expect(broker.count('closed:revoked')).toBe(1);
  });
});

describe('topics', () => {
  it.each([
    ['a device, its neighbour', 'd1', 'care/v1/h1/d2/sos'],
    ['a device, another home', 'd1', 'care/v1/h3/d3/sos'],
    ['a device, cmd', 'd1', 'care/v1/h1/d1/cmd'],
    ['a device, $SYS', 'd1', '$SYS/x'],
    ['a device, something else', 'd1', 'test'],
    ['a gateway, another home', 'g1', 'care/v1/h2/d9/sos'],
    ['a bridge, a home that is not its own', 'b1', 'care/v1/h3/d3/sos'],
  ])(
    'foreign to the credential close the connection, without an acknowledgement: %s',
    async (_name, username, topic) => {
      broker = await BrokerHarness.start();
      const client = await broker.client(username);
      client.send(publishPacket({ topic, payload: '{"action":"press"}' }));
      await client.end();
      expect(client.received).toEqual([]);
      expect(broker.topics).toEqual([]);
      expect(broker.count('refused:publish')).toBe(1);
      expect(broker.count('closed:foreign_topic')).toBe(1);
    },
  );

  it.each([
    ['a gateway, an unregistered device of its home', 'g1', 'care/v1/h1/unheard-of/sos'],
    ['a bridge, one of its homes', 'b1', 'care/v1/h2/d7/vitals'],
    ['a device, a channel that nobody knows', 'd1', 'care/v1/h1/d1/nonsense'],
  ])('of its own go to the intake: %s', async (_name, username, topic) => {
    broker = await BrokerHarness.start();
    const client = await broker.client(username);
    client.send(publishPacket({ topic }));
    await client.next(PUBACK);
    expect(broker.topics).toEqual([topic]);
  });

  it('that are not its own are refused with 0x80 when it subscribes, its own are granted', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client('d1');
    const filters = [
      '#',
      'care/v1/h1/d1/cmd',
      'care/v1/h1/d2/cmd',
      'care/v1/h1/+/cmd',
      '$SYS/#',
      'care/v1/h1/d1/sos',
    ];
    client.send(subscribePacket(3, ...filters));
    const suback = await client.next(SUBACK);
    expect([...suback.body]).toEqual([0, 3, 0x80, 1, 0x80, 0x80, 0x80, 0x80]);
    expect(broker.count('refused:subscribe')).toBe(5);
    client.send(unsubscribePacket(4, ...filters));
    expect((await client.next(UNSUBACK)).body.readUInt16BE(0)).toBe(4);
  });

  it('are answered one by one when one is named twice in a SUBSCRIBE [MQTT-3.8.4-5]', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client('d1');
    client.send(subscribePacket(3, ['care/v1/h1/d1/cmd', 0], ['care/v1/h1/d1/cmd', 1]));
    expect([...(await client.next(SUBACK)).body]).toEqual([0, 3, 0, 1]);
  });

  it('never carry what a device publishes to anybody else, retained or not', async () => {
    broker = await BrokerHarness.start();
    const listener = await broker.client('g1');
    listener.send(subscribePacket(1, 'care/v1/h1/+/cmd', 'zigbee2mqtt/#'));
    await listener.next(SUBACK);
    const client = await broker.client('d1');
    client.send(publishPacket({ topic: 'care/v1/h1/d1/presence', retain: true }));
    await client.next(PUBACK);
    listener.send(PINGREQ);
    await listener.next(PINGRESP);
    expect(listener.received).toEqual([]);
  });
});

describe('malformed packets', () => {
  it.each([
    ['flags of SUBSCRIBE [MQTT-2.2.2-2]', packet(0x80, Buffer.from('000100016100', 'hex')), 'flags'],
    ['flags of PUBREL', packet(0x60, Buffer.from([0, 1])), 'flags'],
    ['flags of PINGREQ', packet(0xc1), 'flags'],
    ['a PINGREQ with a body', packet(0xc0, Buffer.from([0])), 'length'],
    ['an acknowledgement of three bytes', packet(0x40, Buffer.from([0, 1, 0])), 'length'],
    ['an acknowledgement of packet id 0', packet(0x40, Buffer.from([0, 0])), 'packet_id_0'],
    ['wildcards in a topic [MQTT-3.3.2-2]', publishPacket({ topic: 'care/v1/h1/+/sos' }), 'topic_name'],
    ['U+0000 in a topic', publishPacket({ topic: 'care/v1/h1/d1/s\0s' }), 'text'],
    [
      'a second CONNECT [MQTT-3.1.0-2]',
      connectPacket({ username: 'd1', password: SECRET }),
      'unexpected_packet',
    ],
    ["a server's packet", packet(0x20, Buffer.from([0, 0])), 'unexpected_packet'],
  ] as [string, Buffer, string][])('close the connection: %s', async (_name, bytes, reason) => {
    broker = await BrokerHarness.start();
    const client = await broker.client('d1');
    client.send(bytes);
    await client.end();
    expect(client.received).toEqual([]);
    expect(broker.counted.filter((one) => one.startsWith('malformed'))).toEqual([`malformed:${reason}`]);
    expect(broker.topics).toEqual([]);
  });

  it('before CONNECT close it without a word [MQTT-3.1.0-1]', async () => {
    broker = await BrokerHarness.start();
    for (const bytes of [PINGREQ, publishPacket({ topic: 'a' }), Buffer.from('GET / HTTP/1.1\r\n\r\n')]) {
      const client = await broker.open();
      client.send(bytes);
      await client.end();
      expect(client.received).toEqual([]);
    }
  });
});
