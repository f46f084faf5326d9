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
