import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { BrokerHarness } from './testing/broker-harness.ts';
import { connectPacket, packet, PINGREQ, publishPacket, subscribePacket } from './testing/packets.ts';
import { eventually } from './testing/eventually.ts';

const PUBLISH = 3;
const PUBACK = 4;
const SUBACK = 9;
const PINGRESP = 13;
const KIB = 1024;

let broker: BrokerHarness;
afterEach(() => broker.stop());

describe('a payload of', () => {
  it('16 KiB is handed to the intake whole', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client();
    client.send(publishPacket({ topic: 'care/v1/h1/d1/motion', payload: Buffer.alloc(16 * KIB, 'x') }));
    await client.next(PUBACK);
    expect(broker.intake.messages[0]?.payload?.length).toBe(16 * KIB);
    expect(broker.intake.messages[0]?.sha256).toBeUndefined();
  });

  it.each([16 * KIB + 1, 256 * KIB])(
    '%i bytes is handed over as size and hash, and acknowledged',
    async (size) => {
      broker = await BrokerHarness.start();
      const client = await broker.client();
      const payload = Buffer.alloc(size, 'y');
      client.send(publishPacket({ topic: 'care/v1/h1/d1/motion', payload, id: 8 }), PINGREQ);
      await client.next(PINGRESP);
      await client.next(PUBACK);
      expect(broker.intake.messages).toHaveLength(1);
      expect(broker.intake.messages[0]).toMatchObject({
        payload: undefined,
        size,
        sha256: createHash('sha256').update(payload).digest(),
      });
    },
  );

  it.each([256 * KIB + 1, 1024 * KIB])(
    '%i bytes closes the connection from its first bytes',
    async (size) => {
      broker = await BrokerHarness.start();
      const client = await broker.client();
      client.send(
        publishPacket({ topic: 'care/v1/h1/d1/motion', payload: Buffer.alloc(size) }).subarray(0, 40),
      );
      await client.end();
      expect(client.received).toEqual([]);
      expect(broker.topics).toEqual([]);
      expect(broker.count('closed:too_large')).toBe(1);
    },
  );

  it('80 MB closes the connection before it is buffered: memory stays flat', async () => {
    broker = await BrokerHarness.start();
    const clients = await Promise.all(
      Array.from({ length: 5 }, (_, i) => broker.client('d1', { clientId: `c${i}` })),
    );
    const before = process.memoryUsage().arrayBuffers;
    const head = publishPacket({ topic: 'care/v1/h1/d1/motion', payload: '' }).subarray(2);
    const announced = Buffer.from([0x32, 0x80, 0xe9, 0x92, 0x26]); // 80,000,128 bytes are to come
    const part = Buffer.alloc(1_000_000);
    for (const client of clients) {
      client.send(announced, head);
      for (let sent = 0; sent < 80 && !client.closed; sent++) client.socket.write(part);
      await client.end();
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    expect(broker.topics).toEqual([]);
    expect(broker.count('closed:too_large')).toBe(5);
  });
});

describe('before it is let in', () => {
  it('a connection may not announce a large CONNECT, nor anything else', async () => {
    broker = await BrokerHarness.start();
    const large = await broker.open();
    large.send(Buffer.from([0x10, 0xff, 0xff, 0x03]));
    await large.end();
    const publish = await broker.open();
    publish.send(publishPacket({ topic: 'care/v1/h1/d1/sos' }));
    await publish.end();
    expect(broker.count('closed:too_large')).toBe(1);
    expect(broker.count('malformed:unexpected_packet')).toBe(1);
  });

  it('a CONNECT that trickles in byte by byte is read like any other', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.open();
    for (const byte of connectPacket({ username: 'd1', password: 'secret' }))
      client.send(Buffer.from([byte]));
    expect((await client.next(2)).body[1]).toBe(0);
  });
});

describe('subscriptions', () => {
  it('are bounded in number', async () => {
    broker = await BrokerHarness.start({ limits: { subscriptionsPerConnection: 2 } });
    const client = await broker.client('g1');
    for (const [i, granted] of [1, 1, 0x80].entries()) {
      client.send(subscribePacket(i + 1, `care/v1/h1/x${i}/cmd`));
      expect((await client.next(SUBACK)).body[2]).toBe(granted);
    }
  });

  it('are bounded in size', async () => {
    broker = await BrokerHarness.start();
    const client = await broker.client('g1');
    client.send(packet(0x82, Buffer.alloc(70 * KIB)).subarray(0, 10));
    await client.end();
    expect(broker.count('closed:too_large')).toBe(1);
  });
});

describe('too much of one connection', () => {
  it('is not read beyond its rate, and loses nothing of it', async () => {
    broker = await BrokerHarness.start({ limits: { messagesPerSecond: 20 } });
    const client = await broker.client();
    const packets = Array.from({ length: 45 }, (_, i) =>
      publishPacket({ topic: 'care/v1/h1/d1/presence', id: i + 1 }),
    );
    const startedAt = Date.now();
    client.send(...packets);
    await client.until(() => client.acknowledged().length === 45);
    // Two seconds' worth come at once; the five behind them at twenty a second.
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(200);
    expect(client.acknowledged()).toEqual(packets.map((_, i) => i + 1));
    expect(broker.count('limited:rate')).toBeGreaterThan(0);
  });

  it('a bridge has no rate of its own: a district speaks through it', async () => {
    broker = await BrokerHarness.start({ limits: { messagesPerSecond: 1, topicsPerConnection: 1 } });
    const client = await broker.client('b1');
    for (let id = 1; id <= 50; id++) client.send(publishPacket({ topic: `care/v1/h1/x${id}/presence`, id }));
    await client.until(() => client.acknowledged().length === 50);
    expect(broker.count('limited:rate')).toBe(0);
  });

  it('topics without end close it', async () => {
    broker = await BrokerHarness.start({ limits: { topicsPerConnection: 3 } });
    const client = await broker.client('g1');
    for (let id = 1; id <= 4; id++) client.send(publishPacket({ topic: `care/v1/h1/x${id}/presence`, id }));
    await client.end();
    expect(broker.topics.length).toBeLessThanOrEqual(3);
    expect(broker.counted).toContain('limited:topics');
    expect(broker.counted).toContain('closed:too_many_topics');
  });

  it('what waits for the intake beyond the window is counted', async () => {
    broker = await BrokerHarness.start({
      limits: { window: { messages: 2, bytes: 9_999, lookAheadMessages: 50, lookAheadBytes: 99_999 } },
    });
    broker.intake.withhold();
    const client = await broker.client();
    for (let id = 1; id <= 5; id++) client.send(publishPacket({ topic: 'care/v1/h1/d1/presence', id }));
    await eventually(() => broker.count('limited:window')).toBe(3);
    broker.intake.open();
    await client.until(() => client.acknowledged().length === 5);
  });
});

describe('too many connections', () => {
  it('of one credential: the oldest goes, the newest is let in', async () => {
    broker = await BrokerHarness.start({ limits: { connectionsPerCredential: 2 } });
    const [first, second] = [
      await broker.client('d1', { clientId: 'a' }),
      await broker.client('d1', { clientId: 'b' }),
    ];
    const neighbour = await broker.client('d2', { clientId: 'a' });
    const third = await broker.client('d1', { clientId: 'c' });
    await first.end();
    expect([second.closed, neighbour.closed, third.closed]).toEqual([false, false, false]);
    expect(broker.count('limited:connections_per_credential')).toBe(1);
    expect(broker.count('closed:too_many_connections')).toBe(1);
  });

  it('of one address are not listened to, until others have gone', async () => {
    broker = await BrokerHarness.start({ limits: { connectionsPerAddress: 2 } });
    const [first] = [await broker.client('d1'), await broker.client('d2')];
    const third = await broker.open();
    await third.end();
    expect(broker.count('limited:connections_per_address')).toBe(1);
    first.cut();
    await eventually(() => broker.broker.connectedCount).toBe(1);
    await broker.client('d1');
  });
});

describe('a client that takes nothing we write', () => {
  it('aedes #1060: holds up nobody else, and is let go', async () => {
    broker = await BrokerHarness.start({ limits: { drainTimeoutMs: 300 } });
    const frozen = await broker.client('g1', { clientId: 'frozen' });
    frozen.send(subscribePacket(1, 'zigbee2mqtt/#'));
    await frozen.next(SUBACK);
    frozen.socket.pause();
    const healthy = await broker.client('g1', { clientId: 'healthy' });
    healthy.send(subscribePacket(1, 'zigbee2mqtt/b'));
    await healthy.next(SUBACK);
    const bridge = await broker.client('g1', { clientId: 'bridge' });
    const payload = Buffer.alloc(500 * KIB, 'x');
    for (let id = 1; id <= 40; id++) bridge.send(publishPacket({ topic: 'zigbee2mqtt/a', payload, id }));
    const other = await broker.client('g2');
    const device = await broker.client('d1');
    for (let id = 1; id <= 200; id++) {
      device.send(publishPacket({ topic: 'care/v1/h1/d1/presence', id }));
      other.send(publishPacket({ topic: 'zigbee2mqtt/x', id }));
    }
    await device.until(() => device.acknowledged().length === 200);
    await other.until(() => other.acknowledged().length === 200);
    await bridge.until(() => bridge.acknowledged().length === 40);
    bridge.send(publishPacket({ topic: 'zigbee2mqtt/b', id: 99 }));
    await healthy.next(PUBLISH);
    await eventually(() => broker.count('closed:drain_timeout')).toBe(1);
  });
});
